/**
 * Look-ups by the module, before and while the LDAP server of the master hangs, interleaved: each round has three phases in changing order, one with
 * the server stopped and two with it running. The ratio of those two is the noise of this machine.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { KickbackClient } from '../../src/kickback/index.ts'
import { monotonic } from '../../src/values/index.ts'
import { bounded } from '../time-limit.ts'
import { type Door, outputOf, PIN, Site } from './site.ts'

const [OUT = '.'] = process.argv.slice(2)
const ROUNDS = Number(process.env.ROUNDS ?? 12)
const SECONDS = process.env.SECONDS_EACH ?? '0.5'
/** How often unknown users are asked for meanwhile, in milliseconds: each look-up waits for the LDAP server. */
const UNKNOWN_EVERY = 100
/** How long a phase lasts before it is measured, in milliseconds: until questions wait, and have been given up. */
const SETTLE = 1500

/** What is looked up: the operation of nssbench, the database, the key and what is found. */
interface Question {
  readonly title: string
  readonly op: string
  readonly database: string
  readonly key: string
  readonly found: string
  readonly doors: readonly Door[]
}

const ALL = ['file', 'socket', 'node'] as const
const QUESTIONS: readonly Question[] = [
  { title: 'host', op: 'hbn', database: 'hosts', key: 'pdu1', found: '10.20.30.9', doors: ALL },
  { title: 'ethers', op: 'eth_hton', database: 'ethers', key: 'pdu1', found: '00:a0:d1:e9:87:ca', doors: ALL },
  { title: 'listed user', op: 'pwnam', database: 'passwd', key: 'local', found: '2000', doors: ALL },
  // It is in no file: the socket is asked by all doors.
  {
    title: 'user of LDAP, found before',
    op: 'pwnam',
    database: 'passwd',
    key: 'ann',
    found: '3000',
    doors: ['socket', 'node'],
  },
]

const PHASES = ['quiet', 'again', 'hung'] as const
type Phase = (typeof PHASES)[number]

/** The figures of one phase: p50 and p99 in nanoseconds, by question and door. */
type Figures = ReadonlyMap<string, { readonly p50: number; readonly p99: number }>

/** Measures one question at one door. Throws if an answer was wrong. */
async function measured(
  site: Site,
  door: Door,
  { title, op, database, key, found }: Question,
): Promise<{ p50: number; p99: number }> {
  const keys = join(OUT, `${op}-${key}`)
  writeFileSync(keys, `${key}\t${found}\n`)
  const command = [
    join(OUT, 'nssbench'),
    '-o',
    op,
    '-s',
    `${database}=kickback`,
    '-k',
    keys,
    '-n',
    '100000',
    '-T',
    SECONDS,
  ]
  const line = await outputOf(site.at(door, [...PIN, ...command]), {
    LD_LIBRARY_PATH: join(import.meta.dirname, '../../build'),
  })
  const [, , , , , p50, p99, , misses] = line.trim().split('\t').map(Number)
  if (misses !== 0) throw new Error(`${title} by ${door}: ${misses} wrong answers`)
  return { p50: p50 ?? 0, p99: p99 ?? 0 }
}

async function phase(site: Site, name: Phase): Promise<Figures> {
  site.hang(name === 'hung')
  await pause(SETTLE)
  const figures = new Map<string, { p50: number; p99: number }>()
  for (const question of QUESTIONS)
    for (const door of question.doors) {
      figures.set(`${question.title}\t${door}`, await measured(site, door, question))
    }
  site.hang(false)
  return figures
}

const quantile = (values: readonly number[], at: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(at * values.length))] ?? Number.NaN

/** One line of the table. */
function row(key: string, rounds: readonly Readonly<Record<Phase, Figures>>[]): string {
  const of = (name: Phase, figure: 'p50' | 'p99'): number[] =>
    rounds.map((round) => round[name].get(key)?.[figure] ?? 0)
  const ratios = (name: Phase, figure: 'p50' | 'p99'): number[] =>
    of(name, figure).map((value, i) => value / (of('quiet', figure)[i] ?? 1))
  const told = (ns: number): string => (ns < 10_000 ? `${ns} ns` : `${Math.round(ns / 1000)} us`)
  const spread = (values: readonly number[]): string =>
    `${quantile(values, 0.5).toFixed(2)} (${quantile(values, 0.25).toFixed(2)}-${quantile(values, 0.75).toFixed(2)})`
  const times = [
    quantile(of('quiet', 'p50'), 0.5),
    quantile(of('quiet', 'p99'), 0.5),
    quantile(of('hung', 'p99'), 0.5),
  ].map(told)
  const cells = [
    ...key.split('\t'),
    ...times,
    spread(ratios('hung', 'p99')),
    spread(ratios('again', 'p99')),
    spread(ratios('hung', 'p50')),
  ]
  return `| ${cells.join(' | ')} |`
}

bounded(10 + ROUNDS * 3)
const site = await Site.start(OUT)
// The first look-up of an account may take longer than a program waits, and a node looks for its master at first.
for (const question of QUESTIONS)
  for (const door of question.doors)
    for (let i = 0; ; i++)
      try {
        await measured(site, door, question)
        break
      } catch (error) {
        if (i === 30) throw error
      }
let [unknown, late] = [0, 0]
const askers = await Promise.all(
  site.sockets.map(async (path) => {
    const client = await KickbackClient.connect({ path }, { clock: monotonic, software: 'bench', timeout: 60_000 })
    // Who is kept waiting for too long is told that nobody knows.
    return setInterval(() => void client.lookup('passwd', `unknown${unknown++}`).catch(() => late++), UNKNOWN_EVERY)
  }),
)

const rounds: Record<Phase, Figures>[] = []
for (let i = 0; i < ROUNDS; i++) {
  const round: Partial<Record<Phase, Figures>> = {}
  for (const offset of [0, 1, 2]) {
    const name = PHASES[(i + offset) % PHASES.length] ?? 'quiet'
    round[name] = await phase(site, name)
  }
  rounds.push(round as Record<Phase, Figures>)
}
for (const asker of askers) clearInterval(asker)
process.stdout.write(`${unknown} unknown users were asked for meanwhile, ${late} of them without an answer\n\n`)
process.stdout.write(
  '| look-up | door | p50 | p99 | p99, hung | p99 hung / running | p99 running / running | p50 hung / running |\n',
)
process.stdout.write(`|${' --- |'.repeat(8)}\n`)
for (const key of rounds[0]?.quiet.keys() ?? []) process.stdout.write(`${row(key, rounds)}\n`)
process.exit()
