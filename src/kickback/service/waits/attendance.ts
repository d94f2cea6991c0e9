/** Who follows, by address, and what each of them holds: so that what is known of one node is found without a search. */
import type { Asker } from '../../../resolver/index.ts'
import { type Address, addressFromBytes, addressKey, isLoopback } from '../../../values/index.ts'
import type { Held } from '../holdings.ts'

/** A connection that follows generations. */
interface Attendant {
  readonly asker: Asker
  /** See Client: whether what it says of its machine is not any user's word. */
  readonly isRoot: boolean
  readonly software: string
  /** When something came of it last, on the clock. */
  readonly active: number
}

/** A connection that follows from an address, and what it holds. */
export interface Attending {
  readonly address: Address
  readonly client: Attendant
  readonly held: Held
}

/** Who is told of changes. */
interface Watcher {
  /** Something is new of who follows from the address with this key. */
  moved(key: string): void
}

/** The connections that follow, by the address that they come from. */
export class Attendance {
  readonly #held = new Map<string, Map<Attendant, Held>>()
  readonly #watchers = new Set<Watcher>()

  /** Tells this one of each change. */
  add(watcher: Watcher): void {
    this.#watchers.add(watcher)
  }

  /** Tells it no more. */
  remove(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }

  /**
   * This one holds that now; undefined: it has ended. What comes from a port that every user of a node may take is not counted, or any of them
   * could say that the node is in step; from loopback it is, where no other machine can come from.
   */
  moved(one: Attendant, held: Held | undefined): void {
    if (one.asker.via !== 'network') return
    const address = addressFromBytes(one.asker.address)
    if (!one.isRoot && !isLoopback(address)) return
    const key = addressKey(address)
    const there = this.#held.get(key) ?? new Map<Attendant, Held>()
    if (held === undefined) there.delete(one)
    else there.set(one, held)
    if (there.size > 0) this.#held.set(key, there)
    else this.#held.delete(key)
    for (const watcher of this.#watchers) watcher.moved(key)
  }

  /** Those that follow from any of these addresses. */
  at(addresses: readonly Address[]): readonly Attending[] {
    return addresses.flatMap((address) =>
      Array.from(this.#held.get(addressKey(address)) ?? [], ([client, held]) => ({ address, client, held })),
    )
  }

  /** What those hold that follow from any of these addresses. */
  heldAt(addresses: readonly Address[]): readonly Held[] {
    return addresses.flatMap((address) => [...(this.#held.get(addressKey(address))?.values() ?? [])])
  }
}
