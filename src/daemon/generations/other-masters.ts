/** The other masters that the configuration names: who they are, as seen from this machine, and when they are asked. */

import { MasterPeers, type OtherMasterReport, type PeersOptions, type Place } from '../../kickback/index.ts'
import { type Asker, headerOf, mastersOfCluster, type Snapshot, SnapshotError } from '../../resolver/index.ts'
import { type Address, addressFromBytes, formatAddress, sameAddress } from '../../values/index.ts'
import type { Front } from '../fronts/front.ts'
import type { Served } from '../served.ts'

/** What the other masters are found by, and asked with. */
interface OtherMastersParts extends PeersOptions {
  /** The addresses of this machine. */
  readonly own: () => readonly Address[]
  /** The TCP port of the service on every master. */
  readonly port: () => number
}

/** Asks the other masters. As a front: what it is given says whom to ask. */
export class OtherMasters implements Front {
  readonly name = 'other masters'
  readonly #parts: OtherMastersParts
  readonly #peers: MasterPeers
  #isToldUnnamed = false

  constructor(parts: OtherMastersParts) {
    this.#parts = parts
    this.#peers = new MasterPeers(parts)
  }

  async open(first: Served): Promise<void> {
    if (first.public !== undefined) this.#follow(first.public)
  }

  async serve(now: Served): Promise<void> {
    if (now.public !== undefined) this.#follow(now.public)
  }

  /** Who asks told what it has, by the header as it came: if it is another master it is asked. */
  told(asker: Asker, header: Uint8Array): void {
    if (asker.via !== 'network') return
    const host = formatAddress(addressFromBytes(asker.address))
    try {
      this.#peers.told({ host, port: this.#parts.port() }, headerOf(header).digest)
    } catch (error) {
      // What no header is tells nothing.
      if (!(error instanceof SnapshotError)) throw error
    }
  }

  /** How each of them stands, for STATUS. */
  report(): readonly OtherMasterReport[] {
    return this.#peers.report()
  }

  /** Asks no master any more. */
  async close(): Promise<void> {
    this.#peers.close()
  }

  /** Asks those that this snapshot names, at once and from then on, where it names this machine as one of them. */
  #follow(snapshot: Snapshot): void {
    const own = this.#parts.own()
    const masters = mastersOfCluster(snapshot)
    const others = masters.filter((master) => !own.some((address) => sameAddress(address, master)))
    const isNamed = others.length < masters.length
    if (!isNamed) this.#tellUnnamed(masters)
    const port = this.#parts.port()
    this.#peers.follow(isNamed ? others.map((address): Place => ({ host: formatAddress(address), port })) : [])
  }

  #tellUnnamed(masters: readonly Address[]): void {
    if (masters.length === 0 || this.#isToldUnnamed) return
    this.#isToldUnnamed = true
    const named = masters.map(formatAddress).join(' ')
    this.#parts.log.warn(
      { masters: named },
      'the configuration names masters, but not this machine: it does not ask the others, and may give its generations the numbers of another such machine; add its address to the masterorder lines',
    )
  }
}

/** A master in words, by its address alone: as it is called where it asks us. */
export function masterText(place: Place): string {
  return `master ${'host' in place ? place.host : place.path}`
}
