/** Every spelling of a host's name to its record: reference for the C module, held to by test/fixtures/spellings.tsv. */
import { foldCase } from '../../values/index.ts'
import { decodeMachine } from '../databases/hosts.ts'
import { HOST_KINDS, HOST_NAME_MAX, PLAIN_WIDTH, SPELLINGS } from '../format.ts'
import type { ByteString, PatternEntry } from '../records/entries.ts'
import { oncePerSnapshot } from '../snapshot/kept.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** The greatest number that a name spells. */
const GREATEST = 0x7fffffff

/** The meaning of a name that depends on the asker. */
type AskersOwn = keyof typeof SPELLINGS

/**
 * The host record of a name, or undefined. NAME, NAME. and both with the domain are one name; case does not count.
 *
 * A name of no bytes or of more than HOST_NAME_MAX is not looked at. One final dot is taken off. Then the name is looked
 * for as it is, and if it ends in the domain, again without: what is left then may have no dot but as its first byte, since
 * a stored name with a dot of its own is absolute. To look for a name is: the stored one; `master` of one master; the
 * patterns in order.
 */
export function hostNamed(snapshot: Snapshot, name: ByteString): Uint8Array | undefined {
  for (const candidate of candidates(snapshot.domain, name)) {
    const record = storedOrComputed(snapshot, candidate)
    if (record !== undefined) return record
  }
  return undefined
}

/** Whether a name means `master` or `self`, which the daemon works out for the asker. Only where `hostNamed` knows no record. */
export function askersOwn(snapshot: Snapshot, name: ByteString): AskersOwn | undefined {
  for (const candidate of candidates(snapshot.domain, name)) {
    for (const own of ['master', 'self'] as const) if (isSpelling(own, candidate)) return own
  }
  return undefined
}

/** What to look for, in order, folded: the name without a final dot, and without the domain where it ends in that. */
export function candidates(domain: ByteString, name: ByteString): ByteString[] {
  if (name.length === 0 || name.length > HOST_NAME_MAX) return []
  const plain = foldCase(name.endsWith('.') ? name.slice(0, -1) : name)
  if (plain === '') return []
  const suffix = `.${foldCase(domain)}`
  if (domain === '' || !plain.endsWith(suffix)) return [plain]
  const short = plain.slice(0, -suffix.length)
  return short === '' || short.includes('.', 1) ? [plain] : [plain, short]
}

function storedOrComputed(snapshot: Snapshot, name: ByteString): Uint8Array | undefined {
  const stored = snapshot.lookup('hosts', { name })
  if (stored !== undefined) return stored
  return isSpelling('master', name) ? onlyMaster(snapshot) : computed(snapshot, name)
}

function isSpelling(own: AskersOwn, name: ByteString): boolean {
  return (SPELLINGS[own] as readonly string[]).includes(name)
}

/** The record `master`, which there is where the cluster has one master for everyone. */
function onlyMaster(snapshot: Snapshot): Uint8Array | undefined {
  const record = snapshot.lookup('hosts', { name: SPELLINGS.master[0] })
  return record !== undefined && decodeMachine(record).kind === HOST_KINDS.MASTER ? record : undefined
}

/** The record that the first fitting pattern leads to. */
function computed(snapshot: Snapshot, name: ByteString): Uint8Array | undefined {
  for (const pattern of patternsOf(snapshot)) {
    const number = spelledNumber(pattern, name)
    if (number === undefined) continue
    const target = targetName(pattern, number)
    const record = target === undefined ? undefined : snapshot.lookup('hosts', { name: target })
    if (record !== undefined && isMachine(record, pattern.kind, number + pattern.numberShift)) return record
  }
  return undefined
}

/** The stored name that a pattern leads to; undefined if its number would be none. */
function targetName(pattern: PatternEntry, number: number): ByteString | undefined {
  const { targetPrefix, targetWidth, targetSuffix, targetShift } = pattern
  if (targetWidth === PLAIN_WIDTH) return targetPrefix + targetSuffix
  const own = number + targetShift
  if (own < 0 || own > GREATEST) return undefined
  return targetPrefix + String(own).padStart(targetWidth, '0') + targetSuffix
}

function isMachine(record: Uint8Array, kind: number, number: number): boolean {
  const host = decodeMachine(record)
  return host.kind === kind && host.number === number
}

/** The number that a folded name spells: prefix, `+` or nothing, digits, suffix. Undefined also from 2^31 on. */
function spelledNumber({ prefix, suffix }: PatternEntry, name: ByteString): number | undefined {
  const end = name.length - suffix.length
  if (end <= prefix.length || !name.startsWith(prefix) || !name.endsWith(suffix)) return undefined
  const digits = /^\+?(\d+)$/.exec(name.slice(prefix.length, end))?.[1]
  const number = digits === undefined ? Number.NaN : Number(digits)
  return number <= GREATEST ? number : undefined
}

/** A snapshot's patterns with prefix and suffix folded. */
const patternsOf = oncePerSnapshot((snapshot): readonly PatternEntry[] =>
  snapshot
    .patterns()
    .map((pattern) => ({ ...pattern, prefix: foldCase(pattern.prefix), suffix: foldCase(pattern.suffix) })),
)
