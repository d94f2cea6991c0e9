/** The verdict on an account: whether its cluster may have it, and which rule says so. */
import type { ByteString } from '../records/entries.ts'
import { isPowerGroup, NOBODY, reservedFor } from './reserved-ids.ts'

/** The ids that are exported of one kind of accounts, and the names (or decimal ids) that settings add. */
export interface ExportBounds {
  readonly least: number
  readonly most: number
  readonly named: ReadonlySet<ByteString>
  /** Those that are not exported, whatever else says so. */
  readonly excluded: ReadonlySet<ByteString>
}

/** What a rule says of an id: `within` and `named` are exported. */
export type IdVerdict = 'within' | 'named' | 'excluded' | 'below' | 'reserved' | 'above'
/** What the rules say of a group: `primary` is outside the limits, and a user's primary group; `power` gives power by its name. */
export type GroupVerdict = IdVerdict | 'primary' | 'power'

/** The verdict on an account by its name and id alone. The id 0 is below every limit, whatever settings name. */
export function idVerdict(name: ByteString, id: number, { least, most, named, excluded }: ExportBounds): IdVerdict {
  if (excluded.has(name) || excluded.has(String(id))) return 'excluded'
  if (id !== 0 && (named.has(name) || named.has(String(id)))) return 'named'
  if (id < least || id === NOBODY) return 'below'
  if (reservedFor(id) !== undefined) return 'reserved'
  return id > most ? 'above' : 'within'
}

/** The verdict on a group; `isPrimary` tells whether it is outside the limits and an exported user has it as primary group. */
export function groupVerdict(name: ByteString, gid: number, isPrimary: boolean, bounds: ExportBounds): GroupVerdict {
  const verdict = idVerdict(name, gid, bounds)
  if (verdict === 'named' || verdict === 'excluded' || (!isPrimary && verdict !== 'within')) return verdict
  if (isPowerGroup(name)) return 'power'
  return isPrimary ? 'primary' : 'within'
}
