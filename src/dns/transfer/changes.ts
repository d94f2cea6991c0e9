/** What changed in each zone from one generation to the next: found among the hosts that differ, in short steps. */

import {
  type AuthorityData,
  type ByteString,
  DATABASES,
  type PositionedRecord,
  recordLine,
  reverseName,
  type Snapshot,
  type Zone,
  type ZoneRecord,
  type Zones,
} from '../../resolver/index.ts'
import { foldCase } from '../../values/index.ts'

/** One step of a zone's history. */
export interface ZoneChange {
  readonly before: AuthorityData
  readonly removed: readonly ZoneRecord[]
  readonly after: AuthorityData
  readonly added: readonly ZoneRecord[]
}

/** After how many hosts a step ends. */
const HOSTS_A_STEP = 500

/** The change of every zone that both generations have, by origin. */
export type ZoneChanges = ReadonlyMap<ByteString, ZoneChange>

/** Finds the changes. A generator that yields nothing, so that the caller can do other things between its steps. */
export function* zoneChanges(before: Zones, after: Zones): Generator<void, ZoneChanges, void> {
  if (before.content === after.content) return unchanged(before, after)
  const owners = new Map<ByteString, ByteString>()
  for (const name of [...before.ownNames, ...after.ownNames]) owners.set(foldCase(name), name)
  yield* addDifferent(owners, before, after)
  yield* addDifferent(owners, after, before)
  const changes = unchanged(before, after)
  let looked = 0
  for (const [name, written] of owners) {
    addChange(changes, before, after, name, written)
    if (++looked % HOSTS_A_STEP === 0) yield
  }
  return changes
}

/** Changes of nothing but the SOA. */
function unchanged(before: Zones, after: Zones): Map<ByteString, OpenChange> {
  const shared = after.all.filter(({ origin }) => before.named(origin) !== undefined)
  const change = { before: before.authority, after: after.authority }
  return new Map(shared.map(({ origin }) => [origin, { ...change, removed: [], added: [] }]))
}

/** A change that records are still added to. */
interface OpenChange extends ZoneChange {
  readonly removed: ZoneRecord[]
  readonly added: ZoneRecord[]
}

/** Adds the names and addresses of every host of one generation that the other has not, or has otherwise. */
function* addDifferent(owners: Map<ByteString, ByteString>, one: Zones, other: Zones): Generator<void, void, void> {
  const twins = new Twins(other.snapshot)
  let looked = 0
  for (const { record } of one.snapshot.records('hosts')) {
    if (++looked % HOSTS_A_STEP === 0) yield
    if (twins.hasNext(record)) continue
    const { names, addresses } = DATABASES.hosts.decode(record)
    if (twins.has(record, names[0] ?? '')) continue
    for (const name of names) owners.set(foldCase(one.absolute(name)), one.absolute(name))
    for (const address of addresses) owners.set(reverseName(address), reverseName(address))
  }
}

/** Finds the same host in another generation: mostly it is the one after the last that was found. */
class Twins {
  readonly #snapshot: Snapshot
  #next: Iterator<PositionedRecord, void>

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
    this.#next = snapshot.records('hosts')
  }

  /** Whether the next host is this one, bytes for bytes. */
  hasNext(record: Uint8Array): boolean {
    const { value } = this.#next.next()
    return value !== undefined && Buffer.compare(value.record, record) === 0
  }

  /** Whether a host of this name is this one; the next is then the one after it. */
  has(record: Uint8Array, name: ByteString): boolean {
    const twin = this.#snapshot.lookup('hosts', { name })
    if (twin === undefined) return false
    this.#next = this.#snapshot.records('hosts', this.#snapshot.positionOf('hosts', twin) + twin.length)
    return Buffer.compare(twin, record) === 0
  }
}

/** Compares what stands at one name, and adds the difference to the change of its zone. */
function addChange(
  changes: ReadonlyMap<ByteString, OpenChange>,
  before: Zones,
  after: Zones,
  name: ByteString,
  owner: ByteString,
): void {
  const labels = name.split('.')
  const held = after.holding(labels)
  const change = held && changes.get(held.zone.origin)
  const old = held && before.named(held.zone.origin)
  if (held === undefined || change === undefined || old === undefined) return
  const below = labels.slice(0, held.below)
  const gone = linesAt(old, below, owner)
  const come = linesAt(held.zone, below, owner)
  for (const [line, record] of gone) if (!come.has(line)) change.removed.push(record)
  for (const [line, record] of come) if (!gone.has(line)) change.added.push(record)
}

/** The records at a name by what they say; the SOA is not part of a difference. */
function linesAt(zone: Zone, below: readonly ByteString[], owner: ByteString): Map<string, ZoneRecord> {
  const records = (zone.at(below) ?? []).filter(({ type }) => type !== 'SOA')
  return new Map(records.map((data) => [recordLine({ owner, data }, 0), { owner, data }]))
}
