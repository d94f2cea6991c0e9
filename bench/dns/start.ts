/**
 * How long it takes from the start of a server to its first answer, beside NSD: node bench/dns/start.ts [--names N] [--rounds N] [--cores LIST]
 * [--nice N]. kickback starts for the first time, where it has to build its first generation, and again, where it has one.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bounded } from '../time-limit.ts'
import { writeData } from './data.ts'
import { contestants } from './servers.ts'

const { values } = parseArgs({
  options: {
    names: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    cores: { type: 'string', default: '0' },
    nice: { type: 'string', default: '0' },
  },
})
const PORT = 15500
/** How often it is asked, in milliseconds, and how long it has for everything else afterwards. */
const ASKED_EVERY = 5
const REST = 3000
const folder = mkdtempSync(join(tmpdir(), 'kickback-bench-'))
const children = new Set<ChildProcess>()
bounded(5 + Number(values.rounds))
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
writeData(folder, Number(values.names))

/** The question for the address of the first name of the list. */
function question(): Buffer {
  const [first = ''] = readFileSync(`${folder}/queries.A`, 'latin1').split(' ')
  const name = first.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]))
  return Buffer.concat([Buffer.of(7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), ...name, Buffer.of(0, 0, 1, 0, 1)])
}

/** Resolves with the first answer that holds a record. */
async function answered(port: number): Promise<void> {
  const socket = createSocket('udp4')
  // Nobody listens yet.
  socket.on('error', () => {})
  const asking = setInterval(() => socket.send(question(), port, '127.0.0.1'), ASKED_EVERY)
  for await (const [reply] of on(socket)) if ((reply[7] ?? 0) === 1) break
  clearInterval(asking)
  socket.close()
}

async function* on(socket: ReturnType<typeof createSocket>): AsyncGenerator<readonly [Buffer]> {
  for (;;) yield (await once(socket, 'message')) as [Buffer]
}

/** One start, in milliseconds. */
async function start(name: string, isFirst: boolean): Promise<number> {
  const [server] = contestants([name])
  if (server === undefined) throw new Error(`${name} is not installed`)
  if (isFirst)
    for (const part of ['run', 'state']) rmSync(`${folder}/${name}-${part}`, { recursive: true, force: true })
  const command = ['-n', values.nice, 'taskset', '-c', values.cores, ...server.command(folder, PORT)]
  const began = performance.now()
  const child = spawn('nice', command, { stdio: 'ignore' })
  children.add(child)
  await answered(PORT)
  const took = performance.now() - began
  await new Promise((resolve) => setTimeout(resolve, REST))
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
  children.delete(child)
  return took
}

const hasNsd = contestants(['nsd']).length > 0
if (!hasNsd) console.log('NSD is not installed: there is nothing to compare with\n')
const cases = {
  NSD: [] as number[],
  'kickback, first start': [] as number[],
  'kickback, started again': [] as number[],
}
for (let round = 0; round < Number(values.rounds); round++) {
  if (hasNsd) cases.NSD.push(await start('nsd', false))
  cases['kickback, first start'].push(await start('kickback', true))
  cases['kickback, started again'].push(await start('kickback', false))
}
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
console.log(
  `${values.names} names, cores ${values.cores}, from the start to the first answer, medians of ${values.rounds}\n`,
)
console.log('| | seconds | of NSD |\n| --- | --- | --- |')
for (const [title, took] of Object.entries(cases)) {
  if (took.length === 0) continue
  const ratio = hasNsd ? (median(took) / median(cases.NSD)).toFixed(2) : ''
  console.log(`| ${title} | ${(median(took) / 1000).toFixed(2)} | ${ratio} |`)
}
process.exit()
