/** The bridge between roots: the trust lists by which the roots of a cluster followed each other, for who knows an earlier root alone. */
import type { KeyObject } from 'node:crypto'
import { hex } from '../../values/index.ts'
import { keyMark } from '../snapshot/signing.ts'
import { FIRST_LINE, LIST_MAX } from './lines.ts'
import { parseTrustList, type TrustList, TrustListError } from './list.ts'
import { isSignedByOne, provedTrustList } from './proof.ts'

/** The lists of a bridge, oldest first: a root of each one signed the next. The list that counts comes behind them and is none of them. */
export type Bridge = readonly TrustList[]

/** How many lists a bridge has at most, and how many bytes they have together. The oldest go. */
export const BRIDGE_MAX = { lists: 16, bytes: 48 * 1024 } as const

/** The bridge once `list` replaces `held`: a list with other roots is one of it. Where no root of `held` signed it a bridge leads nowhere. */
export function bridgeAfter(bridge: Bridge, held: TrustList | undefined, list: TrustList): Bridge {
  if (held === undefined || held.number >= list.number) return bridge
  if (!isSignedByOne(list, held.roots)) return []
  return sameRoots(held, list) ? bridge : bounded([...bridge, list])
}

/** The part of a bridge that leads from a root with one of these marks (in hex) to `list`; nothing where it needs none, or has none. */
export function bridgeFrom(bridge: Bridge, list: TrustList, marks: ReadonlySet<string>): Bridge {
  const isBy = ({ signatures }: TrustList): boolean => signatures.some(({ mark }) => marks.has(mark))
  if (isBy(list)) return []
  const at = bridge.findLastIndex(isBy)
  return at === -1 ? [] : bridge.slice(at).filter(({ number }) => number < list.number)
}

/** The end of a bridge of another master that leads into `list`: each of its lists is signed by a root of the one before, and `list` by one of the last. */
export function bridgeInto(lists: Bridge, list: TrustList): Bridge {
  let next = list
  const from = lists.findLastIndex((one) => {
    const leads = one.number <= next.number && isSignedByOne(next, one.roots)
    if (leads) next = one
    return !leads
  })
  return bounded(lists.slice(from + 1))
}

/** A list that was reached, and the lists on the way to it, which are proved too. */
interface Crossing {
  readonly list: TrustList
  readonly passed: Bridge
}

/**
 * Proves the last of these lists by the roots that are believed now: alone, where one of them signed it; else one list after the other, each by a root of
 * the one before. Numbers grow on the way, and a root that was revoked on it, or by `held`, comes back nowhere. What is longer than a bridge may
 * be is not looked at. Throws TrustListError as `provedTrustList` does.
 */
export function crossedBridge(
  lists: readonly [...bridge: Uint8Array[], list: Uint8Array],
  roots: readonly KeyObject[],
  held?: TrustList,
): Crossing {
  const bridge = lists.slice(0, -1)
  const last = lists.at(-1) ?? new Uint8Array()
  if (bridge.length === 0 || isProved(last, roots)) return { list: provedTrustList(last, roots, held), passed: [] }
  if (bridge.length > BRIDGE_MAX.lists || lengthOf(bridge) > BRIDGE_MAX.bytes)
    throw new TrustListError('format', 'the bridge to the trust list is longer than it may be')
  const passed: TrustList[] = []
  const revoked = new Set<string>(held?.revoked.map(({ mark }) => mark))
  let before = held
  for (const bytes of lists) {
    before = provedTrustList(bytes, before?.roots ?? roots, before)
    for (const { mark } of before.revoked) revoked.add(mark)
    if (before.roots.some((root) => revoked.has(hex(keyMark(root)))))
      throw new TrustListError('unproved', `trust list ${before.number} has a root that was revoked`)
    passed.push(before)
  }
  const list = passed.pop()
  if (list === undefined) throw new TrustListError('unproved', 'there is no trust list')
  return { list, passed }
}

/** The bytes of the lists of a bridge, as they stand in a file. */
export function bridgeBytes(lists: readonly { readonly bytes: Uint8Array }[]): Buffer {
  return Buffer.concat(lists.map(({ bytes }) => bytes))
}

/** The lists in a file, unproved. Throws TrustListError where one of them is no list. */
export function parseBridge(bytes: Uint8Array): Bridge {
  if (bytes.length > BRIDGE_MAX.bytes + LIST_MAX)
    throw new TrustListError('format', 'it is longer than a bridge may be')
  const text = Buffer.from(bytes).toString('latin1')
  const parts = text === '' ? [] : text.split(new RegExp(`^(?=${FIRST_LINE}\n)`, 'm'))
  return parts.map((part) => parseTrustList(Buffer.from(part, 'latin1')))
}

function isProved(bytes: Uint8Array, roots: readonly KeyObject[]): boolean {
  return isSignedByOne(parseTrustList(bytes), roots)
}

function bounded(lists: Bridge): Bridge {
  let kept = lists.slice(-BRIDGE_MAX.lists)
  while (lengthOf(kept.map(({ bytes }) => bytes)) > BRIDGE_MAX.bytes) kept = kept.slice(1)
  return kept
}

function lengthOf(all: readonly Uint8Array[]): number {
  return all.reduce((sum, { length }) => sum + length, 0)
}

function sameRoots(one: TrustList, other: TrustList): boolean {
  const marks = (list: TrustList): string => list.roots.map((root) => hex(keyMark(root))).join(' ')
  return marks(one) === marks(other)
}
