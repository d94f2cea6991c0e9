/** Writes the configuration of the machines of a site, and makes sure that it has no errors. */
import { hasErrors, parseConfig } from '../../config/index.ts'
import { foldCase, formatAddress, formatMac } from '../../values/index.ts'
import type { Membership, Place, Remark } from '../entry.ts'
import type { AddressLine, Device } from '../machines/inventory.ts'
import type { NodeChoice } from '../nodes/families.ts'
import { type NodePlan, planNodes, withoutNodes } from '../nodes/plan.ts'
import { hostLines, hostRangeLines } from './host-lines.ts'
import { comment, groupLines, remarkLines } from './remarks.ts'

/** What a configuration is written from. */
interface Site {
  readonly kind: string
  readonly files: readonly string[]
  readonly domain: string
  readonly devices: readonly Device[]
  readonly remarks: readonly Remark[]
  readonly memberships: readonly Membership[]
  readonly choice: NodeChoice
}

/** A configuration, and what is in it. */
export interface Written {
  readonly text: string
  readonly nodes: number
  readonly hosts: number
  /** What was not carried over. */
  readonly remarks: readonly Remark[]
}

/** A line of the configuration; `of` is the address line of a host line. */
interface Drafted {
  readonly text: string
  readonly of?: AddressLine
}

/** A draft without errors, and what was left out of it. */
interface Outcome {
  readonly drafted: readonly Drafted[]
  readonly hosts: number
  readonly remarks: readonly Remark[]
}

/** Each round leaves out what the parser finds wrong in the one before it; what is right in a round stays right. */
const ROUNDS_MAX = 20

/**
 * The configuration of a site. Nodes are said by formats as far as that gives no error. Where it would cost another machine its name, there
 * are no nodes, unless somebody has said which names are those of nodes.
 */
export function writeConfiguration(site: Site): Written {
  const plain = attempt(withoutNodes(site.devices), site)
  if (plain === undefined) throw new Error('no configuration without errors was found for these machines')
  let cost: Remark | undefined
  for (const withCompanions of [true, false]) {
    const made = attempt(planNodes(site.devices, { choice: site.choice, withCompanions }), site)
    if (made === undefined) continue
    const isFree = made.outcome.remarks.length <= plain.outcome.remarks.length
    if (isFree || site.choice !== undefined) return writtenOf(site, made, undefined)
    cost ??= made.outcome.remarks.at(-1)
  }
  return writtenOf(site, plain, cost)
}

/** A plan with what came of it. */
interface Attempt {
  readonly plan: NodePlan
  readonly outcome: Outcome
}

function attempt(plan: NodePlan, site: Site): Attempt | undefined {
  const outcome = settled(plan, site)
  return outcome === undefined ? undefined : { plan, outcome }
}

function writtenOf(site: Site, { plan, outcome }: Attempt, cost: Remark | undefined): Written {
  const remarks = [...site.remarks, ...plan.remarks, ...outcome.remarks]
  return { text: textOf(site, outcome.drafted, remarks, cost), nodes: plan.count, hosts: outcome.hosts, remarks }
}

/** The lines of a plan without those of machines that have an error; undefined if a line of the nodes has one. */
function settled(plan: NodePlan, { domain }: Site): Outcome | undefined {
  const remarks: Remark[] = []
  const left = new Set<AddressLine>()
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const devices = plan.others.map((one) => ({ ...one, lines: one.lines.filter((line) => !left.has(line)) }))
    const drafted = draftedLines(plan, devices)
    const bytes = Buffer.from(drafted.map(({ text }) => `${text}\n`).join(''))
    const { diagnostics, leftOut } = parseConfig(bytes, { domain })
    if (!hasErrors(diagnostics)) {
      return { drafted, hosts: devices.filter(({ lines }) => lines.length > 0).length, remarks }
    }
    const reasons = new Map(
      diagnostics.filter(({ severity }) => severity === 'error').map(({ line, message }) => [line, message]),
    )
    for (const number of leftOut) {
      const line = drafted[number - 1]?.of
      // A range without its own fault is wrong because of what is in it: that goes in the same round.
      if (line === undefined) return undefined
      if (left.has(line)) continue
      left.add(line)
      remarks.push(...leftRemarks(line, reasons.get(number) ?? 'it clashes with another line'))
    }
  }
  return undefined
}

/** The remark on a MAC has so many names of its machine. */
const NAMES_TOLD = 20

/** A remark for each line that tells the address, one of its names or a MAC; that of a MAC has all names. */
function leftRemarks({ place, address, names, told, macs }: AddressLine, reason: string): Remark[] {
  const words = new Map<Place, string[]>([[place, []]])
  for (const name of names) addWord(words, told.get(foldCase(name)) ?? place, name)
  for (const { mac, place: from } of macs) {
    if (!words.has(from)) words.set(from, names.slice(0, NAMES_TOLD))
    addWord(words, from, formatMac(mac))
  }
  return [...words].map(([from, some]) => ({
    place: from,
    text: `${[formatAddress(address), ...some].join(' ')}: ${reason}`,
  }))
}

function addWord(words: Map<Place, string[]>, place: Place, word: string): void {
  const some = words.get(place)
  if (some === undefined) words.set(place, [word])
  else some.push(word)
}

function draftedLines(plan: NodePlan, devices: readonly Device[]): Drafted[] {
  const nodes = Buffer.from(plan.lines.map((line) => `${line}\n`).join(''))
  const { nodeRanges } = parseConfig(nodes).cluster
  return [
    ...plan.lines.map((text) => ({ text })),
    ...hostRangeLines(devices, nodeRanges).map((text) => ({ text })),
    ...devices.flatMap(({ lines }) => lines.flatMap((of) => hostLines(of).map((text) => ({ text, of })))),
  ]
}

/** Why there are no nodes. */
function noNodes({ place, text }: Remark): string[] {
  return [
    '# There are no nodes: their names would take that of another machine. With --node-names FORMAT there are, and this is left out:',
    comment(`${place.file}:${place.line}: ${text}`),
  ]
}

/** The domain that most of the names have, if it is not that of the cluster. */
function usualDomain({ devices }: Site): string | undefined {
  const counts = new Map<string, number>()
  for (const { name = '' } of devices) {
    const domain = foldCase(name.slice(name.indexOf('.') + 1))
    if (name.includes('.')) counts.set(domain, (counts.get(domain) ?? 0) + 1)
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1])
  return most !== undefined && most[1] > devices.length / 2 ? most[0] : undefined
}

function textOf(site: Site, drafted: readonly Drafted[], remarks: readonly Remark[], cost: Remark | undefined): string {
  const groups = groupLines(site.memberships)
  const domain = usualDomain(site)
  const hint = `Most names end in ${domain}: with --domain ${domain} they are the short names of the cluster.`
  const lines = [
    comment(`Made by kickback import ${site.kind} from ${site.files.join(', ')}.`),
    '# The address of the master is not known. Write it here, and take it out of the hostrange lines:',
    '# interface eth1 10.0.0.1 255.255.255.0',
    ...(domain === undefined ? [] : [comment(hint)]),
    ...(cost === undefined ? [] : noNodes(cost)),
    '',
    ...drafted.map(({ text }) => text),
    ...(groups.length === 0 ? [] : ['', '# Groups, as lines of /etc/netgroup:', ...groups]),
    ...(remarks.length === 0 ? [] : ['', '# Not carried over:', ...remarkLines(remarks, site.files)]),
  ]
  return `${lines.join('\n')}\n`
}
