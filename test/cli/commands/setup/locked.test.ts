import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../../../folder.ts'

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`${signal} in the middle of a change waits for its steps, and then ends the command`, async (t) => {
    const root = folder(t)
    mkdirSync(join(root, 'etc'))
    // The test runner puts its hooks into every child: they would take the signals.
    const words = ['-u', 'NODE_OPTIONS', process.execPath, join(import.meta.dirname, 'changing.ts'), root]
    const child = spawn('env', words)
    t.teardown(() => child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    t.ok(existsSync(join(root, 'etc/.kickback.lock')))
    child.kill(signal)
    writeFileSync(join(root, 'go'), '')
    t.same(await ended, [null, signal])
    t.ok(existsSync(join(root, 'second')), 'both steps are done')
    t.notOk(existsSync(join(root, 'etc/.kickback.lock')), 'the lock is given back')
  })
}
