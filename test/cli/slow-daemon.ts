/**
 * A daemon as a process, which says on standard output when its start begins. It starts when SIGUSR2 comes. The arguments are its
 * deadlines for its end and for being ready, in milliseconds: without the second it is ready at its start, with it never.
 */
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { runBare } from './bare-daemon.ts'

const [end = '', ready] = process.argv.slice(2)
const never = new Promise<void>(() => {})
setInterval(() => {}, 1000)
process.exitCode = await runBare(
  async () => {
    const told = once(process, 'SIGUSR2')
    writeSync(1, 'starting')
    await told
    return {
      ready: ready === undefined ? Promise.resolve() : never,
      state: 'idle',
      hangup() {},
      close: async () => void writeSync(1, ', closed'),
    }
  },
  { end: Number(end), ready: Number(ready) },
)
process.exit()
