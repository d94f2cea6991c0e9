// A command that changes a machine below a folder in two steps, and waits for the test between them; then it has something to wait for.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { locked } from '../../../../src/cli/commands/setup/locked.ts'
import { Machine } from '../../../../src/setup/machine.ts'
import { invocationOf } from '../../invocation.ts'

const [root = ''] = process.argv.slice(2)
const at = (name: string): string => join(root, name)

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
}

await locked(invocationOf('on').invocation, new Machine(root), async () => {
  writeFileSync(at('first'), '')
  process.stdout.write('first\n')
  while (!existsSync(at('go'))) pause()
  writeFileSync(at('second'), '')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
})
