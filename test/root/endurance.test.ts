// A master and a node that are reloaded and restarted again and again, and for a long time, under look-ups at all doors.
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Program } from '../hostile/site.ts'
import type { Tally } from '../hostile/tally.ts'
import { answerFaults, logFaults } from '../hostile/verdicts.ts'
import { type Vitals, vitals } from '../hostile/vitals.ts'
import { run } from './endurance/course.ts'
import { Site } from './endurance/site.ts'
import { lineText, steep, VitalSigns } from './endurance/vital-signs.ts'

const isLong = process.env.KICKBACK_LONG !== undefined
/** Questions a second at each door. */
const RATE = 20
/** `npm run test:long` has the whole course. */
const COURSE = isLong ? { reloads: 1000, restarts: 20 } : { reloads: 6, restarts: 2 }
/** How long the soak lasts, how often something changes meanwhile, and how often memory is looked at, in seconds. */
const SOAK = { seconds: Number(process.env.SOAK_SECONDS ?? (isLong ? 3600 : 0)), reloadEvery: 10, readEvery: 30 }
/** The part of the soak before memory is compared: the master keeps its last 50 generations, and code is compiled at its first uses. */
const WARM = 1 / 4
const HOUR = 3_600_000

t.setTimeout(SOAK.seconds * 1000 + 3 * HOUR)

/** Ends the clients, and tells what each counted at each of its doors. */
async function tallies(clients: Map<string, Program>): Promise<Map<string, Tally>> {
  const all = new Map<string, Tally>()
  for (const [name, client] of clients) {
    const doors: Record<string, Tally> = JSON.parse((await client.end()) || '{"ended without a word":{}}')
    for (const [door, tally] of Object.entries(doors)) all.set(`${name}, ${door}`, tally)
  }
  return all
}

/** What each client has to have seen: no wrong answer, none older than one before, and at the end the newest. */
function checkAnswers(t: Test, site: Site, found: Map<string, Tally>): void {
  for (const [name, tally] of found) {
    t.comment(`${name}: ${JSON.stringify(tally)}`)
    t.equal(tally.wrong, 0, `${name}: no wrong answer`)
    if (!name.includes('http=')) t.equal(tally.moves, site.moves, `${name}: the newest answer at the end`)
  }
  t.same(site.wrongs, [], 'the module was right all the time, on both machines')
  for (const { name, service } of site.members) t.same(logFaults(service.log), [], `${name}: no unexpected error`)
}

t.test('reloads and restarts under look-ups at all doors', { timeout: 2 * HOUR }, async (t) => {
  const site = await Site.start(t)
  const clients = site.clients(t, RATE)
  await run(site, COURSE, (line) => t.comment(`${new Date().toISOString()} ${line}`))
  await site.upToDate()
  for (const one of site.members) await site.dnsOf(one)
  checkAnswers(t, site, await tallies(clients))
  for (const { name, witness } of site.members) t.comment(`${name}: ${JSON.stringify(await witness.counts())}`)
})

/** Reloads and reads until the time is over. Garbage is collected after one reload, and memory is read after the next one. */
async function soaked(site: Site, signs: VitalSigns, tell: (line: string) => void): Promise<void> {
  const begin = performance.now()
  const seconds = (): number => (performance.now() - begin) / 1000
  let nextRead = 0
  let isCollected = false
  try {
    for (let next = 0; seconds() < SOAK.seconds; next += SOAK.reloadEvery) {
      await pause(Math.max(0, next - seconds()) * 1000)
      await site.move()
      await site.inStep()
      if (isCollected) signs.read(seconds())
      isCollected = seconds() >= nextRead
      if (!isCollected) continue
      nextRead += SOAK.readEvery
      await signs.collect()
    }
  } finally {
    for (const line of signs.table) tell(line)
  }
}

/** What the processes hold at rest. */
async function atRest(processes: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, Vitals>> {
  return new Map(await Promise.all([...processes].map(async ([name, pid]) => [name, await vitals(pid)] as const)))
}

if (SOAK.seconds > 0)
  t.test('a soak: memory and descriptors are flat', { timeout: SOAK.seconds * 1000 + HOUR }, async (t) => {
    const site = await Site.start(t)
    const processes = await site.processes()
    const before = await atRest(processes)
    const signs = new VitalSigns(processes)
    const clients = site.clients(t, RATE)
    await soaked(site, signs, (line) => t.comment(line))
    const found = await tallies(clients)
    await site.upToDate()
    checkAnswers(t, site, found)
    for (const [name, tally] of found) {
      const rate = name.includes('http=') ? 2 : name.includes('objects=') ? 5 : RATE
      t.same(answerFaults(tally, SOAK.seconds, rate), [], `${name}: in time`)
    }
    const lines = signs.lines(SOAK.seconds * WARM)
    for (const [key, line] of lines) t.comment(lineText(key, line))
    t.same(steep(lines), [], 'memory and descriptors are flat')
    t.same(await site.processes(), processes, 'no process ended')
    for (const [name, held] of await atRest(processes)) {
      t.comment(`${name} at rest: ${JSON.stringify(before.get(name))} before, ${JSON.stringify(held)} after`)
      t.equal(held.descriptors, before.get(name)?.descriptors, `${name}: its descriptors are those of the start`)
    }
  })
