// dnsmasq as a child of a process that may open no file more, and after: prints what each attempt came to.
import { closeSync, openSync } from 'node:fs'
import { ChildEngine } from '../../../../src/daemon/boot/dhcp/child-engine.ts'
import { monotonic, sleep, wallClock } from '../../../../src/values/index.ts'

/** Opens files until there can be no more. */
function all(): readonly number[] {
  const files: number[] = []
  try {
    for (;;) files.push(openSync('/dev/null', 'r'))
  } catch {
    return files
  }
}

const [, , main = '', program = ''] = process.argv
const reasons: unknown[] = []
const log = { info() {}, error: ({ reason }: { readonly reason?: unknown }) => void reasons.push(reason) }
const engine = new ChildEngine({ main, program, pid: `${main}.pid`, log, clock: monotonic, wallClock, random: () => 0 })
const files = all()
await engine.restart()
while (reasons.length === 0) await sleep(monotonic, 10)
for (const file of files) closeSync(file)
while (engine.state.pid === undefined) await sleep(monotonic, 10)
await engine.close()
process.stdout.write(JSON.stringify(reasons))
