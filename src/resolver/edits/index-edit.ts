/** An index that follows a change of its records: only the slots around the keys that come and go are set anew. */
import * as layout from '../layout.ts'
import { slotCount } from '../snapshot/slots.ts'

/** A key by its hash, and where its record starts: units of ALIGNMENT from the start of the records, plus 1, as a slot holds it. */
export interface SlotKey {
  readonly hash: number
  readonly record: number
}

/** What becomes of an index. */
interface IndexChange {
  /** The keys that go, as they were, and those that come, as they are. */
  readonly removed: readonly SlotKey[]
  readonly added: readonly SlotKey[]
  /** The first record of a slot that has moved; more than 0. */
  readonly firstMoved: number
  /** Where the record of a slot that stays is now. */
  readonly moved: (record: number) => number
  /** The hashes of the keys of a record that is there now, in their order. */
  readonly hashesOf: (record: number) => readonly number[]
}

const HASH = layout.SLOT.at.hash / 4
const RECORD = layout.SLOT.at.record / 4
const WORDS = layout.SLOT.size / 4

/**
 * The slots of an index after a change: the same ones that the builder would make of all records. `slots` are those of before as pairs of
 * words, and become those of now. False, with nothing promised about them, where so many keys need another number of slots, or where one that goes is
 * not there. `count` is the number of keys before.
 */
export function editIndex(slots: Uint32Array, count: number, change: IndexChange): boolean {
  const { removed, added, moved, firstMoved } = change
  if (slotCount(count - removed.length + added.length) * WORDS !== slots.length) return false
  const mask = slots.length / WORDS - 1
  const places: number[] = []
  for (const key of removed) {
    const place = placeOf(slots, mask, key)
    if (place === undefined) return false
    places.push(place)
  }
  for (let at = RECORD; at < slots.length; at += WORDS) {
    const record = slots[at] as number
    if (record >= firstMoved) slots[at] = moved(record)
  }
  const clusters = new Clusters(slots, mask, change)
  // All that go leave first: their clusters are known by the slots that were taken.
  clusters.take(places)
  clusters.place(added)
  return true
}

function placeOf(slots: Uint32Array, mask: number, { hash, record }: SlotKey): number | undefined {
  for (let tried = 0, i = hash & mask; tried <= mask; tried++, i = (i + 1) & mask) {
    const own = slots[i * WORDS + RECORD]
    if (own === 0) return undefined
    if (own === record && slots[i * WORDS + HASH] === hash) return i
  }
  return undefined
}

/** The runs of taken slots that a change touches: the keys of each are placed again in the order of the builder. */
class Clusters {
  readonly #slots: Uint32Array
  readonly #mask: number
  readonly #change: IndexChange
  /** The places of the keys of a record among these, by their hashes: a device may have ten thousand names. */
  readonly #ranks = new Map<number, ReadonlyMap<number, number>>()

  constructor(slots: Uint32Array, mask: number, change: IndexChange) {
    this.#slots = slots
    this.#mask = mask
    this.#change = change
  }

  /** Takes the keys at these places out, and places again those that stood beside them. */
  take(places: readonly number[]): void {
    const gone = new Set(places)
    const seen = new Set<number>()
    for (const place of places) {
      if (seen.has(place)) continue
      const kept: SlotKey[] = []
      for (const i of this.#clusterAt(place)) {
        seen.add(i)
        if (!gone.has(i)) kept.push(this.#at(i))
        this.#set(i, { hash: 0, record: 0 })
      }
      this.#fill(kept)
    }
  }

  /** Places keys that are new, and again those that stand where they go. */
  place(added: readonly SlotKey[]): void {
    for (const key of added) {
      let free = key.hash & this.#mask
      while (this.#record(free) !== 0) free = (free + 1) & this.#mask
      this.#set(free, key)
      const cluster = this.#clusterAt(free)
      const keys = cluster.map((i) => this.#at(i))
      for (const i of cluster) this.#set(i, { hash: 0, record: 0 })
      this.#fill(keys)
    }
  }

  /** The taken slots side by side around one, in their order. */
  #clusterAt(place: number): number[] {
    let first = place
    while (this.#record((first - 1) & this.#mask) !== 0) first = (first - 1) & this.#mask
    const cluster: number[] = []
    for (let i = first; this.#record(i) !== 0; i = (i + 1) & this.#mask) cluster.push(i)
    return cluster
  }

  /** Puts keys where the builder puts them: in the order of their records, and within a record in that of its keys. */
  #fill(keys: readonly SlotKey[]): void {
    for (const key of [...keys].sort((a, b) => a.record - b.record || this.#rank(a) - this.#rank(b))) {
      let i = key.hash & this.#mask
      while (this.#record(i) !== 0) i = (i + 1) & this.#mask
      this.#set(i, key)
    }
  }

  #rank({ hash, record }: SlotKey): number {
    const ranks = this.#ranks.get(record) ?? ranksOf(this.#change.hashesOf(record))
    this.#ranks.set(record, ranks)
    return ranks.get(hash) ?? -1
  }

  #record(i: number): number {
    return this.#slots[i * WORDS + RECORD] as number
  }

  #at(i: number): SlotKey {
    return { hash: this.#slots[i * WORDS + HASH] as number, record: this.#record(i) }
  }

  #set(i: number, { hash, record }: SlotKey): void {
    this.#slots[i * WORDS + HASH] = hash
    this.#slots[i * WORDS + RECORD] = record
  }
}

/** Where each hash stands first. */
function ranksOf(hashes: readonly number[]): ReadonlyMap<number, number> {
  return new Map(hashes.map((hash, i) => [hash, i] as const).reverse())
}
