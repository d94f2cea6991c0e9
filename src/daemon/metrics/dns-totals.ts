/** What the processes of DNS have counted together, over the ends of single ones: a sum never goes back. */
import { type DnsCounters, newCounters } from '../../dns/index.ts'

/** What a process counted last. */
interface Told {
  readonly pid: number
  readonly counters: Readonly<DnsCounters>
}

/** The sums. */
export class DnsTotals {
  /** What processes that are gone have counted. */
  #gone = newCounters()
  readonly #told = new Map<number, Told>()

  /** The process of this number in the list, which is that of a pid, has counted so much since its start. */
  tell(index: number, pid: number, counters: Readonly<DnsCounters> | undefined): void {
    const before = this.#told.get(index)
    if (before !== undefined && before.pid !== pid) {
      this.#gone = { ...sum(this.#gone, before.counters), connections: 0 }
      this.#told.delete(index)
    }
    if (counters !== undefined) this.#told.set(index, { pid, counters })
  }

  /** All together. */
  get all(): DnsCounters {
    return [...this.#told.values()].reduce((total, { counters }) => sum(total, counters), this.#gone)
  }
}

function sum(one: Readonly<DnsCounters>, other: Readonly<DnsCounters>): DnsCounters {
  const entries = Object.entries(one).map(([name, count]) => {
    const more = other[name as keyof DnsCounters]
    const both = Array.isArray(count)
      ? count.map((each, i) => each + ((more as number[])[i] ?? 0))
      : count + Number(more)
    return [name, both]
  })
  return Object.fromEntries(entries) as DnsCounters
}
