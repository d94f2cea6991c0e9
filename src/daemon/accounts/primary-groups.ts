/** The primary groups of users that were looked up: one of an exported user is exported, whatever its gid is. */

/** How many are known at most: as many as accounts are kept. */
const GROUPS_MAX = 16_384

/** What is known of a user here. The name is a byte string. */
interface Owner {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** The groups, each by one user who has it. Beyond the bound those go that nobody had for the longest time. */
export class PrimaryGroups {
  readonly #owners = new Map<number, Owner>()

  /** Takes an exported user. */
  add({ name, uid, gid }: Owner): void {
    this.#owners.delete(gid)
    this.#owners.set(gid, { name, uid, gid })
    const [oldest = gid] = this.#owners.keys()
    if (this.#owners.size > GROUPS_MAX) this.#owners.delete(oldest)
  }

  /** The line of passwd(5) of a user who has a gid as primary one; empty if none is known. */
  lineOf(gid: number): string {
    const owner = this.#owners.get(gid)
    return owner === undefined ? '' : `${owner.name}:*:${owner.uid}:${gid}:::\n`
  }
}
