/**
 * The program in a process of its own, with one handler that throws the first time, which it says on standard output. Arguments:
 * the handler, then the program's; `hang` in their place is a daemon that can't end, and `wait` one that never has a generation. SIGUSR2 makes it throw outside of all handlers.
 */
import { writeSync } from 'node:fs'
import { handlers } from '../../../src/values/index.ts'
import { runBare } from '../../cli/bare-daemon.ts'

const [name = '', ...words] = process.argv.slice(2)
let armed = true
handlers.tryWith((each) => {
  if (each !== name || !armed) return
  armed = false
  writeSync(1, `thrown in ${name}\n`)
  throw new Error('thrown by a test')
})
process.on('SIGUSR2', () => {
  // biome-ignore lint/nursery/noFloatingPromises: nobody catches it, which is what is tried
  if (name === 'unhandled rejection') Promise.reject(new Error('thrown by a test'))
  else throw new Error('thrown by a test')
})

/** Runs a daemon that does nothing until it is ended, with short deadlines. */
async function idle(ready: Promise<void>, close: () => Promise<void>): Promise<void> {
  setInterval(() => {}, 1000)
  process.exitCode = await runBare(async () => ({ ready, state: 'idle', hangup() {}, close }), { end: 10, ready: 10 })
  process.exit()
}

const never = new Promise<void>(() => {})
if (words[0] === 'hang') {
  await idle(Promise.resolve(), () => never)
} else if (words[0] === 'wait') {
  await idle(never, async () => {})
} else {
  process.argv.splice(2, 1)
  await import('../../../src/cli/main.ts')
}
