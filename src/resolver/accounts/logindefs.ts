/** The ids that people's accounts have: UID_MIN to UID_MAX and GID_MIN to GID_MAX of login.defs(5). */
import { type Diagnostic, SourceText } from '../../config/index.ts'
import { AccountDiagnostics, type AccountLine, InvisibleCharacters, linesOf, partOf, quoted } from './lines.ts'

/** The least ids that are exported. */
export interface IdFloors {
  readonly uidMin: number
  readonly gidMin: number
}

/** The least and the greatest ids that are exported. */
export interface IdLimits extends IdFloors {
  readonly uidMax: number
  readonly gidMax: number
  /** Those of them that settings say. */
  readonly ids?: IdRanges
}

/** The ids that are exported by settings, both ends included, in the place of the limits of login.defs(5). */
export interface IdRanges {
  readonly uids?: IdRange | undefined
  readonly gids?: IdRange | undefined
}

/** A range of ids, both ends included. */
export interface IdRange {
  readonly least: number
  readonly most: number
}

/** The limits, where settings may say others. */
export function limitsWith(limits: IdLimits, ids: IdRanges = {}): IdLimits {
  const { uids, gids } = ids
  if (uids === undefined && gids === undefined) return limits
  return {
    uidMin: uids?.least ?? limits.uidMin,
    uidMax: uids?.most ?? limits.uidMax,
    gidMin: gids?.least ?? limits.gidMin,
    gidMax: gids?.most ?? limits.gidMax,
    ids,
  }
}

/** What login.defs(5) says where a line is missing. */
const DEFAULTS = { UID_MIN: 1000, UID_MAX: 60_000, GID_MIN: 1000, GID_MAX: 60_000 }
type LimitName = keyof typeof DEFAULTS

/**
 * The limits of a login.defs file: the last line of a key counts, without one (or without the file) 1000 and 60000. Numbers may
 * be octal (0...) or hexadecimal (0x...), as that file's own readers take them. 0 is no limit, nor is a number that is greater than
 * any id, nor a maximum below its minimum.
 */
export function idLimits(bytes: Uint8Array | undefined, diagnostics: AccountDiagnostics): IdLimits {
  const limits = { ...DEFAULTS }
  const lines = new Map<LimitName, AccountLine>()
  const invisible = new InvisibleCharacters(diagnostics)
  for (const line of linesOf(bytes ?? new Uint8Array())) {
    if (line.text === '' || line.text.startsWith('#')) continue
    invisible.look({ ...line, text: line.text.replace(/(?<![ \t])[ \t]+$/, '') })
    const [key = '', value = ''] = line.text.split(/[ \t"]+/)
    if (!isLimit(key)) continue
    const limit = numberOf(value.trimEnd())
    if (limit !== undefined && limit > 0) {
      limits[key] = limit
      lines.set(key, line)
    } else {
      const span = partOf(line, value === '' ? 0 : line.text.indexOf(value, key.length), (value || key).length)
      diagnostics.report('account-number', span, `${quoted(value)} is not a valid ${key}; ${limits[key]} is used`)
    }
  }
  invisible.end()
  checkOrder(limits, 'UID', lines.get('UID_MAX'), diagnostics)
  checkOrder(limits, 'GID', lines.get('GID_MAX'), diagnostics)
  return { uidMin: limits.UID_MIN, uidMax: limits.UID_MAX, gidMin: limits.GID_MIN, gidMax: limits.GID_MAX }
}

function isLimit(key: string): key is LimitName {
  return Object.hasOwn(DEFAULTS, key)
}

/** With a maximum below its minimum no account would be exported: such a maximum is not used. */
function checkOrder(
  limits: Record<LimitName, number>,
  kind: 'UID' | 'GID',
  line: AccountLine | undefined,
  diagnostics: AccountDiagnostics,
): void {
  const [least, most] = [limits[`${kind}_MIN`], limits[`${kind}_MAX`]]
  if (least <= most) return
  limits[`${kind}_MAX`] = Math.max(DEFAULTS[`${kind}_MAX`], least)
  if (line === undefined) return
  const message = `${kind}_MAX ${most} is below ${kind}_MIN ${least}; ${limits[`${kind}_MAX`]} is used`
  diagnostics.report('account-number', line.span, message)
}

/** The same floors for a machine that reads no accounts; `file` is what diagnostics call login.defs. */
export function idFloorsOf(
  file: string,
  bytes: Uint8Array = new Uint8Array(),
): IdFloors & { readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics = new AccountDiagnostics(new SourceText(file, bytes))
  const { uidMin, gidMin } = idLimits(bytes, diagnostics)
  return { uidMin, gidMin, diagnostics: diagnostics.list }
}

/** No id is greater: uid_t and gid_t have 32 bits. shadow-utils cuts greater numbers off, so that 4294968296 is 1000 there. */
const ID_MAX = 0xffff_ffff

function numberOf(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d*|0[0-7]+|0x[0-9a-f]+)$/i.test(text)) return undefined
  const number = /^0[0-7]/.test(text) ? Number.parseInt(text, 8) : Number(text)
  return number <= ID_MAX ? number : undefined
}
