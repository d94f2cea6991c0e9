import { type Address, addressToNumber, offsetAddress } from './address.ts'
import type { Nodename } from './cluster.ts'

/** The part of a nodename that makes and matches text. */
export type NamePattern = Pick<Nodename, 'prefix' | 'width' | 'suffix'>

/** Every node also answers to `nN`, unless a nodename line makes names of that form itself. */
export const DEFAULT_PATTERN: NamePattern = { prefix: 'n', width: 0, suffix: '' }

/** The name that the pattern gives node `number`, as it is listed. */
export function expandNodename(pattern: NamePattern, number: number): string {
  return pattern.prefix + String(number).padStart(pattern.width, '0') + pattern.suffix
}

/**
 * The node number that `name` spells under the pattern, or undefined; letters compare without ASCII case.
 * The number may belong to no node. Width 0 takes any spelling of the value (`n+23`, `n0000023`); a greater width
 * takes only what `expandNodename` writes.
 */
export function matchNodename(pattern: NamePattern, name: string): number | undefined {
  const { prefix, width, suffix } = pattern
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

/** Lower case for ASCII letters alone: host names that are equal fold to the same string. */
export function foldCase(name: string): string {
  return /[A-Z]/.test(name) ? name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : name
}

/**
 * The text without the cluster's domain: NAME.domain is NAME. What has a dot besides is absolute and stays as it is.
 * `domain` has no dot at either end; undefined where names with a domain are left apart.
 */
export function withoutDomain(name: string, domain: string | undefined): string {
  if (domain === undefined || domain === '') return name
  const end = name.length - domain.length - 1
  if (end < 1 || name.indexOf('.') !== end || foldCase(name.slice(end + 1)) !== foldCase(domain)) return name
  return name.slice(0, end)
}

/** The address of a node's companion: base plus number, or the node's address plus offset; undefined beyond 255.255.255.255. */
export function companionAddress(nodename: Nodename, number: number, address: Address): Address | undefined {
  if (nodename.base !== undefined) return offsetAddress(nodename.base, number)
  if (nodename.offset === undefined) return undefined
  return offsetAddress(address, addressToNumber(nodename.offset) ?? 0)
}
