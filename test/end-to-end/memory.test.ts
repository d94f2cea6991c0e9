// What a master holds of memory while one reload follows the other: what it held for the generations before is let go.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { until } from '../patience.ts'
import { type Served, serve } from './served.ts'

const USERS = 20_000
const NODES = 10_000
/** How many reloads there are, and how many of them come before what is compared with. */
const [ALL, FIRST] = [process.env.KICKBACK_LONG === '1' ? 70 : 12, 3]
/** What V8 lets become garbage outside of its heap before it collects it, in MiB. */
const GARBAGE = 64

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)
const hex = (i: number): string => [i >> 8, i & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')

/** The lines of passwd, with a user more in each round. */
const passwdOf = (round: number): string =>
  [...range(USERS).map((i) => `user${i}:x:${2000 + i}:100:User number ${i}:/home/user${i}:/bin/bash\n`)]
    .concat(range(round).map((i) => `new${i}:x:${50_000 + i}:100::/home/new${i}:/bin/sh\n`))
    .join('')

function clusterIn(dir: string): void {
  const files = {
    config: [
      `interface lo 127.0.0.1 255.0.0.0\nnodes ${NODES}\niprange 10.1.0.0 10.1.${(NODES - 1) >> 8}.${(NODES - 1) & 255}\n`,
      ...range(NODES).map((i) => `node ${i} 02:00:00:00:${hex(i)}\n`),
    ].join(''),
    passwd: passwdOf(0),
    group: 'users:x:100:\n',
    shadow: range(USERS)
      .map((i) => `user${i}:$6$salt$${i.toString(36).padStart(86, '.')}:19000:0:99999:7:::\n`)
      .join(''),
    networks: '',
  }
  mkdirSync(join(dir, 'examples'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, 'examples', name), text, { mode: 0o600 })
}

/** What a process has of the heap of the C library and in maps of their own of a MiB and more, in MiB: no objects of V8 (proc_pid_smaps(5)). */
function largeOf(pid: number): number {
  let [sum, isCounted] = [0, false]
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'latin1').split('\n')) {
    const [, from, to, name] = /^([\da-f]+)-([\da-f]+) \S+ \S+ \S+ \S+\s*(.*)$/.exec(line) ?? []
    if (from !== undefined && to !== undefined) {
      const isLarge = Number.parseInt(to, 16) - Number.parseInt(from, 16) >= 1 << 20
      isCounted = name === '[heap]' || (name === '' && isLarge)
    }
    if (isCounted) sum += Number(/^Rss:\s+(\d+)/.exec(line)?.[1] ?? 0)
  }
  return sum / 1024
}

/** Publishes a user more, and tells what the master holds then. */
async function heldAfter(served: Served, round: number): Promise<number> {
  writeFileSync(join(served.dir, 'examples/passwd'), passwdOf(round))
  served.daemon.kill('SIGHUP')
  const count = (): number => served.log().split('reload published').length - 1
  await until(() => count() > round, `reload ${round}`)
  return largeOf(served.daemon.pid ?? 0)
}

t.test(
  'what a master held for the generations before does not pile up, however many reloads follow each other',
  async (t) => {
    const dir = folder(t)
    clusterIn(dir)
    const served = await serve(t, { dir, args: ['--log-format', 'json'] })
    const held: number[] = []
    for (let round = 1; round <= ALL; round++) held.push(await heldAfter(served, round))
    const [first, most] = [Math.min(...held.slice(0, FIRST)), Math.max(...held)]
    t.ok(most < first + GARBAGE, `in MiB: ${held.map((one) => one.toFixed(0)).join(' ')}`)
  },
)
