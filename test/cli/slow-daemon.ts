/** A daemon as a process, which says on standard output when its start begins. It starts when SIGUSR2 comes; `PATIENCE` is its end deadline. */
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { runDaemon } from '../../src/cli/daemon.ts'
import { resolveSettings } from '../../src/cli/settings/given.ts'

const [patience = ''] = process.argv.slice(2)
setInterval(() => {}, 1000)
const invocation = {
  settings: resolveSettings([]),
  args: [],
  diagnostics: [],
  locations: new Map(),
  version: '0',
  terminal: { print() {}, complain() {} },
}
process.exitCode = await runDaemon(
  invocation,
  async () => {
    const told = once(process, 'SIGUSR2')
    writeSync(1, 'starting')
    await told
    return { hangup() {}, close: async () => void writeSync(1, ', closed') }
  },
  Number(patience),
)
process.exit()
