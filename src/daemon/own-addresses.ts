/** Where this machine is as the cluster knows it: what the candidates say of masters, else what is served. */
import { DEFAULT_PORT } from '../kickback/index.ts'
import { type Asker, isMasterHere, layout, mastersOfCluster } from '../resolver/index.ts'
import { type Address, addressFromBytes, heldAddresses, isLoopback, monotonic, sameAddress } from '../values/index.ts'
import type { Candidate } from './candidate/candidate.ts'
import { type MasterAddresses, ownMasters } from './candidate/own-masters.ts'
import type { Served } from './served.ts'

/** The addresses and the port of a master. */
export class OwnAddresses {
  readonly #named: readonly Address[]
  readonly #served: () => Served
  readonly #ofMachine: () => readonly Address[]
  #reading: (MasterAddresses & Pick<Candidate, 'port'>) | undefined

  /** `named` are the addresses that the settings name to listen on, `ofMachine` those that this machine has. */
  constructor(named: readonly Address[], served: () => Served, ofMachine = heldAddresses(monotonic)) {
    this.#named = named
    this.#served = served
    this.#ofMachine = ofMachine
  }

  /**
   * Learns what a candidate says of this machine: a good one holds from now on; at a start what a refused one says is better than
   * nothing. Whether there was something to learn after the first.
   */
  learn(candidate: Candidate, isAccepted: boolean): boolean {
    const isFirst = this.#reading === undefined
    if (isAccepted || isFirst) this.#reading = candidate
    return isAccepted && !isFirst
  }

  /** The port of the service: the configuration's, else the usual one. */
  get port(): number {
    return this.#reading?.port || DEFAULT_PORT
  }

  /** The addresses of masters: the configuration's, else what the last good generation has. */
  get masters(): MasterAddresses {
    const masters = this.#reading?.masters ?? []
    const interfaceAddresses = this.#reading?.interfaceAddresses ?? []
    if (interfaceAddresses.length > 0) return { masters, interfaceAddresses }
    const master = this.#served().public?.find('hosts', { name: 'master' })
    return { masters, interfaceAddresses: master?.kind === layout.HOST_KINDS.MASTER ? master.addresses : [] }
  }

  /** All of them, those that nodes know us by first. */
  get all(): readonly Address[] {
    return [...ownMasters(this.masters, this.machine), ...this.machine]
  }

  /** Whether who asks is a process of this machine. */
  isHere(asker: Asker): boolean {
    if (asker.via !== 'network') return true
    const address = addressFromBytes(asker.address)
    return isLoopback(address) || this.all.some((own) => sameAddress(own, address))
  }

  /** Whether what is served names masters, and this machine has the address of none. */
  get isUnnamed(): boolean {
    const { public: served } = this.#served()
    return served !== undefined && !isMasterHere(mastersOfCluster(served), this.machine)
  }

  /** Those that this machine has now, or had a second ago, whatever the configuration says. */
  get machine(): readonly Address[] {
    return [...this.#named, ...this.#ofMachine()]
  }
}
