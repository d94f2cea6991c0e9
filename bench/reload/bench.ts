/** What a start and a reload of a master cost, by the size of its cluster: bench/reload/run. */
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { bounded } from '../time-limit.ts'
import { CHANGES, type Files, filesOf, writeFile, writeFiles } from './data.ts'
import { ended, folder, type Master, median, now, sampled, started, watched } from './master.ts'
import { cpuOf, highWaterOf, memoryOf, treeOf } from './processes.ts'
import { INTERVAL, stagesOf } from './stages.ts'

const SIZES = (process.env.SIZES ?? '1000 10000 100000 300000').split(' ').map(Number)
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const HAS_STAGES = process.env.STAGES === 'yes'
/** For how long a file is quiet before it is believed, in seconds: no part of what is measured. */
const DEBOUNCE = 0.25
/** How long a master rests between two changes, so that none waits for what the one before left to do, in milliseconds. */
const REST = 5000

/** What a reload took: seconds until the module answers without the debounce, processor time, and the memory at the most, in MiB. */
interface Cost {
  readonly live: number
  readonly cpu: number
  readonly peak: number
}

/** Makes a change and waits until the module tells it. */
async function changed(master: Master, files: Files, what: string, round: number): Promise<Cost> {
  const change = CHANGES[what]?.(files, round)
  if (change === undefined) throw new Error(`there is no change ${what}`)
  const module = await watched(master, change)
  const memory = sampled(master.pid)
  const before = cpuOf(treeOf(master.pid))
  writeFile(join(master.folder, 'files'), change.file, change.lines)
  const written = now()
  const live = (await module.answered()) - written - DEBOUNCE
  await pause(REST)
  return { live, cpu: cpuOf(treeOf(master.pid)) - before, peak: memory.end() }
}

/** The processor time of a reload that finds nothing new. */
async function ofNothing({ pid }: Master): Promise<number> {
  const before = cpuOf(treeOf(pid))
  process.kill(pid, 'SIGHUP')
  await pause(REST)
  return cpuOf(treeOf(pid)) - before
}

async function measured(size: number): Promise<void> {
  const own = join(folder, String(size))
  const files = filesOf(size)
  writeFiles(join(own, 'files'), files)
  let master = await started(own)
  try {
    await pause(REST)
    const rest = memoryOf(treeOf(master.pid))
    const nothing: number[] = []
    const costs = new Map<string, Cost[]>(Object.keys(CHANGES).map((what) => [what, []]))
    for (let round = 0; round < ROUNDS; round++) {
      nothing.push(await ofNothing(master))
      for (const [what, all] of costs) {
        all.push(await changed(master, files, what, round))
        // The next change of another file starts from the same lines.
        writeFiles(join(own, 'files'), files)
        await pause(REST)
      }
    }
    const { seconds, cpu, peak } = master.start
    print(size, 'start', seconds, cpu, peak)
    print(size, 'a reload of nothing', Number.NaN, median(nothing), Number.NaN)
    for (const [what, all] of costs) {
      const of = (pick: (cost: Cost) => number) => median(all.map(pick))
      print(
        size,
        what,
        of(({ live }) => live),
        of((cost) => cost.cpu),
        Math.max(...all.map((cost) => cost.peak)),
      )
    }
    await pause(30_000)
    print(size, 'at rest, after the start and at last', Number.NaN, Number.NaN, rest, memoryOf(treeOf(master.pid)))
    const resident = highWaterOf(treeOf(master.pid))
    await ended(master)
    master = await started(own)
    const again = master.start
    print(size, 'start over its last generation', again.seconds, again.cpu, again.peak)
    process.stdout.write(`the most that was resident, before that start: ${resident.toFixed(0)} MiB\n`)
  } finally {
    await ended(master)
  }
}

function print(size: number, what: string, seconds: number, cpu: number, ...memory: readonly number[]): void {
  const text = (value: number, digits: number): string => (Number.isNaN(value) ? '' : value.toFixed(digits))
  const cells = [String(size), what, text(seconds, 3), text(cpu, 2), memory.map((one) => text(one, 0)).join(', ')]
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}

/** Where the processor time of one change goes, by a profile of each thread. */
async function profiled(size: number, what: string): Promise<void> {
  const own = join(folder, `${size}-${what.replaceAll(' ', '-')}`)
  const files = filesOf(size)
  writeFiles(join(own, 'files'), files)
  const master = await started(own, [
    '--cpu-prof',
    `--cpu-prof-interval=${INTERVAL}`,
    `--cpu-prof-dir=${join(own, 'profiles')}`,
  ])
  await pause(REST)
  const from = now()
  const { live } = await changed(master, files, what, 0)
  const to = now()
  await ended(master)
  process.stdout.write(`\n${what}, ${size} nodes: live after ${live.toFixed(3)} s; processor time by part:\n`)
  for (const { stage, milliseconds } of stagesOf(join(own, 'profiles'), from, to)) {
    process.stdout.write(`${milliseconds.toFixed(0).padStart(6)} ms  ${stage}\n`)
  }
}

bounded(20 + (SIZES.length * (ROUNDS * 40 + 60)) / 30)
const [cpu] = cpus()
process.stdout.write(
  `${cpus().length} cores, ${cpu?.model}; load ${loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')}\n`,
)
process.stdout.write(
  '| nodes | what | seconds until the module answers, without the debounce | processor time, seconds | memory at the most, MiB |\n',
)
process.stdout.write('| --- | --- | --- | --- | --- |\n')
for (const size of ROUNDS === 0 ? [] : SIZES) await measured(size)
if (HAS_STAGES) for (const size of SIZES) for (const what of Object.keys(CHANGES)) await profiled(size, what)
