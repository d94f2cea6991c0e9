/** What becomes of the groups of users where lines of the group file change: their records stand in the order in which the file first names them. */
import { mustBeLocal } from '../../values/index.ts'
import type { GroupEntry } from '../databases/group.ts'
import { DATABASES } from '../databases/table.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { RecordEdit } from './spliced.ts'

/** Groups in place of others, and where the records of these others are. */
interface GroupChange {
  readonly old: readonly GroupEntry[]
  readonly now: readonly GroupEntry[]
  readonly edit: RecordEdit
}

/** How many members are looked at to find one whose record stands before a place. */
const MEMBERS_BACK_MAX = 100_000

/** What becomes of one user. */
interface Membership {
  readonly name: ByteString
  /** The record of before: where it stands, and its groups. */
  readonly was: { readonly from: number; readonly to: number; readonly gids: readonly number[] } | undefined
  readonly gids: readonly number[]
  /** Where the file first names the user, before the changed groups, in them, or behind. */
  readonly first: 'before' | 'in' | 'behind' | 'nowhere'
}

/** A group that did not change, and where it names each of its members first. */
interface Behind {
  readonly place: number
  readonly members: readonly ByteString[]
  readonly places: ReadonlyMap<ByteString, number>
}

const NONE: ReadonlySet<number> = new Set()

/** The gids of each member of groups, in their order. */
function gidsOf(groups: readonly GroupEntry[]): ReadonlyMap<ByteString, ReadonlySet<number>> {
  const all = new Map<ByteString, Set<number>>()
  for (const { gid, members } of groups) {
    for (const name of members) {
      const known = all.get(name)
      if (known === undefined) all.set(name, new Set([gid]))
      else known.add(gid)
    }
  }
  return all
}

/** The edits of the records of users. Group names and gids must be each on one line alone. Throws NotLocalError where users do not fit what is known of groups. */
export function initgroupsEdits(snapshot: Snapshot, change: GroupChange): RecordEdit[] {
  return new Memberships(snapshot, change).edits()
}

class Memberships {
  readonly #snapshot: Snapshot
  readonly #change: GroupChange
  readonly #all: ReadonlyMap<ByteString, Membership>
  /** The changed groups of each user, as they were and as they are. */
  readonly #gone: ReadonlyMap<ByteString, ReadonlySet<number>>
  readonly #own: ReadonlyMap<ByteString, ReadonlySet<number>>
  #groupPlaces: readonly number[] | undefined
  #tried = 0

  constructor(snapshot: Snapshot, change: GroupChange) {
    this.#snapshot = snapshot
    this.#change = change
    this.#gone = gidsOf(change.old)
    this.#own = gidsOf(change.now)
    const names = new Set([...this.#gone.keys(), ...this.#own.keys()])
    this.#all = new Map(Array.from(names, (name) => [name, this.#membership(name)]))
  }

  edits(): RecordEdit[] {
    const all = [...this.#all.values()]
    const placed: { readonly edit: RecordEdit; readonly rank: number }[] = []
    for (const one of all) {
      const { was } = one
      const isInPlace = one.first === 'before' && was !== undefined && this.#isBefore(was.gids[0])
      if (isInPlace && one.gids.join() !== was.gids.join())
        placed.push({ edit: { ...was, records: [recordOf(one)] }, rank: -1 })
      if (isInPlace || was === undefined) continue
      placed.push({ edit: { ...was, records: [] }, rank: -1 })
    }
    const inside = this.#namesIn().map(recordOf)
    if (inside.length > 0) placed.push({ edit: { ...this.#placeBefore(), records: inside }, rank: 0 })
    for (const { edit, rank } of this.#behind(all)) placed.push({ edit, rank })
    // What is put at one place keeps its order, and stands before the record that starts there.
    placed.sort((a, b) => a.edit.from - b.edit.from || a.edit.to - b.edit.to || a.rank - b.rank)
    return placed.map(({ edit: { from, to, records } }) => ({ from, to, records }))
  }

  #membership(name: ByteString): Membership {
    const record = this.#snapshot.lookup('initgroups', { name })
    const gone = this.#gone.get(name) ?? NONE
    const known = record === undefined ? [] : DATABASES.initgroups.decode(record).gids
    mustBeLocal(
      known.filter((gid) => gone.has(gid)).length === gone.size,
      'the groups of a user are not those of the lines',
    )
    const kept = known.filter((gid) => !gone.has(gid))
    const before = kept.filter((gid) => this.#isBefore(gid))
    const own = this.#own.get(name) ?? NONE
    const gids = [...before, ...own, ...kept.slice(before.length)]
    const from = record && this.#snapshot.positionOf('initgroups', record)
    const first = before.length > 0 ? 'before' : own.size > 0 ? 'in' : gids.length > 0 ? 'behind' : 'nowhere'
    const was = record && from !== undefined ? { from, to: from + record.length, gids: known } : undefined
    return { name, was, gids, first }
  }

  /** Whether a group that did not change stands before those that did. */
  #isBefore(gid: number | undefined): boolean {
    if (gid === undefined) return false
    return this.#placeOfGroup(gid) < this.#change.edit.from
  }

  #placeOfGroup(gid: number): number {
    const record = this.#snapshot.lookup('group', { id: gid })
    mustBeLocal(record !== undefined, 'a user has a group that is not there')
    return this.#snapshot.positionOf('group', record)
  }

  /** The users that the changed groups name first, in the order in which they do. */
  #namesIn(): Membership[] {
    const names = new Set(this.#change.now.flatMap(({ members }) => members))
    return [...names].flatMap((name) => {
      const one = this.#all.get(name)
      return one?.first === 'in' ? [one] : []
    })
  }

  /** Where the records stand of users whom the changed groups name first. */
  #placeBefore(): { from: number; to: number } {
    return this.#behindGroups(this.#change.edit.from)
  }

  /** The records of users whom now a group behind the changed ones names first. */
  #behind(all: readonly Membership[]): { readonly edit: RecordEdit; readonly rank: number }[] {
    const groups = new Map<number, Behind>()
    const moved = all.flatMap((one) => {
      const [gid] = one.gids
      if (one.first !== 'behind' || gid === undefined) return []
      const group = groups.get(gid) ?? this.#groupBehind(gid)
      groups.set(gid, group)
      return [{ ...group, one, at: group.places.get(one.name) ?? 0, gid }]
    })
    moved.sort((a, b) => a.place - b.place || a.at - b.at)
    return moved.map(({ one, place, at, members, gid }, i) => {
      const from = this.#lastOf(members, gid, at) ?? this.#behindGroups(place).from
      return { edit: { from, to: from, records: [recordOf(one)] }, rank: i + 1 }
    })
  }

  /** Behind the record of the last user whom a group before this place names first, and goes on doing so. */
  #behindGroups(place: number): { from: number; to: number } {
    const places = this.#placesOfGroups()
    let low = 0
    let high = places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((places[middle] ?? 0) >= place) high = middle
      else low = middle + 1
    }
    for (let i = low - 1; i >= 0; i--) {
      const { gid, members } = this.#groupAt(places[i] ?? 0)
      const end = this.#lastOf(members, gid)
      if (end !== undefined) return { from: end, to: end }
    }
    return { from: 0, to: 0 }
  }

  #groupBehind(gid: number): Behind {
    const place = this.#placeOfGroup(gid)
    const { members } = this.#groupAt(place)
    return { place, members, places: new Map(members.map((name, i) => [name, i])) }
  }

  /** Where the record ends of the last of the first `end` members whose first group this is, before and now. */
  #lastOf(members: readonly ByteString[], gid: number, end = members.length): number | undefined {
    for (let i = end - 1; i >= 0; i--) {
      const name = members[i] ?? ''
      mustBeLocal(++this.#tried < MEMBERS_BACK_MAX, 'no user near the change is named there first')
      const changed = this.#all.get(name)
      if (changed !== undefined && (changed.first !== 'before' || changed.was === undefined)) continue
      const record = this.#snapshot.lookup('initgroups', { name })
      if (record === undefined || DATABASES.initgroups.decode(record).gids[0] !== gid) continue
      return this.#snapshot.positionOf('initgroups', record) + record.length
    }
    return undefined
  }

  #placesOfGroups(): readonly number[] {
    this.#groupPlaces ??= Array.from(this.#snapshot.records('group'), ({ position }) => position)
    return this.#groupPlaces
  }

  /** The group whose record is there, each member once. */
  #groupAt(place: number): GroupEntry {
    const [first] = this.#snapshot.records('group', place)
    mustBeLocal(first !== undefined, 'a group has no record')
    const entry = DATABASES.group.decode(first.record)
    return { ...entry, members: [...new Set(entry.members)] }
  }
}

function recordOf({ name, gids }: Pick<Membership, 'name' | 'gids'>): Uint8Array {
  return DATABASES.initgroups.encode({ name, gids })
}
