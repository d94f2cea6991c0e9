/**
 * The layout of a snapshot: every number that a reader needs, once. The C header src/nss/layout.h and the tables of
 * docs/snapshot.md are generated from here; tests fail when they are stale. What belongs to no database is in format.ts, what
 * belongs to one in its file in databases/.
 */
import { DATABASE_NAMES, DATABASES, type DatabaseName, keyTypes } from './databases/table.ts'
import { ADDRESS, HEADER, MASTERS, PATTERN, RANGE, SECTION, SLOT } from './format.ts'
import type { KeyType } from './records/keys.ts'
import type { Structure } from './structure.ts'

export * from './format.ts'

/** One section that a snapshot may have. */
export interface SectionRow {
  readonly id: number
  readonly holds: 'text' | 'records' | 'index'
  readonly database?: DatabaseName
  readonly key?: KeyType
  readonly doc: string
}

const row = (id: number, holds: SectionRow['holds'], doc: string): SectionRow => ({ id, holds, doc })

/** What the snapshot was built from and by which rules. */
export const INPUTS: SectionRow = row(1, 'text', 'what the snapshot was built from and by which rules: key=value lines')
/** The cluster's domain, as one string without a final dot or NUL. */
export const DOMAIN: SectionRow = row(2, 'text', 'the domain of the cluster')
/** The patterns by which computed spellings are found. */
export const PATTERNS: SectionRow = row(
  3,
  'records',
  'patterns of computed spellings, in the order in which to try them',
)
/** The address ranges of the private network. */
export const RANGES: SectionRow = row(4, 'records', 'address ranges: which node, host or master has an address')
/** The masters of the nodes, in order. */
export const MASTERORDER: SectionRow = row(5, 'records', 'the masters of each node, in order')
/** What decides the zones besides the records: see snapshot/settings.ts. */
export const SETTINGS: SectionRow = row(
  6,
  'text',
  'what decides the zones of DNS besides the records, and where nodes fetch copies: key=value lines',
)
/** Who may log in on which nodes: see logins/rules.ts. A snapshot without a rule has no such section. */
export const LOGINS: SectionRow = row(
  7,
  'text',
  'who may log in on which nodes: a line for each rule; absent without one',
)

/** The id of a database's section of records; those of its indexes follow. */
export function recordsId(database: DatabaseName): number {
  return DATABASES[database].number * 4
}

/** A database's records and its indexes. */
function databaseRows(database: DatabaseName): SectionRow[] {
  const id = recordsId(database)
  const indexes = keyTypes(database).map(
    (key, i): SectionRow => ({ id: id + 1 + i, holds: 'index', database, key, doc: `${database} by ${key}` }),
  )
  return [{ id, holds: 'records', database, doc: DATABASES[database].doc }, ...indexes]
}

/** Every section of this layout. */
export const SECTIONS: readonly SectionRow[] = [
  INPUTS,
  DOMAIN,
  PATTERNS,
  RANGES,
  MASTERORDER,
  SETTINGS,
  LOGINS,
  ...DATABASE_NAMES.flatMap(databaseRows),
]

/** Every structure, in the order of the documents. */
export const STRUCTURES: readonly Structure[] = [
  HEADER,
  SECTION,
  SLOT,
  ADDRESS,
  ...DATABASE_NAMES.map((name) => DATABASES[name].structure),
  PATTERN,
  RANGE,
  MASTERS,
]
