/** The addresses that a master listens on, as a front: they come and go with the configuration. */
import {
  isLoopbackOnly,
  type KickbackServer,
  loopbackOnlyText,
  type Place,
  placeName,
  TransportError,
} from '../../kickback/index.ts'
import {
  type Address,
  background,
  type Clock,
  formatAddress,
  type HostPort,
  type Log,
  machineAddresses,
  sameAddress,
} from '../../values/index.ts'
import { type MasterAddresses, masterAddresses } from '../candidate/own-masters.ts'
import { AddressWait } from './address-wait.ts'
import type { Front } from './front.ts'

/** Where the doors are unless the settings name others. */
interface UsualDoors {
  readonly port: number
  readonly addresses: MasterAddresses
}

/** What the doors are made with. */
interface NetworkDoorsParts {
  readonly server: Pick<KickbackServer, 'listen' | 'report'>
  /** The places that the settings name; if there are none, the usual ones are opened. */
  readonly named: readonly HostPort[]
  /** The port of the service, and the addresses that the configuration gives to masters, as they are now. */
  readonly usual: () => UsualDoors
  /** Connections begin with TLS. Such doors are for nodes and masters: there is none on loopback, and one that can't be had is tried again. */
  readonly isSecure?: boolean
  readonly logger: Log
  readonly clock?: Clock
  /** The addresses of this machine. */
  readonly machine?: () => readonly Address[]
}

/** The TCP doors of a server. */
export class NetworkDoors implements Front {
  readonly name: string
  readonly #parts: NetworkDoorsParts
  readonly #machine: () => readonly Address[]
  readonly #wanted = new Set<string>()
  readonly #wait: AddressWait
  /** Why a place could not be opened, as it was logged last. */
  readonly #logged = new Map<string, string>()
  #usual: UsualDoors | undefined
  #isWaiting = false

  constructor(parts: NetworkDoorsParts) {
    const { clock = background, machine = machineAddresses } = parts
    this.name = parts.isSecure ? 'TLS doors' : 'TCP doors'
    this.#parts = parts
    this.#machine = machine
    this.#wait = new AddressWait(clock)
  }

  /**
   * Opens the doors, and says so where no node can come by them. Those whose address this machine does not have yet are opened when it
   * comes. Throws TransportError if one can't be opened for another reason.
   */
  async open(): Promise<void> {
    const { server, named, logger, isSecure } = this.#parts
    if (named.length > 0) await this.#openNamed()
    else await this.#openUsual()
    if (isSecure) return
    const { listening } = server.report()
    if (isLoopbackOnly(listening)) logger.warn({ listening: listening.join(' ') }, loopbackOnlyText())
  }

  /** The named doors that wait for their address, as `HOST:PORT`. */
  get missing(): readonly string[] {
    return this.#parts.named.map((place) => placeName(place)).filter((name) => !this.#wanted.has(name))
  }

  /** The server answers by all doors from what it is given. */
  async serve(): Promise<void> {}

  /** Opens the places of the current configuration. What cannot be opened is logged. */
  async follow(): Promise<void> {
    if (this.#parts.named.length > 0) return
    try {
      await this.#openUsual()
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'cannot listen')
    }
  }

  /** Tries nothing more. The doors themselves are the server's. */
  async close(): Promise<void> {
    this.#wait.close()
  }

  /**
   * Opens the usual doors: loopback at once, or it throws TransportError; and the addresses that the configuration gives to
   * masters and that are this machine's. Those may come later, since a daemon may start before the network. Doors that are open
   * already stay.
   */
  async #openUsual(): Promise<void> {
    const usual = this.#parts.usual()
    if (!this.#parts.isSecure) await this.#open({ host: '127.0.0.1', port: usual.port })
    this.#usual = usual
    await this.#openOwn()
  }

  async #openNamed(): Promise<void> {
    for (const { host, port } of this.#parts.named) {
      const place = { host, port }
      const error = await this.#tried(place)
      if (error === undefined) continue
      if (error.systemCode !== 'EADDRNOTAVAIL') throw error
      this.#tell(placeName(place), error, false)
    }
    if (this.missing.length > 0) this.#wait.tryAgain(() => this.#openNamedLate())
  }

  /** No caller waits for it: an error is logged, and it is tried again. */
  async #openNamedLate(): Promise<void> {
    try {
      await this.#openNamed()
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'cannot listen')
      this.#wait.tryAgain(() => this.#openNamedLate())
    }
  }

  async #open(place: Place): Promise<void> {
    const name = placeName(place)
    if (this.#wanted.has(name)) return
    this.#wanted.add(name)
    try {
      const { server, logger, isSecure = false } = this.#parts
      const open = await server.listen('network', place, { isSecure })
      logger.info({ place: placeName(open), ...(isSecure && { tls: true }) }, 'listening')
    } catch (error) {
      this.#wanted.delete(name)
      throw error
    }
  }

  /** Opens what can be opened of the masters' addresses, and looks again later for those that are not here: addresses move. */
  async #openOwn(): Promise<void> {
    if (this.#usual === undefined) return
    const { port, addresses } = this.#usual
    const failed = new Map<string, TransportError>()
    for (const address of this.#own(addresses)) {
      const place = { host: formatAddress(address), port }
      const error = await this.#tried(place)
      if (error !== undefined) failed.set(placeName(place), error)
    }
    const all = masterAddresses(addresses).map((address) => placeName({ host: formatAddress(address), port }))
    const isReachable = all.some((name) => this.#wanted.has(name))
    for (const [name, error] of failed) this.#tell(name, error, isReachable)
    if (this.#isWaiting || all.every((name) => this.#wanted.has(name))) return
    this.#isWaiting = true
    this.#wait.tryAgain(() => {
      this.#isWaiting = false
      return this.#openOwn()
    })
  }

  /**
   * The interface's address is tried, whether the system lists it or not: it does not while the cable is unplugged. An address
   * of a masterorder line may be another machine's.
   */
  #own(addresses: MasterAddresses): readonly Address[] {
    const machine = this.#machine()
    return masterAddresses(addresses).filter((address) => {
      return addresses.interfaceAddresses.includes(address) || machine.some((own) => sameAddress(own, address))
    })
  }

  async #tried(place: Place): Promise<TransportError | undefined> {
    try {
      await this.#open(place)
      return undefined
    } catch (error) {
      if (error instanceof TransportError) return error
      throw error
    }
  }

  /** Logs once why a place cannot be opened. If the address is that of another master, that is normal and not logged. */
  #tell(name: string, error: TransportError, isReachable: boolean): void {
    if (isReachable && error.systemCode === 'EADDRNOTAVAIL') return
    if (this.#logged.get(name) === error.message) return
    this.#logged.set(name, error.message)
    this.#parts.logger.warn({ place: name, err: error }, 'cannot listen there yet')
  }
}
