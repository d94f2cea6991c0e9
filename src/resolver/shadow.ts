/** The text of shadow(5) to entries. */
import { type AccountFindings, type AccountLine, accountLines, FirstOfName } from './accountlines.ts'
import type { ByteString, ShadowEntry } from './entries.ts'
import { STRINGS_MAX } from './layout.ts'

const FIELDS = 9
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
  const entries: ShadowEntry[] = []
  const first = new FirstOfName(findings)
  for (const line of accountLines(bytes, findings)) {
    const name = line.text.split(':', 1)[0] ?? ''
    if (!names.has(name)) continue
    const entry = shadowEntry(line, findings)
    if (entry !== undefined && first.claim(name, line.span)) entries.push(entry)
  }
  return entries
}

function shadowEntry(line: AccountLine, findings: AccountFindings): ShadowEntry | undefined {
  const fields = line.text.split(':')
  const [name = '', passwd] = fields
  const [lastChange, min, max, warn, inactive, expire] = [2, 3, 4, 5, 6, 7].map((i) => days(fields[i] ?? ''))
  const flag = (fields[8] ?? '') === '' ? NO_FLAG : flagNumber(fields[8] ?? '')
  if (
    passwd === undefined ||
    fields.length > FIELDS ||
    [lastChange, min, max, warn, inactive, expire, flag].includes(undefined)
  ) {
    findings.report('account-malformed', line.span, 'this is no shadow entry of nine fields')
    return undefined
  }
  if (fields.length < FIELDS) findings.report('account-fields', line.span, `${fields.length} fields, not ${FIELDS}`)
  if (name.length + passwd.length + 2 > STRINGS_MAX) {
    findings.report('account-too-long', line.span, `the line has ${line.text.length} bytes`)
    return undefined
  }
  const orNone = (value: number | undefined): number => value ?? NO_NUMBER
  return {
    name,
    passwd,
    lastChange: orNone(lastChange),
    min: orNone(min),
    max: orNone(max),
    warn: orNone(warn),
    inactive: orNone(inactive),
    expire: orNone(expire),
    flag: flag ?? NO_FLAG,
  }
}

/** A number of days; -1 where the field is empty, undefined where it is no number. */
function days(text: ByteString): number | undefined {
  if (text === '') return NO_NUMBER
  if (!/^-?\d{1,10}$/.test(text)) return undefined
  const value = Number(text)
  return value >= NO_NUMBER && value <= DAYS_MAX ? value : undefined
}

function flagNumber(text: ByteString): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return value <= NO_FLAG ? value : undefined
}
