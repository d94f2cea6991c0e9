/** Explanations of hosts: what made a machine's record, or why a name or an address is that of none. */
import { type Nodename, nodeNamed, type Related } from '../../config/index.ts'
import {
  type Address,
  addressFromBytes,
  compareAddress,
  foldCase,
  formatAddress,
  insideRange,
  sameAddress,
} from '../../values/index.ts'
import { answer, masterOf, selfOf } from '../answers/answers.ts'
import { askersOwn, candidates, hostNamed } from '../answers/spellings.ts'
import { DATABASES } from '../databases/table.ts'
import { HOST_KINDS, HOST_NAME_MAX, NO_NODE } from '../format.ts'
import { byteString, displayed } from '../records/entries.ts'
import { absentNode, otherName } from './absent-nodes.ts'
import type { ConfigEvidence, Evidence } from './evidence.ts'
import { absent, type Explanation } from './explanation.ts'
import { hostLines, masterLines, nodeAt } from './host-lines.ts'
import { absentNear } from './near.ts'
import { absentAddressByRecords, absentByRecords } from './records.ts'

/** Explains a key of hosts as it was typed, a byte string. */
export function explainHost(evidence: Evidence, typed: string): Explanation {
  const { getent } = DATABASES.hosts
  if (getent.unasked?.(typed) !== undefined) {
    return absent('read-as-number', `the C library reads ${displayed(typed)} as an address in numbers, and asks nobody`)
  }
  const key = getent.key(typed)
  if ('address' in key) return explainAddress(evidence, addressFromBytes(key.address))
  return explainName(evidence, typed)
}

function explainAddress(evidence: Evidence, address: Address): Explanation {
  const record = answer(evidence.snapshot, 'hosts', { address: address.bytes })
  if (record !== undefined) return foundHost(evidence, record, undefined, formatAddress(address))
  const { config, snapshot } = evidence
  return config === undefined ? absentAddressByRecords(snapshot, address) : absentAddress(config, address)
}

function explainName(evidence: Evidence, name: string): Explanation {
  const { snapshot, own } = evidence
  const record = hostNamed(snapshot, name)
  if (record !== undefined) return foundHost(evidence, record, spelled(evidence, name), displayed(name))
  const askers = askersOwn(snapshot, name)
  const addresses = own.map(({ bytes }) => bytes)
  if (askers === 'self') {
    const self = selfOf(snapshot, addresses)
    return self === undefined ? notThisMachine(own) : foundHost(evidence, self, undefined, displayed(name))
  }
  if (askers === 'master') {
    const master = masterOf(snapshot, addresses)
    return master === undefined ? NO_MASTER : foundMaster(evidence, master, displayed(name))
  }
  return absentName(evidence, name)
}

const NO_MASTER = absent('no-master', 'the configuration names no master: it has no interface and no masterorder line')

function notThisMachine(own: readonly Address[]): Explanation {
  const all = own.map(formatAddress).join(', ')
  return absent(
    'not-this-machine',
    `self is the machine that asks, and no machine of the cluster has its addresses (${all})`,
  )
}

/** The name as the nodename lines have it: folded, without a final dot and the domain. */
function spelled({ snapshot }: Evidence, name: string): string {
  const all = candidates(snapshot.domain, name)
  return all.find((one) => snapshot.lookup('hosts', { name: one }) !== undefined) ?? all.at(-1) ?? name
}

function foundHost({ config }: Evidence, record: Uint8Array, asked: string | undefined, shown: string): Explanation {
  const entry = DATABASES.hosts.decode(record)
  const isOwn = entry.names.some((name) => foldCase(name) === foldCase(byteString(shown)))
  const what = machineText(entry)
  const name = displayed(entry.names[0] ?? '')
  const message = isOwn ? `${shown} is ${what}` : `${shown} is ${what}, which is called ${name}`
  const isDefault = entry.kind === HOST_KINDS.NODE && config !== undefined && isDefaultName(config, entry.number)
  return {
    code: 'found',
    message: isDefault ? `${message}: no nodename line names it, so its name is n%N` : message,
    lines: config === undefined ? [] : hostLines(config, entry, asked),
    record,
  }
}

function isDefaultName({ cluster }: ConfigEvidence, number: number): boolean {
  const lines = cluster.nodenames.filter(({ kind, span }) => kind !== 'companion' && span !== undefined)
  const isBound = ({ segments }: (typeof lines)[number]): boolean =>
    segments === undefined || segments.some(({ firstNode, lastNode }) => firstNode <= number && number <= lastNode)
  return !lines.some(isBound)
}

/** What a record is: `node 15`, `a companion of node 15`. */
export function machineText({ kind, number }: { readonly kind: number; readonly number: number }): string {
  if (kind === HOST_KINDS.NODE) return `node ${number}`
  if (kind === HOST_KINDS.UNAPPROVED)
    return `node ${number}, which nobody has approved: kickback set node ${number} --class CLASS approves it`
  if (kind === HOST_KINDS.COMPANION) return `a companion of node ${number}`
  return kind === HOST_KINDS.MASTER ? 'a master' : 'a device of a host line'
}

function foundMaster({ config, snapshot, own }: Evidence, record: Uint8Array, shown: string): Explanation {
  const entry = DATABASES.hosts.decode(record)
  const number = own
    .map((address) => answer(snapshot, 'hosts', { address: address.bytes }))
    .map((one) => (one === undefined ? NO_NODE : DATABASES.hosts.decode(one).number))
    .find((one) => one !== NO_NODE)
  const whom = number === undefined ? 'this machine, which is not a node' : `this machine, node ${number}`
  return {
    code: 'found',
    message: `${shown} is the first living master of ${whom}: ${displayed(entry.names[0] ?? '')} if it lives`,
    lines: config === undefined ? [] : masterLines(config, entry.addresses),
    record,
  }
}

/** Why no machine has a name. */
function absentName(evidence: Evidence, name: string): Explanation {
  const { snapshot, config } = evidence
  if (name === '' || name === '.') return absent('bad-key', 'an empty name is that of nothing')
  if (name.length > HOST_NAME_MAX)
    return absent('bad-key', `the name has ${name.length} bytes: a host name has ${HOST_NAME_MAX} at most`)
  const all = candidates(snapshot.domain, name)
  const short = all.at(-1) ?? name
  if (/^(?:localhost|ip6-localhost|ip6-loopback)$/.test(short) || short.endsWith('.localhost'))
    return absent('local-name', `${displayed(name)} is each machine itself: its own files answer it`)
  return (
    all.map((one) => config && numbered(config, one)).find((one) => one !== undefined) ??
    (config && leftOut(config, (word) => all.includes(foldCase(byteString(word))))) ??
    withOtherDomain(evidence, short) ??
    (config === undefined ? absentByRecords(snapshot, short) : absentNear(snapshot, 'hosts', short, 'host'))
  )
}

/** Why a name that spells a node's number is that of none; undefined if it spells none. */
function numbered(config: ConfigEvidence, name: string): Explanation | undefined {
  const text = displayed(name)
  for (const line of config.cluster.nodenames) {
    const number = nodeNamed(line, text) ?? looselyNamed(line, text)
    if (number !== undefined) return absentNode(config, number) ?? otherName(config, number, text, line)
  }
  const beyond = config.cluster.nodenames.find(
    (line) => nodeNamed({ ...line, segments: undefined }, text) !== undefined,
  )
  if (beyond !== undefined) return unnumbered(config, text, beyond)
  const digits = /^(?:\.|n)\+?(\d+)$/.exec(name)?.[1]
  return digits === undefined
    ? undefined
    : (absentNode(config, Number(digits)) ?? otherName(config, Number(digits), text, undefined))
}

/** Why a name has a number that its line, which is for some nodes, gives to none of them. */
function unnumbered(config: ConfigEvidence, name: string, line: Nodename): Explanation {
  const own = (line.segments ?? []).map(({ firstNode, lastNode }) =>
    lastNode === Number.POSITIVE_INFINITY ? `${firstNode} and more` : `${firstNode} to ${lastNode}`,
  )
  const lines = line.span === undefined ? [] : [config.cite(line.span, `names the nodes ${own.join(', ')}`)]
  return absent('no-such-node', `the line that makes such names gives none of its nodes the name ${name}`, lines)
}

/** The node that a name would mean if its line did not want so many digits; undefined for other lines. */
function looselyNamed(line: Nodename, name: string): number | undefined {
  return line.width > 0 ? nodeNamed({ ...line, width: 0 }, name) : undefined
}

/** The line with an error that has a word; undefined if none has. */
export function leftOut({ parsed, written }: ConfigEvidence, isIt: (word: string) => boolean): Explanation | undefined {
  const line = parsed.leftOut.find((number) =>
    written.lines[number - 1]?.words.slice(1).some(({ value }) => isIt(value)),
  )
  const diagnostic = parsed.diagnostics.find((one) => one.severity === 'error' && one.line === line)
  if (line === undefined) return undefined
  const message = `line ${line} of the configuration has it, and was left out: ${diagnostic?.message ?? 'it clashes with another line'}`
  return absent('line-left-out', message, diagnostic === undefined ? [] : [diagnostic])
}

/** The name with another domain, or without its own. */
function withOtherDomain({ snapshot }: Evidence, name: string): Explanation | undefined {
  const dot = name.indexOf('.', 1)
  const first = dot < 0 ? undefined : name.slice(0, dot)
  if (first !== undefined && hostNamed(snapshot, first) !== undefined) {
    const domain = displayed(snapshot.domain)
    const message = `${displayed(first)} is known, and ${displayed(name)} is not: the domain of the cluster is ${domain}`
    return absent('other-domain', message)
  }
  if (dot >= 0) return undefined
  for (const { names } of snapshot.entries('hosts')) {
    const absolute = names.find((one) => foldCase(one).startsWith(`${name}.`))
    if (absolute === undefined) continue
    const message = `${displayed(absolute)} is known: a name with a dot of its own is found only when it is given whole`
    return absent('absolute-name', message)
  }
  return undefined
}

/** Why no machine has an address. */
function absentAddress(config: ConfigEvidence, address: Address): Explanation {
  const { cluster, written } = config
  const shown = formatAddress(address)
  const range = cluster.nodeRanges.find((one) => insideRange(one, address))
  if (range !== undefined) {
    const number = nodeAt(range, address) ?? 0
    const why = absentNode(config, number)
    if (why === undefined) return absent('unknown', `${shown} is not answered`)
    const line = config.cite(range.span, `would give node ${number} the address ${shown}`)
    return absent('no-such-node', `${shown} would be node ${number}: ${why.message}`, [line, ...why.lines])
  }
  const unnamed = written.hosts.find(({ address: own, names }) => names.length === 0 && sameAddress(own, address))
  if (unnamed !== undefined)
    return absent('no-name', `a host line has ${shown} and no name: it answers nothing`, [
      config.cite(unnamed.span, 'has no name'),
    ])
  const bad = leftOut(config, (word) => word === shown)
  if (bad !== undefined) return bad
  const devices = cluster.hostRanges.find((one) => insideRange(one, address))
  if (devices !== undefined)
    return absent('no-host', `${shown} is for a device, and no host line has it`, [
      config.cite(devices.span, 'is for devices'),
    ])
  return absent('no-range', `${shown} is in no range of the configuration`, nearestRanges(config, address))
}

/** The ranges that end just below an address, and begin just above it. */
function nearestRanges(config: ConfigEvidence, address: Address): Related[] {
  const { nodeRanges, hostRanges } = config.cluster
  const ranges = [...nodeRanges, ...hostRanges].filter(({ first }) => first.family === address.family)
  const below = ranges.filter(({ last }) => compareAddress(last, address) < 0)
  const above = ranges.filter(({ first }) => compareAddress(first, address) > 0)
  const nearest = [
    ...below.sort((a, b) => compareAddress(b.last, a.last)).slice(0, 1),
    ...above.sort((a, b) => compareAddress(a.first, b.first)).slice(0, 1),
  ]
  return nearest.map((one) =>
    config.cite(one.span, compareAddress(one.last, address) < 0 ? 'ends below it' : 'begins above it'),
  )
}
