/** The names of nodes: made from a format, and read back. */
import { type Address, addressValue, foldCase, offsetAddress } from '../../values/index.ts'
import type { NameLine, NamePattern, Nodename, NodeSegment, NodeSet } from '../cluster.ts'

/** The width of a format without a number: its prefix is the name. */
export const PLAIN = -1

/** Every node also answers to `nN`, unless a nodename line makes names of that form itself. */
export const DEFAULT_PATTERN: NamePattern = { prefix: 'n', width: 0, suffix: '' }

/** The name that the pattern makes with a number, as it is listed. */
export function expandNodename(pattern: NamePattern, number: number): string {
  if (pattern.width === PLAIN) return pattern.prefix
  return pattern.prefix + String(number).padStart(pattern.width, '0') + pattern.suffix
}

/**
 * The number that `name` spells under the pattern, or undefined (always of a pattern without a number); letters compare without ASCII case.
 * The number may belong to no node. Width 0 takes any spelling of the value (`n+23`, `n0000023`); a greater width
 * takes only what `expandNodename` writes.
 */
export function matchNodename(pattern: NamePattern, name: string): number | undefined {
  const { prefix, width, suffix } = pattern
  if (width === PLAIN) return undefined
  const digits = name.slice(prefix.length, name.length - suffix.length)
  if (digits.length + prefix.length + suffix.length !== name.length) return undefined
  if (foldCase(name.slice(0, prefix.length)) !== foldCase(prefix)) return undefined
  if (foldCase(name.slice(name.length - suffix.length)) !== foldCase(suffix)) return undefined
  return width === 0 ? numberByValue(digits) : numberAsWritten(digits, width)
}

function numberByValue(digits: string): number | undefined {
  return /^\+?\d+$/.test(digits) ? Number(digits) : undefined
}

function numberAsWritten(digits: string, width: number): number | undefined {
  if (!/^\d+$/.test(digits) || digits.length < width) return undefined
  return digits.length > width && digits.startsWith('0') ? undefined : Number(digits)
}

type Segments = Nodename['segments']

/** The segments of a set of nodes, in which no node stands twice. With `first` they are numbered from there on, in the order of the set; else each has its own number. */
export function segmentsOf({ ranges }: NodeSet, first: number | undefined): NodeSegment[] {
  let next = first
  return ranges.map(({ first: firstNode, last = Number.POSITIVE_INFINITY }) => {
    const firstNumber = next ?? firstNode
    if (next !== undefined) next += last - firstNode + 1
    return { firstNode, lastNode: last, firstNumber }
  })
}

/** The number that node `node` has in the names of a line; undefined if the line does not name it. */
export function numberIn(segments: Segments, node: number): number | undefined {
  if (segments === undefined) return node
  const own = segments.find(({ firstNode, lastNode }) => firstNode <= node && node <= lastNode)
  return own && own.firstNumber + node - own.firstNode
}

/** The node that has this number in the names of a line; undefined if none has. */
function nodeIn(segments: Segments, number: number): number | undefined {
  if (segments === undefined) return number
  for (const { firstNode, lastNode, firstNumber } of segments) {
    const node = firstNode + number - firstNumber
    if (firstNode <= node && node <= lastNode) return node
  }
  return undefined
}

/** The name that a line gives node `node`; undefined if it does not name it. */
export function nameIn(line: NameLine, node: number): string | undefined {
  const number = numberIn(line.segments, node)
  return number === undefined ? undefined : expandNodename(line, number)
}

/** The node that a name means by a line; it need not exist. Undefined if the line makes no such name. */
export function nodeNamed(line: NameLine, name: string): number | undefined {
  if (line.width === PLAIN) return foldCase(name) === foldCase(line.prefix) ? line.segments?.[0]?.firstNode : undefined
  const number = matchNodename(line, name)
  return number === undefined ? undefined : nodeIn(line.segments, number)
}

/**
 * The text without the cluster's domain: NAME.domain is NAME. What has a dot besides is absolute and stays as it is.
 * `domain` has no dot at either end; undefined if names with a domain are left apart.
 */
export function withoutDomain(name: string, domain: string | undefined): string {
  if (domain === undefined || domain === '') return name
  const end = name.length - domain.length - 1
  if (end < 1 || name.indexOf('.') !== end || foldCase(name.slice(end + 1)) !== foldCase(domain)) return name
  return name.slice(0, end)
}

/** Whether the address of a nodename line is added to the nodes' own addresses: its first octet is 0, which no address of a machine has. */
export function isOffset(address: Address): boolean {
  return address.bytes[0] === 0
}

/**
 * The addresses of a node's companion, in the order of the line: the given one plus the node's number, or the node's own address of that
 * family plus the given one. Those beyond the last address of a family are none.
 */
export function companionAddresses(nodename: Nodename, number: number, own: readonly Address[]): Address[] {
  return nodename.companions.flatMap(({ given, isOffset }) => {
    if (!isOffset) return offsetAddress(given, number) ?? []
    const address = own.find(({ family }) => family === given.family)
    return (address && offsetAddress(address, addressValue(given))) ?? []
  })
}
