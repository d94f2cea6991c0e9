/** The kinds of faults: what each does to a machine, and what ends it. */
import { mustByFiles } from './accounts.ts'
import type { FaultyCluster } from './cluster.ts'
import type { Member } from './member.ts'
import type { Chance } from './schedule.ts'

/** What ends a fault; undefined where it is over when it has begun. */
export type End = (() => void | Promise<void>) | undefined

/** A kind. */
export interface Kind extends Chance<string> {
  /** The machines that it can happen to. */
  readonly among: (cluster: FaultyCluster) => readonly Member[]
  /** Begins one. */
  readonly begin: (cluster: FaultyCluster, one: Member, value: number) => End | Promise<End>
}

const anybody: Kind['among'] = ({ members }) => members
const masters: Kind['among'] = (cluster) => cluster.masters

/** One of these, by a number. */
function pick<T>(of: readonly T[], value: number): T {
  const found = of[value % of.length]
  if (found === undefined) throw new Error('nothing to choose from')
  return found
}

/** A daemon that is to run again if it was to run before. */
function startedAgain({ service }: Member, wasWanted: boolean): () => void {
  return () => {
    if (wasWanted) service.start()
  }
}

async function stop(_: FaultyCluster, one: Member): Promise<End> {
  const { isWanted } = one.service
  await one.service.stop()
  return startedAgain(one, isWanted)
}

/** The machine is on again at once, and its daemon later: until then the module has the copy of the state dir alone. */
async function powerCut(cluster: FaultyCluster, one: Member): Promise<End> {
  const { isWanted } = one.service
  await one.powerCut()
  if (one.role === 'node') cluster.watch(one)
  return startedAgain(one, isWanted)
}

async function runEarlier(_: FaultyCluster, one: Member): Promise<End> {
  const change = async (isEarlier: boolean): Promise<void> => {
    const { isWanted } = one.service
    await one.service.stop()
    one.useEarlier(isEarlier)
    startedAgain(one, isWanted)()
  }
  await change(true)
  return () => change(false)
}

/** An account or a device comes, goes or changes on one master. The others get the files at once, or when the fault ends. */
async function change(cluster: FaultyCluster, drawn: Member, value: number): Promise<End> {
  const { late, truth } = cluster
  const origin = late.has(drawn) ? (cluster.masters.find((master) => !late.has(master)) ?? drawn) : drawn
  const line = cluster.accounts.change(value, truth)
  await truth.known()
  mustByFiles(origin.machine, line)
  const others = cluster.masters.filter((master) => master !== origin)
  for (const other of others) late.add(other)
  const prompt = others.filter((_, i) => (value >> (20 + i)) % 2 === 0)
  cluster.copyFrom(origin, prompt)
  return () => cluster.copyFrom(origin, [...late])
}

/** An administrator who forces a reload decides for the content of that master: it has to be the right one, and seen by the others. */
function force({ late, troubled }: FaultyCluster, { machine, service, name }: Member): End {
  if (late.size === 0 && !troubled.has(name) && service.isWanted) machine.run('kickback', 'reload', '--force')
  return undefined
}

/** How far a clock jumps, in seconds. */
const JUMPS = [90, -90, 7200, -7200, 3 * 86_400, -3 * 86_400, 400 * 86_400, -400 * 86_400] as const

/** All kinds. A step is half a second or a second: what is silent for ten is given up. */
export const KINDS: readonly Kind[] = [
  {
    ...{ name: 'killed', weight: 5, longest: 1, among: anybody },
    begin: (_, { service }) => {
      service.kill()
      return undefined
    },
  },
  {
    ...{ name: 'frozen', weight: 3, longest: 20, among: anybody },
    begin: (_, { service }) => {
      service.freeze()
      return () => service.thaw()
    },
  },
  { ...{ name: 'stopped', weight: 2, longest: 10, among: anybody }, begin: stop },
  { ...{ name: 'power cut', weight: 3, longest: 4, among: anybody }, begin: powerCut },
  {
    ...{ name: 'link cut', weight: 3, longest: 20, among: anybody },
    begin: (_, { cable }) => {
      cable.cut()
      return () => cable.mend()
    },
  },
  {
    ...{ name: 'packets lost', weight: 2, longest: 12, among: anybody },
    begin: (_, { cable }, value) => {
      cable.lose(pick([0.05, 0.2, 0.4, 0.7], value))
      return () => cable.lose(0)
    },
  },
  {
    ...{ name: 'slow link', weight: 2, longest: 12, among: anybody },
    begin: (_, { cable }, value) => {
      cable.slow(pick([32_000, 128_000, 1_000_000], value))
      return () => cable.slow(0)
    },
  },
  {
    ...{ name: 'late packets', weight: 2, longest: 12, among: anybody },
    begin: async (_, { cable }, value) => {
      await cable.delay(pick([50, 300, 1500], value))
      return () => cable.delay(0)
    },
  },
  {
    ...{ name: 'disk full', weight: 3, longest: 8, among: anybody },
    begin: (_, one) => {
      one.fill()
      return () => one.empty()
    },
  },
  {
    ...{ name: 'clock jumps', weight: 2, longest: 12, among: anybody },
    begin: (_, one, value) => {
      one.putAhead(pick(JUMPS, value))
      return () => one.putAhead(0)
    },
  },
  { ...{ name: 'other release', weight: 2, longest: 12, among: anybody }, begin: runEarlier },
  { ...{ name: 'changed', weight: 8, longest: 6, among: masters }, begin: change },
  { ...{ name: 'forced', weight: 2, longest: 1, among: masters }, begin: force },
  {
    ...{ name: 'stands in', weight: 1, longest: 12, among: ({ standby }) => [standby] },
    begin: (_, { service }) => {
      service.start()
      return () => service.stop()
    },
  },
]
