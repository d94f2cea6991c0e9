/**
 * What many reloads leave behind: RELOADS=2000 sh bench/reload/run. Each changes one line, and begins when the module answers for the one before. A line for
 * every EVERY of them; the last line says how each column grew.
 */
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { bounded } from '../time-limit.ts'
import { CHANGES, filesOf, writeFile, writeFiles } from './data.ts'
import { ended, folder, type Master, median, now, started, watched } from './master.ts'
import { descriptorsOf, memoryOf, treeOf } from './processes.ts'

const RELOADS = Number(process.env.RELOADS)
const EVERY = Number(process.env.EVERY ?? 200)
const NODES = Number(process.env.SIZES ?? 10_000)
const HTTP = `127.0.0.1:${Number(process.env.PORT ?? 15_700) + 1}`
/** How many reloads there are between two readings of the metrics. */
const READ = 10
/** How long a master has to come to rest, in milliseconds. */
const REST = 10_000
const MEBIBYTE = 1 << 20

/** What a master holds: heap in use, what is external, of all its processes memory (PSS) and open descriptors. MiB. */
interface Reading {
  readonly heap: number
  readonly external: number
  readonly memory: number
  readonly descriptors: number
}

async function reading({ pid }: Master): Promise<Reading> {
  const text = await (await fetch(`http://${HTTP}/metrics`)).text()
  const bytes = (kind: string) => Number(new RegExp(`kind="${kind}"} (\\d+)`).exec(text)?.[1] ?? Number.NaN)
  const tree = treeOf(pid)
  return {
    heap: bytes('heap_used') / MEBIBYTE,
    external: bytes('external') / MEBIBYTE,
    memory: memoryOf(tree),
    descriptors: descriptorsOf(tree),
  }
}

const kinds = Object.values(CHANGES)
const files = filesOf(NODES)

/** Changes a line, each time one of another kind, and tells when the module answers for it: seconds since it was written. */
async function reload(master: Master, round: number): Promise<number> {
  const change = kinds[round % kinds.length]?.(files, round)
  if (change === undefined) throw new Error('there are no kinds of changes')
  const module = await watched(master, change)
  writeFile(join(master.folder, 'files'), change.file, change.lines)
  const written = now()
  process.kill(master.pid, 'SIGHUP')
  const answered = await module.answered()
  if (Number.isNaN(answered)) throw new Error(`the module has no answer for ${change.database} ${change.key}`)
  return answered - written
}

/** The least and the most of some numbers, or the one number that they are. */
function span(numbers: readonly number[], digits: number): string {
  const ends = [Math.min(...numbers), Math.max(...numbers)].map((one) => one.toFixed(digits))
  return [...new Set(ends)].join(' to ')
}

type Column = readonly [title: string, of: (reading: Reading) => number, digits: number]
const COLUMNS: readonly Column[] = [
  ['heap used, MiB', ({ heap }) => heap, 1],
  ['external, MiB', ({ external }) => external, 1],
  ['PSS, MiB', ({ memory }) => memory, 0],
  ['descriptors', ({ descriptors }) => descriptors, 0],
]

function print(title: string, cells: readonly string[]): void {
  process.stdout.write(`| ${[title, ...cells].join(' | ')} |\n`)
}

function printReadings(title: string, readings: readonly Reading[], times: string): void {
  print(title, [...COLUMNS.map(([, of, digits]) => span(readings.map(of), digits)), times])
}

/** How a column grew from the first half of the lines to the second: the least of each line counts, since garbage that is not yet collected is no growth. */
function growth(lines: readonly (readonly Reading[])[], [, of, digits]: Column): string {
  const least = lines.map((readings) => Math.min(...readings.map(of)))
  const half = least.length >> 1
  const more = median(least.slice(-half)) - median(least.slice(0, half))
  return `${more < 0 ? '' : '+'}${more.toFixed(digits)}`
}

bounded(10 + RELOADS / 10)
writeFiles(join(folder, 'files'), files)
const master = await started(folder, [], ['--http', HTTP])
try {
  const load = loadavg().map((one) => one.toFixed(1))
  process.stdout.write(`${NODES} nodes; ${cpus().length} cores; load ${load.join(' ')}\n`)
  print('reloads', [...COLUMNS.map(([title]) => title), 'reload: median, longest, s'])
  process.stdout.write(`|${' --- |'.repeat(COLUMNS.length + 2)}\n`)
  await pause(REST)
  printReadings('at first, at rest', [await reading(master)], '')
  const lines: Reading[][] = []
  for (let done = 0; done < RELOADS; ) {
    const [readings, times]: [Reading[], number[]] = [[], []]
    for (const end = Math.min(done + EVERY, RELOADS); done < end; ) {
      times.push(await reload(master, done++))
      if (done % READ === 0 || done === end) readings.push(await reading(master))
    }
    lines.push(readings)
    printReadings(String(done), readings, `${median(times).toFixed(3)}, ${Math.max(...times).toFixed(3)}`)
  }
  await pause(REST)
  printReadings('at last, at rest', [await reading(master)], '')
  if (lines.length > 1) print('second half less first half', [...COLUMNS.map((column) => growth(lines, column)), ''])
} finally {
  await ended(master)
}
