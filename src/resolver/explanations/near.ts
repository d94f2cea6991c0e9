/** Names that are near to one that is not known: other capitals, one letter more, less or different, or two letters swapped. */
import { editDistance } from '../../config/index.ts'
import { foldCase } from '../../values/index.ts'
import { DATABASE_NAMES, DATABASES, type DatabaseName, isListed } from '../databases/table.ts'
import type { ByteString } from '../records/entries.ts'
import { displayed } from '../records/entries.ts'
import type { Key } from '../records/keys.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { absent, type Explanation } from './explanation.ts'

/** How many near names are told. */
const NEAR_SHOWN = 3

/** The nearest reason why a database has no entry of a name: other capitals, another database, one letter off, or nothing at all. */
export function absentNear(snapshot: Snapshot, database: DatabaseName, name: ByteString, what: string): Explanation {
  const names = allNames(snapshot, database)
  return (
    otherCase(names, name, what) ??
    otherDatabase(snapshot, database, name) ??
    oneOff(names, name, what) ??
    absent('unknown', `there is no ${what} "${displayed(name)}", and none with a similar name`)
  )
}

function otherCase(names: ReadonlySet<ByteString>, name: ByteString, what: string): Explanation | undefined {
  const folded = foldCase(name)
  const same = [...names].filter((one) => foldCase(one) === folded)
  if (same.length === 0) return undefined
  return absent('other-case', `there is the ${what} ${listed(same)}: capitals count in names of a ${what}`)
}

/** Names at the distance of one letter; those of fewer than three letters are near to too much. */
function oneOff(names: ReadonlySet<ByteString>, name: ByteString, what: string): Explanation | undefined {
  const sought = foldCase(name)
  if (sought.length < 3) return undefined
  const near = [...names].filter((one) => isOneOff(foldCase(one), sought))
  if (near.length === 0) return undefined
  const more = near.length > NEAR_SHOWN ? ` and ${near.length - NEAR_SHOWN} more` : ''
  const found = `${listed(near.slice(0, NEAR_SHOWN))}${more}`
  return absent('near-name', `there is no ${what} "${displayed(name)}"; one letter away: ${found}`)
}

function isOneOff(a: string, b: string): boolean {
  return Math.abs(a.length - b.length) <= 1 && editDistance(a, b) === 1
}

function listed(names: readonly ByteString[]): string {
  return names.map((name) => `"${displayed(name)}"`).join(', ')
}

/** Another database that has an entry of this name, or this number. */
function otherDatabase(snapshot: Snapshot, database: DatabaseName, name: ByteString): Explanation | undefined {
  const other = DATABASE_NAMES.find((one) => one !== database && one !== 'initgroups' && has(snapshot, one, { name }))
  if (other === undefined) return undefined
  return absent('other-database', `"${displayed(name)}" is not in ${database}: it is in ${other}`)
}

function has(snapshot: Snapshot, database: DatabaseName, key: Key): boolean {
  return snapshot.lookup(database, key) !== undefined
}

/** Every name that a database is asked by, as it is stored: names of users with their capitals, those of hosts as listed. */
function allNames(snapshot: Snapshot, database: DatabaseName): ReadonlySet<ByteString> {
  const names = new Set<ByteString>()
  for (const { record } of snapshot.records(database)) {
    if (!isListed(database, record)) continue
    for (const name of namesOf(database, record)) names.add(name)
  }
  return names
}

function namesOf<D extends DatabaseName>(database: D, record: Uint8Array): readonly ByteString[] {
  const row = DATABASES[database]
  const entry = row.decode(record) as { readonly name?: ByteString; readonly names?: readonly ByteString[] }
  return entry.names ?? (entry.name === undefined ? [] : [entry.name])
}
