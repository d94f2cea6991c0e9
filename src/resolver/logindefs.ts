/** The ids from which on accounts are people's: UID_MIN and GID_MIN of login.defs(5). */
import { AccountFindings, linesOf, quoted } from './accountlines.ts'

/** The least ids that are exported. */
export interface IdFloors {
  readonly uidMin: number
  readonly gidMin: number
}

const DEFAULT_FLOOR = 1000

/**
 * The floors of a login.defs file: the last line of a key counts, without one (or without the file) 1000. Numbers may be
 * octal (0...) or hexadecimal (0x...), as that file's own readers take them. 0 is no floor.
 */
export function idFloors(bytes: Uint8Array | undefined, findings: AccountFindings): IdFloors {
  const floors = { UID_MIN: DEFAULT_FLOOR, GID_MIN: DEFAULT_FLOOR }
  for (const { text, span } of linesOf(bytes ?? new Uint8Array())) {
    const [key, value = ''] = text.split(/[ \t"]+/)
    if (key !== 'UID_MIN' && key !== 'GID_MIN') continue
    const floor = numberOf(value.trimEnd())
    if (floor !== undefined && floor > 0) floors[key] = floor
    else findings.report('account-number', span, `${quoted(value)} is no ${key}; ${floors[key]} is used`)
  }
  return { uidMin: floors.UID_MIN, gidMin: floors.GID_MIN }
}

/** The same floors for a machine that reads no accounts; `problems` are lines that were passed over, for people. */
export function idFloorsOf(bytes: Uint8Array | undefined): IdFloors & { readonly problems: readonly string[] } {
  const findings = new AccountFindings('login.defs')
  const floors = idFloors(bytes, findings)
  return { ...floors, problems: findings.list.map(({ span, message }) => `line ${span.line}: ${message}`) }
}

function numberOf(text: string): number | undefined {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8)
  return /^(?:\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : undefined
}
