// A process that answers first, if it may: prints the nice values of its main thread and of one that it starts then, and what it logged. With the word `busy`: those of
// its main thread after it worked for a while without a break, and after it did nothing.
import { readFileSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { answerFirst } from '../../../src/daemon/supervision/priority.ts'

/** Where proc_pid_stat(5) has the nice value, counted from what follows the name. */
const NICE = 16

/** The nice value of a thread, or of the main thread of a process, by its folder in /proc. */
export function niceOf(thread: string): number {
  const stat = readFileSync(`/proc/${thread}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE])
}

const said: string[] = []
const log = { debug: (_fields: object, message?: string) => said.push(message ?? '') }
/** For so long it works, and does nothing, in milliseconds. */
const WHILE = 300

function run(): void {
  answerFirst(log)
  const read = `require('node:worker_threads').parentPort.postMessage(require('node:fs').readlinkSync('/proc/thread-self'))
    setInterval(() => {}, 1000)`
  const worker = new Worker(read, { eval: true })
  worker.once('message', (thread: string) => {
    process.stdout.write(`${JSON.stringify({ own: niceOf('thread-self'), started: niceOf(thread), said })}\n`)
    process.exit()
  })
}

async function runBusy(): Promise<void> {
  const polled = answerFirst(log)
  for (const began = performance.now(); performance.now() - began < WHILE; ) await setImmediate()
  polled()
  const busy = niceOf('thread-self')
  await setTimeout(WHILE)
  polled()
  process.stdout.write(JSON.stringify({ busy, rested: niceOf('thread-self'), said }))
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] === 'busy') await runBusy()
  else run()
}
