/** The names that nodename lines make, and the patterns by which other spellings of them are found. */

import {
  type Cluster,
  type ClusterNode,
  companionAddresses,
  DEFAULT_PATTERN,
  type Nodename,
  numberIn,
  PLAIN,
} from '../../config/index.ts'
import { type Address, foldCase, type Mac, macKey } from '../../values/index.ts'
import { HOST_KINDS, PLAIN_WIDTH } from '../layout.ts'
import { type ByteString, byteString, type PatternEntry } from '../records/entries.ts'

/** A nodename line with its text as byte strings, so that making a name is one concatenation. */
export interface NameMaker {
  readonly line: Nodename
  readonly prefix: ByteString
  readonly suffix: ByteString
  readonly width: number
}

/** The nodename lines by what they name; each list in file order. */
export interface NameMakers {
  /** Lines that are bound to nodes: the first one that names a node gives its canonical name. */
  readonly bound: readonly NameMaker[]
  /** Lines for all nodes, at least one: the first names those that no line is bound to, and they are aliases of the others. */
  readonly unbound: readonly [NameMaker, ...NameMaker[]]
  /** Whether no line says `unbound`: it is then the default, which names no node that has another name. */
  readonly isDefault: boolean
  readonly companions: readonly NameMaker[]
}

/** Sorts the nodename lines by what they name. */
export function nameMakers(cluster: Pick<Cluster, 'nodenames'>): NameMakers {
  const makers = cluster.nodenames.map(maker)
  const nodeLines = makers.filter(({ line }) => line.kind !== 'companion')
  const [first, ...others] = nodeLines.filter(({ line }) => line.segments === undefined && line.span !== undefined)
  return {
    bound: nodeLines.filter(({ line }) => line.segments !== undefined),
    unbound: first === undefined ? [maker(DEFAULT_NODENAME)] : [first, ...others],
    isDefault: first === undefined,
    companions: makers.filter(({ line }) => line.kind === 'companion'),
  }
}

const DEFAULT_NODENAME: Nodename = {
  ...DEFAULT_PATTERN,
  segments: undefined,
  kind: 'canonical',
  companions: [],
  netgroup: undefined,
  span: undefined,
}

function maker(line: Nodename): NameMaker {
  return { line, prefix: byteString(line.prefix), suffix: byteString(line.suffix), width: line.width }
}

/** The name that a line gives node `number`, as it is stored and listed; undefined if the line does not name it. */
export function madeName({ line, prefix, width, suffix }: NameMaker, number: number): ByteString | undefined {
  const own = numberIn(line.segments, number)
  if (own === undefined) return undefined
  return width === PLAIN ? prefix : prefix + String(own).padStart(width, '0') + suffix
}

/** The names of a node, the canonical one first, each once. */
export function nodeNames({ bound, unbound, isDefault }: NameMakers, number: number): ByteString[] {
  const [first] = unbound
  if (bound.length === 0 && unbound.length === 1) return [madeName(first, number) ?? '']
  const own = bound.flatMap((line) => madeName(line, number) ?? [])
  const others = isDefault && own.length > 0 ? [] : unbound.flatMap((line) => madeName(line, number) ?? [])
  const byKey = new Map<ByteString, ByteString>()
  for (const name of [...own, ...others]) if (!byKey.has(foldCase(name))) byKey.set(foldCase(name), name)
  return [...byKey.values()]
}

/** The canonical name of a node. */
export function canonicalName(makers: NameMakers, number: number): ByteString {
  return nodeNames(makers, number)[0] ?? ''
}

/** The addresses of the companion that a line gives a node; none where it gives none, and beyond the last address. */
export function madeAddresses(
  line: Nodename,
  { number, addresses }: Pick<ClusterNode, 'number' | 'addresses'>,
): Address[] {
  return numberIn(line.segments, number) === undefined ? [] : companionAddresses(line, number, addresses)
}

/** A device that each node has, of one node. */
interface Companion {
  readonly name: ByteString
  /** At least one. */
  readonly addresses: readonly Address[]
  /** In the order of the node line; empty where that gives none. */
  readonly macs: readonly Mac[]
}

/** The companions of a node that have an address, in the order of their nodename lines. */
export function companionsOf({ companions }: NameMakers, node: ClusterNode): Companion[] {
  return companions.flatMap((companion) => {
    const addresses = madeAddresses(companion.line, node)
    const name = madeName(companion, node.number)
    if (addresses.length === 0 || name === undefined) return []
    const isIts = (written: string): boolean => foldCase(byteString(written)) === foldCase(name)
    const own = node.companionMacs.filter((one) => isIts(one.name))
    const macs = [...new Map(own.map(({ mac }) => [macKey(mac), mac])).values()]
    return [{ name, addresses, macs }]
  })
}

/**
 * The patterns of computed spellings, in the order in which to try them: each line whose number counts by value, then `.N`, then
 * `nN` unless a line makes such names itself.
 */
export function patternEntries(makers: NameMakers): PatternEntry[] {
  const { bound, unbound, isDefault, companions } = makers
  const [first] = unbound
  const { NODE, COMPANION } = HOST_KINDS
  const byValue = ({ width }: NameMaker): boolean => width === 0
  const ruled = (lines: readonly NameMaker[]): boolean => lines.some(makesDefault)
  // Where the default names nodes, nodes with other names answer to it too.
  const spelled = ruled([...bound, ...companions, ...(isDefault ? [] : unbound)]) ? ['.'] : ['.', 'n']
  return [
    ...bound.filter(byValue).flatMap((line) => ownPatterns(NODE, line)),
    ...unbound.filter(byValue).map((line) => pattern(NODE, line, first)),
    ...companions.filter(byValue).flatMap((line) => ownPatterns(COMPANION, line)),
    ...spelled.flatMap((prefix) => numberPatterns(prefix, makers)),
  ]
}

/** Whether a line makes names of the form `nN`. */
function makesDefault({ line, width }: NameMaker): boolean {
  return foldCase(line.prefix) === DEFAULT_PATTERN.prefix && line.suffix === '' && width !== PLAIN
}

/** The names of a line in other spellings: as many as its nodes have different distances from their numbers there. */
function ownPatterns(kind: PatternEntry['kind'], line: NameMaker): PatternEntry[] {
  return shiftsOf(line).map((shift) => pattern(kind, line, line, 0, 0 - shift))
}

/** A node's number after a prefix. */
function numberPatterns(prefix: ByteString, { bound, unbound: [first], isDefault }: NameMakers): PatternEntry[] {
  const spelling = { prefix, suffix: '' }
  const isOwn = isDefault && prefix === DEFAULT_PATTERN.prefix
  const all = isOwn ? [] : [pattern(HOST_KINDS.NODE, spelling, first)]
  if (!isDefault) return all
  return [
    ...all,
    ...bound.flatMap((line) => shiftsOf(line).map((shift) => pattern(HOST_KINDS.NODE, spelling, line, shift, 0))),
  ]
}

/** What the numbers in a line's names are greater by than those of the nodes; 0 if they are the same. */
function shiftsOf({ line }: NameMaker): number[] {
  return [...new Set(line.segments?.map(({ firstNode, firstNumber }) => firstNumber - firstNode) ?? [0])]
}

function pattern(
  kind: PatternEntry['kind'],
  spelling: { readonly prefix: ByteString; readonly suffix: ByteString },
  target: NameMaker,
  targetShift = 0,
  numberShift = 0,
): PatternEntry {
  return {
    kind,
    prefix: spelling.prefix,
    suffix: spelling.suffix,
    targetPrefix: target.prefix,
    targetSuffix: target.suffix,
    targetWidth: target.width === PLAIN ? PLAIN_WIDTH : target.width,
    targetShift,
    numberShift,
  }
}
