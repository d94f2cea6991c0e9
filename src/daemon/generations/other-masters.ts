/** The other masters that the configuration names: who they are, as seen from this machine, and when they are asked. */

import { MasterPeers, type PeersOptions, type Place } from '../../kickback/index.ts'
import { mastersOfCluster, type Snapshot } from '../../resolver/index.ts'
import { type Address, formatAddress, sameAddress } from '../../values/index.ts'

/** What the other masters are found by, and asked with. */
interface OtherMastersParts extends PeersOptions {
  /** The addresses of this machine. */
  readonly own: () => readonly Address[]
  /** The TCP port of the service on every master. */
  readonly port: () => number
}

/** Asks the other masters. */
export class OtherMasters {
  readonly #parts: OtherMastersParts
  readonly #peers: MasterPeers
  #isToldUnnamed = false

  constructor(parts: OtherMastersParts) {
    this.#parts = parts
    this.#peers = new MasterPeers(parts)
  }

  /** Asks those that this snapshot names, at once and from then on, where it names this machine as one of them. */
  follow(snapshot: Snapshot | undefined): void {
    if (snapshot === undefined) return
    const own = this.#parts.own()
    const masters = mastersOfCluster(snapshot)
    const others = masters.filter((master) => !own.some((address) => sameAddress(address, master)))
    const isNamed = others.length < masters.length
    if (!isNamed) this.#tellUnnamed(masters)
    const port = this.#parts.port()
    this.#peers.follow(isNamed ? others.map((address): Place => ({ host: formatAddress(address), port })) : [])
  }

  /** Asks nobody any more. */
  close(): void {
    this.#peers.close()
  }

  #tellUnnamed(masters: readonly Address[]): void {
    if (masters.length === 0 || this.#isToldUnnamed) return
    this.#isToldUnnamed = true
    const named = masters.map(formatAddress).join(' ')
    this.#parts.log.warn({ masters: named }, 'the configuration names other masters, and not this machine')
  }
}
