/** Which ids a machine takes from its cluster: those from its own floors up, and those of accounts that its settings name. */
import { each, type Steps } from '../../values/index.ts'
import { groupId } from '../databases/group.ts'
import { initgroups } from '../databases/initgroups.ts'
import { userIds } from '../databases/passwd.ts'
import { DATABASES, type DatabaseName } from '../databases/table.ts'
import type { ByteString } from '../records/entries.ts'
import { newRecords } from '../snapshot/new-records.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { IdFloors } from './logindefs.ts'

/** Ids below are the distribution's own on every machine (Debian policy 9.2.2, LSB 23.3): no floor is lower. */
export const LEAST_FLOOR = 100
/** (uid_t) -1 means "no id" to chown(2) and setreuid(2). */
const NO_ID = 0xffffffff

/** What a machine says of the ids that it takes. */
export interface IdRule extends IdFloors {
  /**
   * Users and groups whose ids are taken although they are below: a name, which has the id that the snapshot gives it, or an
   * id in decimal digits.
   */
  readonly users: readonly ByteString[]
  readonly groups: readonly ByteString[]
}

/** The ids below the floors that are taken as exceptions, ascending. */
interface IdExceptions {
  readonly uids: readonly number[]
  readonly gids: readonly number[]
}

/** How many users and groups of a snapshot a machine does not take, and the first few by name. */
export interface DroppedIds {
  readonly users: number
  readonly groups: number
  readonly names: readonly ByteString[]
}

/** What a machine did not take of an earlier snapshot. */
interface EarlierIds {
  readonly snapshot: Snapshot
  readonly floor: IdFloor
  readonly dropped: DroppedIds
}

/** How many names of what is dropped are kept, for people. */
const NAMES = 5

/**
 * The rule of a machine, applied to one snapshot (without one to ids alone, and to no names): code that gives out ids of
 * that snapshot must ask it.
 */
export class IdFloor {
  readonly uidMin: number
  readonly gidMin: number
  /** What the named users and groups have as ids in this snapshot. */
  readonly exceptions: IdExceptions
  readonly #snapshot: Snapshot | undefined
  readonly #uids: ReadonlySet<number>
  readonly #gids: ReadonlySet<number>

  constructor(snapshot: Snapshot | undefined, { uidMin, gidMin, users, groups }: IdRule) {
    this.#snapshot = snapshot
    this.uidMin = Math.max(uidMin, LEAST_FLOOR)
    this.gidMin = Math.max(gidMin, LEAST_FLOOR)
    const uids = users.map((name) => numberOf(name) ?? snapshot?.find('passwd', { name })?.uid ?? NO_ID)
    const gids = groups.map((name) => numberOf(name) ?? snapshot?.find('group', { name })?.gid ?? NO_ID)
    this.exceptions = { uids: below(uids, this.uidMin), gids: below(gids, this.gidMin) }
    this.#uids = new Set(this.exceptions.uids)
    this.#gids = new Set(this.exceptions.gids)
  }

  /** Whether a user may have this id. Root's is never taken. */
  takesUid(uid: number): boolean {
    return uid !== NO_ID && (uid >= this.uidMin || this.#uids.has(uid))
  }

  /** Whether a group, or a user's primary group, may have this id. Root's is never taken. */
  takesGid(gid: number): boolean {
    return gid !== NO_ID && (gid >= this.gidMin || this.#gids.has(gid))
  }

  /**
   * The record as this machine takes it: itself, one without the gids that are not taken (initgroups), or undefined if it
   * is not taken at all. If the primary group is not taken, the user is not taken either: without a group a user cannot log in.
   */
  taken(database: DatabaseName, record: Uint8Array): Uint8Array | undefined {
    if (database === 'passwd') return this.#takesUser(record) ? record : undefined
    if (database === 'group') return this.takesGid(groupId(record)) ? record : undefined
    if (database === 'initgroups') return this.#takenGroups(record)
    if (database === 'shadow') return this.#takesEntry(record) ? record : undefined
    return record
  }

  /**
   * What of a snapshot is not taken. Reads all of its users and groups, in steps; if `earlier` is given, and none of those that came or went since is one that is not
   * taken, only these.
   */
  *dropped(snapshot: Snapshot, earlier?: EarlierIds): Steps<DroppedIds> {
    if (earlier !== undefined && (yield* this.#dropsTheSame(snapshot, earlier))) return earlier.dropped
    const [users, userNames] = yield* this.#droppedOf(snapshot, 'passwd')
    const [groups, groupNames] = yield* this.#droppedOf(snapshot, 'group')
    return { users, groups, names: [...userNames, ...groupNames].slice(0, NAMES) }
  }

  *#dropsTheSame(snapshot: Snapshot, earlier: EarlierIds): Steps<boolean> {
    if (JSON.stringify(this.exceptions) !== JSON.stringify(earlier.floor.exceptions)) return false
    if (this.uidMin !== earlier.floor.uidMin || this.gidMin !== earlier.floor.gidMin) return false
    let isTaken = true
    for (const database of ['passwd', 'group'] as const) {
      for (const [before, after] of [[earlier.snapshot, snapshot] as const, [snapshot, earlier.snapshot] as const]) {
        yield* each(newRecords(before, after, database), (record) => {
          isTaken &&= this.taken(database, record) !== undefined
        })
      }
    }
    return isTaken
  }

  *#droppedOf(snapshot: Snapshot, database: 'passwd' | 'group'): Steps<[number, ByteString[]]> {
    const names: ByteString[] = []
    let dropped = 0
    yield* each(snapshot.records(database), ({ record }) => {
      if (this.taken(database, record) !== undefined) return
      dropped++
      if (names.length < NAMES) names.push(DATABASES[database].decode(record).name)
    })
    return [dropped, names]
  }

  #takesUser(record: Uint8Array): boolean {
    const { uid, gid } = userIds(record)
    return this.takesUid(uid) && this.takesGid(gid)
  }

  /** A password goes with its user: where the users are all known, one that is not taken, or not there, has none. */
  #takesEntry(record: Uint8Array): boolean {
    const { name } = DATABASES.shadow.decode(record)
    const user = this.#snapshot?.lookup('passwd', { name })
    if (user !== undefined) return this.#takesUser(user)
    return this.#snapshot?.isComplete('passwd') !== true
  }

  #takenGroups(record: Uint8Array): Uint8Array {
    const { name, gids } = initgroups.decode(record)
    const taken = gids.filter((gid) => this.takesGid(gid))
    return taken.length === gids.length ? record : initgroups.encode({ name, gids: taken })
  }
}

/** The ids below a floor, each once, ascending; never root's. */
function below(ids: readonly number[], floor: number): number[] {
  return [...new Set(ids)].filter((id) => id > 0 && id < floor).sort((a, b) => a - b)
}

/** An account that is named by its id. */
function numberOf(name: ByteString): number | undefined {
  return /^\d{1,10}$/.test(name) ? Number(name) : undefined
}
