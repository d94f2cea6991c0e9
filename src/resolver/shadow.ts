/** The text of shadow(5) to entries. */
import { type AccountFindings, type AccountLine, readEntries } from './accountlines.ts'
import type { ByteString, ShadowEntry } from './entries.ts'
import { STRINGS_MAX } from './layout.ts'

const FIELDS = 9
/** So many the C library insists on: up to the maximum age. */
const FIELDS_MIN = 5
/** What an empty number is read as, by getspnam(3). */
const NO_NUMBER = -1
/** What an empty flag is read as. */
const NO_FLAG = 0xffffffff
const DAYS_MAX = 0x7fffffff

/** The shadow entries of the users in `names`, in the order of the file. No other user's line is even kept. */
export function readShadow(
  bytes: Uint8Array,
  names: ReadonlySet<ByteString>,
  findings: AccountFindings,
): ShadowEntry[] {
  const exported = (line: AccountLine): ShadowEntry | undefined =>
    names.has(line.text.split(':', 1)[0] ?? '') ? shadowEntry(line, findings) : undefined
  return readEntries(bytes, findings, exported).map(({ entry }) => entry)
}

function shadowEntry(line: AccountLine, findings: AccountFindings): ShadowEntry | undefined {
  const fields = line.text.split(':')
  const entry = fields.length < FIELDS_MIN || fields.length > FIELDS ? undefined : entryOf(fields)
  if (entry === undefined) {
    findings.report('account-malformed', line.span, 'this is no shadow entry of nine fields')
    return undefined
  }
  if (fields.length < FIELDS) findings.report('account-fields', line.span, `${fields.length} fields, not ${FIELDS}`)
  if (entry.name.length + entry.passwd.length + 2 <= STRINGS_MAX) return entry
  findings.report('account-too-long', line.span, `the line has ${line.text.length} bytes`)
  return undefined
}

/** An entry of its fields; undefined where one of the numbers is none. */
function entryOf(fields: readonly ByteString[]): ShadowEntry | undefined {
  const [name = '', passwd = ''] = fields
  const [lastChange, min, max, warn, inactive, expire] = [2, 3, 4, 5, 6, 7].map((i) =>
    numberOr(fields[i], NO_NUMBER, DAYS_MAX),
  )
  const flag = numberOr(fields[8], NO_FLAG, NO_FLAG)
  if (lastChange === undefined || min === undefined || max === undefined || flag === undefined) return undefined
  if (warn === undefined || inactive === undefined || expire === undefined) return undefined
  return { name, passwd, lastChange, min, max, warn, inactive, expire, flag }
}

/** The number of a field, `empty` where nothing stands there, undefined where it is no number up to `greatest`. */
function numberOr(field: ByteString | undefined, empty: number, greatest: number): number | undefined {
  if (field === undefined || field === '') return empty
  const value = /^\d{1,10}$/.test(field) ? Number(field) : Number.NaN
  return value <= greatest ? value : undefined
}
