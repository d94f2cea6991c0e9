// A process that answers first, if it may: prints the nice values of its main thread and of one that it starts then, and what it logged.
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { answerFirst } from '../../../src/daemon/supervision/priority.ts'

const NICE = 16
const nice = (thread: string): number => {
  const stat = readFileSync(`/proc/${thread}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE])
}
const said: string[] = []
answerFirst({ debug: (_fields: object, message?: string) => said.push(message ?? '') })
const read = `const { readFileSync, readlinkSync } = require('node:fs')
require('node:worker_threads').parentPort.postMessage(readlinkSync('/proc/thread-self'))
setInterval(() => {}, 1000)`
const worker = new Worker(read, { eval: true })
worker.once('message', (thread: string) => {
  process.stdout.write(`${JSON.stringify({ own: nice('thread-self'), started: nice(thread), said })}\n`)
  process.exit()
})
