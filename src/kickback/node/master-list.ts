/** The masters that a node may follow, first choice first: those of its settings, then those that the generation it holds names for it. */
import { type Place, placeName } from '../transport/link.ts'

/** A master in the list: its place, and its name in words, by which all else is kept. */
export interface NamedMaster {
  readonly name: string
  readonly place: Place
}

/** What a change of the list brought. */
interface ListChange {
  /** How many masters are new. */
  readonly added: number
  /** The names of those that are gone. */
  readonly removed: readonly string[]
}

/** The list. It is never empty: the settings name one at least. */
export class MasterList {
  readonly #own: readonly Place[]
  #all: readonly NamedMaster[]

  constructor(own: readonly Place[]) {
    this.#own = own
    this.#all = named(own)
  }

  /** All of them in order. */
  get all(): readonly NamedMaster[] {
    return this.#all
  }

  /** How many they are. */
  get length(): number {
    return this.#all.length
  }

  /** The place of a master in the list; -1 if it is not in it. */
  rankOf(name: string): number {
    return this.#all.findIndex((master) => master.name === name)
  }

  /** Those in the order in which they are tried from this place on. */
  from(rank: number): readonly NamedMaster[] {
    return [...this.#all.slice(rank), ...this.#all.slice(0, rank)]
  }

  /** The masters behind those of the settings are these from now on. Undefined if nothing changed. */
  learn(further: readonly Place[]): ListChange | undefined {
    const before = this.#all
    const all = named([...this.#own, ...further])
    if (all.length === before.length && all.every(({ name }, i) => name === before[i]?.name)) return undefined
    this.#all = all
    const removed = before.filter(({ name }) => this.rankOf(name) < 0).map(({ name }) => name)
    return { added: all.length - (before.length - removed.length), removed }
  }
}

/** Places with their names, each once. */
function named(places: readonly Place[]): readonly NamedMaster[] {
  const byName = new Map(places.map((place) => [placeName(place), place]))
  return [...byName].map(([name, place]) => ({ name, place }))
}
