/**
 * What kickback adds to DHCP, and what nodes that load images take from look-ups: node bench/boot/bench.ts [--rounds N] [--seconds N] [--machines N] [--clients N]
 * [--megabytes N] [CASE...], as root in a network and a mount namespace of its own. The cases are rate, paced, storm and images; all unless named. Prints a
 * table; README.md in this folder tells how to read it.
 */
import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cpu, now, type Spread, spreadOf } from '../herd/figures.ts'
import { bounded } from '../time-limit.ts'
import { paced, storm } from './perfdhcp.ts'
import { addressOf, hyphenatedMacOf, inNamespace, MASTER, Site, USERS, WIRES } from './site.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    machines: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '20' },
    megabytes: { type: 'string', default: '300' },
  },
})
const number = (name: keyof typeof values): number => Number(values[name])
/** More than dnsmasq can do, and what it does with ease, in exchanges a second. */
const RATES = { rate: 3000, paced: 200 }

/** The same of both wires by turns, so that the other work of the machine is the same for both: the medians, and that of the ratios of the rounds. */
async function compared(
  measure: (wire: keyof typeof WIRES) => Promise<number>,
): Promise<Record<'ours' | 'alone' | 'ratio', number>> {
  const found = { ours: [] as number[], alone: [] as number[], ratio: [] as number[] }
  for (let round = 0; round < number('rounds'); round++) {
    const order = round % 2 === 0 ? (['ours', 'alone'] as const) : (['alone', 'ours'] as const)
    const figures = { ours: 0, alone: 0 }
    for (const wire of order) figures[wire] = await measure(wire)
    for (const wire of order) found[wire].push(figures[wire])
    found.ratio.push(figures.ours / figures.alone)
  }
  const median = (numbers: readonly number[]): number => spreadOf(numbers).median
  return { ours: median(found.ours), alone: median(found.alone), ratio: median(found.ratio) }
}

function tell(what: string, { ours, alone, ratio }: Awaited<ReturnType<typeof compared>>, digits: number): void {
  console.log(`| ${what} | ${ours.toFixed(digits)} | ${alone.toFixed(digits)} | ${ratio.toFixed(2)} |`)
}

async function dhcp(site: Site, isWanted: (name: string) => boolean): Promise<void> {
  const asked = (wire: keyof typeof WIRES, rate: number) => paced(WIRES[wire][1], rate, number('seconds'))
  if (isWanted('rate'))
    tell(
      `exchanges a second, of ${RATES.rate} asked for`,
      await compared(async (wire) => (await asked(wire, RATES.rate)).rate),
      0,
    )
  if (isWanted('paced')) {
    const used = () => site.pids.reduce((sum, pid) => sum + cpu(pid), 0)
    const work = { ours: 0, alone: 0 }
    let [lost, exchanges] = [0, 0]
    const delays = await compared(async (wire) => {
      const before = used()
      const one = await asked(wire, RATES.paced)
      work[wire] += used() - before
      if (wire === 'ours') exchanges += one.rate * number('seconds')
      lost = Math.max(lost, one.lost)
      return one.delay
    })
    tell(`an exchange at ${RATES.paced} a second: ms (most that were lost: ${(lost * 100).toFixed(1)} %)`, delays, 2)
    // While the other wire is measured the daemon does what it does anyway.
    console.log(
      `| CPU time of kickback for each exchange: ms | ${((work.ours - work.alone) / exchanges).toFixed(3)} | | |`,
    )
    const idle = work.alone / (number('rounds') * number('seconds'))
    console.log(`| CPU time of kickback in a second without: ms | ${idle.toFixed(1)} | | |`)
  }
  if (isWanted('storm'))
    tell(
      `${values.machines} machines at once: s`,
      await compared(async (wire) => (await storm(WIRES[wire][1], number('machines'))) / 1000),
      2,
    )
}

/** A node loads its image, to nowhere: by its own address, at a low priority, since nodes have processors of their own. */
async function load(node: number): Promise<void> {
  const curl = (...words: readonly string[]) =>
    inNamespace(WIRES.ours[1], [
      'nice',
      '-n',
      '19',
      'curl',
      '-sf',
      '--retry',
      '9',
      '--interface',
      addressOf(node),
      ...words,
    ])
  const [program = '', ...line] = curl(`http://${MASTER}:3048/boot/${hyphenatedMacOf(node)}`)
  const script = execFileSync(program, line, { encoding: 'utf8' })
  const place = /^initrd --name \S+ (\S+)/m.exec(script)?.[1] ?? ''
  const child = spawn(program, curl('-o', '/dev/null', place).slice(1), { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`node ${node} could not load ${place}: curl exits with ${code}`)
}

/** Look-ups of users at the socket, one each 5 ms, while nothing happens and while nodes load their images, by turns. */
async function images(site: Site): Promise<void> {
  const nodes = Array.from({ length: number('clients') }, (_, node) => node)
  for (const node of nodes)
    execFileSync('ip', ['-n', WIRES.ours[1], 'address', 'add', `${addressOf(node)}/16`, 'dev', 'eth0'])
  const looker = fork(join(import.meta.dirname, '../herd/look-ups.ts'), [site.socket, String(USERS)])
  const spread = async (): Promise<Spread> => {
    const told = once(looker, 'message')
    looker.send('tell')
    return (await told)[0] as Spread
  }
  await pause(2000)
  const found = { quiet: [] as number[], busy: [] as number[], ratio: [] as number[], rate: [] as number[] }
  for (let round = 0; round < number('rounds'); round++) {
    await spread()
    const begun = now()
    await Promise.all(nodes.map(load))
    const took = now() - begun
    const busy = (await spread()).p99
    await pause(took)
    const quiet = (await spread()).p99
    found.busy.push(busy)
    found.quiet.push(quiet)
    found.ratio.push(busy / quiet)
    found.rate.push((nodes.length * number('megabytes')) / took)
  }
  looker.disconnect()
  const median = (numbers: readonly number[]): number => spreadOf(numbers).median
  console.log(
    `\n| ${nodes.length} nodes load ${values.megabytes} MB each | while they load | quiet | ratio |\n| --- | --- | --- | --- |`,
  )
  console.log(
    `| look-ups of users at the socket, p99: ms | ${median(found.busy).toFixed(2)} | ${median(found.quiet).toFixed(2)} | ${median(found.ratio).toFixed(2)} |`,
  )
  console.log(`| all nodes together: GB/s | ${median(found.rate).toFixed(2)} | | |`)
}

const isWanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name)
const folder = mkdtempSync(join(tmpdir(), 'kickback-boot-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
bounded(15 + number('rounds') * (2 + (12 * number('seconds')) / 60))
const site = await Site.start(folder, isWanted('images') ? number('megabytes') * 1e6 : 1)
console.log(
  `load ${loadavg()[0]?.toFixed(0)}, medians of ${values.rounds} rounds\n\n| | kickback | dnsmasq alone | ratio |\n| --- | --- | --- | --- |`,
)
await dhcp(site, isWanted)
if (isWanted('images')) await images(site)
process.exit()
