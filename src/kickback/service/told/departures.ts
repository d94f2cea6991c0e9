/** Who followed and has gone, with what it had and when: so that a node that is missing can be told from one that never came. */
import { type Address, addressKey, formatAddress, isLoopback, type WallClock } from '../../../values/index.ts'
import type { Peer } from '../../transport/link.ts'
import type { NodeReport } from '../../wire/report.ts'
import type { Held } from '../holdings.ts'
import type { Attendance } from '../waits/attendance.ts'

/** How many are remembered; the one that went longest ago makes room. */
const DEPARTED_MAX = 65_536

/** A connection that follows. */
interface Follower {
  readonly peer: Peer
  readonly software: string
  /** See Client: whether what it says of its machine is not any user's word. */
  readonly isRoot: boolean
}

/** Who follows now. */
type Here = Pick<Attendance, 'heldAt'>

/** One that went: a place in the order in which they did. */
interface Departed {
  readonly serial: number
  readonly report: NodeReport
}

/** What is known of one that went. */
type Gone = Pick<NodeReport, 'generation' | 'software'> & { readonly address: Address; readonly seen: number }

/** Those that followed by TCP and have no connection any more, the one that went longest ago first. */
export class Departures {
  readonly #clock: WallClock
  readonly #gone = new Map<string, Departed>()
  #serial = 0

  constructor(clock: WallClock) {
    this.#clock = clock
  }

  /**
   * A connection that follows holds `after` now; undefined: it has ended. What comes from a port that every user of a node may take is not
   * counted, as for `attendance`, which has heard of it before.
   */
  moved({ peer, software, isRoot }: Follower, before: Held | undefined, after: Held | undefined, here: Here): void {
    if (peer.via !== 'tcp' || !(isRoot || isLoopback(peer.address))) return
    if (after !== undefined) this.#gone.delete(addressKey(peer.address))
    else if (before !== undefined && here.heldAt([peer.address]).length === 0)
      this.#left(peer.address, software, before)
  }

  #left(address: Address, software: string, { generation }: Held): void {
    const key = addressKey(address)
    this.#gone.delete(key)
    const seen = Math.floor(this.#clock() / 1000)
    const report = { address: formatAddress(address), software, generation, behind: true, seen }
    this.#gone.set(key, { serial: ++this.#serial, report })
    if (this.#gone.size <= DEPARTED_MAX) return
    const [first] = this.#gone.keys()
    if (first !== undefined) this.#gone.delete(first)
  }

  /** The one that went last of those with these addresses: from which it had followed, what it had, and when it went, in seconds since 1970. */
  at(addresses: readonly Address[]): Gone | undefined {
    let last: (Departed & { readonly address: Address }) | undefined
    for (const address of addresses) {
      const gone = this.#gone.get(addressKey(address))
      if (gone !== undefined && gone.serial > (last?.serial ?? 0)) last = { ...gone, address }
    }
    if (last === undefined) return undefined
    const { generation, software, seen = 0 } = last.report
    return { address: last.address, generation, software, seen }
  }

  /** Those behind this place in the order, `limit` at most, and where to go on. */
  page(after: number, limit: number): { readonly nodes: readonly NodeReport[]; readonly cursor: number | undefined } {
    const nodes: NodeReport[] = []
    let last = 0
    for (const { serial, report } of this.#gone.values()) {
      if (serial <= after) continue
      if (nodes.length === limit) return { nodes, cursor: last }
      nodes.push(report)
      last = serial
    }
    return { nodes, cursor: undefined }
  }
}
