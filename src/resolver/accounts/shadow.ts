/** The text of shadow(5) to entries. */
import type { ShadowEntry } from '../databases/shadow.ts'
import type { ByteString } from '../records/entries.ts'
import { type AccountDiagnostics, type AccountLine, checkFields, readEntries, stringsFit } from './lines.ts'

/** What an empty number is read as, by getspnam(3). */
const NO_NUMBER = -1
/** What an empty flag is read as. */
const NO_FLAG = 0xffffffff
const ULONG_MAX = (1n << 64n) - 1n

/** The shadow entries of the users in `names`, in the order of the file. No other user's line is even kept. */
export function readShadow(
  bytes: Uint8Array,
  names: Pick<ReadonlySet<ByteString>, 'has'>,
  diagnostics: AccountDiagnostics,
): ShadowEntry[] {
  const exported = (line: AccountLine): ShadowEntry | undefined =>
    names.has(line.text.split(':', 1)[0] ?? '') ? shadowEntry(line, diagnostics) : undefined
  return readEntries(bytes, diagnostics, exported).map(({ entry }) => entry)
}

function shadowEntry(line: AccountLine, diagnostics: AccountDiagnostics): ShadowEntry | undefined {
  const entry = entryOf(line.text)
  if (entry === undefined) {
    diagnostics.report('account-malformed', line.span, 'this line is not a shadow entry of nine fields')
    return undefined
  }
  checkFields(line, FIELDS, diagnostics)
  return stringsFit(line, [entry.name, entry.passwd], diagnostics) ? entry : undefined
}

const FIELDS = 9

/**
 * An entry of a line, read as glibc's files service reads it (nss/nss_files/files-spwd.c); undefined if that refuses the
 * line. An old line may end after the maximum age; a newer one continues to the day of expiry at least.
 */
function entryOf(text: ByteString): ShadowEntry | undefined {
  const [name = '', passwd, ...rest] = text.split(':')
  if (passwd === undefined) return undefined
  const numbers = new ShadowNumbers(rest.join(':'))
  const [lastChange, min, max] = [numbers.next(), numbers.next(), numbers.next()]
  if (lastChange === undefined || min === undefined || max === undefined) return undefined
  const ages = { name, passwd, lastChange, min, max }
  if (numbers.isBlank()) return { ...ages, warn: NO_NUMBER, inactive: NO_NUMBER, expire: NO_NUMBER, flag: NO_FLAG }
  const [warn, inactive, expire] = [numbers.next(), numbers.next(), numbers.next()]
  if (warn === undefined || inactive === undefined || expire === undefined) return undefined
  const flag = numbers.flag()
  return flag === undefined ? undefined : { ...ages, warn, inactive, expire, flag }
}

/** The numbers of a shadow line, one after the other, as strtoul(3) takes them: blanks and a sign may stand before the digits. */
class ShadowNumbers {
  #rest: ByteString

  constructor(rest: ByteString) {
    this.#rest = rest
  }

  /** Whether nothing but blanks is left. */
  isBlank(): boolean {
    return /^[ \t\v\f\r]*$/.test(this.#rest)
  }

  /** The next field's number as an int, -1 for none; undefined if the line has ended, or if there is something else. */
  next(): number | undefined {
    if (this.#rest === '') return undefined
    const value = this.#take(/^(?::|$)/)
    return value === undefined ? undefined : value === null ? NO_NUMBER : value | 0
  }

  /** The flag, which ends the line; 2^32-1 if it is left out. */
  flag(): number | undefined {
    return this.#rest === '' ? NO_FLAG : (this.#take(/^$/) ?? undefined)
  }

  /** A number of 32 bits, null if there are no digits, moved past with what must follow; undefined for anything else. */
  #take(follows: RegExp): number | null | undefined {
    const [digits = '', sign, magnitude] = /^[ \t\v\f\r]*([+-]?)(\d+)/.exec(this.#rest) ?? []
    const rest = this.#rest.slice(digits.length)
    const end = follows.exec(rest)
    if (end === null) return undefined
    this.#rest = rest.slice(end[0].length)
    return magnitude === undefined ? null : unsigned(BigInt(magnitude), sign === '-')
  }
}

/** What glibc makes of a number: an unsigned long, which wraps for a minus; more than 32 bits are refused. */
function unsigned(magnitude: bigint, negative: boolean): number | undefined {
  const long = magnitude > ULONG_MAX ? ULONG_MAX : negative ? BigInt.asUintN(64, -magnitude) : magnitude
  return long > 0xffffffffn ? undefined : Number(long)
}
