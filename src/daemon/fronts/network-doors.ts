/** The addresses that a master listens on, as they come and go with the configuration. */

import { type KickbackServer, type Place, placeName, TransportError } from '../../kickback/index.ts'
import { type Address, background, type Clock, formatAddress, type Log } from '../../values/index.ts'
import type { Endpoint } from '../settings.ts'
import { AddressWait } from './address-wait.ts'

/** The TCP doors of a server. */
export class NetworkDoors {
  readonly #server: KickbackServer
  readonly #logger: Log
  readonly #wanted = new Set<string>()
  readonly #wait: AddressWait
  #isClosed = false

  constructor(server: KickbackServer, logger: Log, clock: Clock = background) {
    this.#server = server
    this.#logger = logger
    this.#wait = new AddressWait(clock)
  }

  /** Opens the doors that the settings name. Throws TransportError where one can't be opened. */
  async openNamed(endpoints: readonly Pick<Endpoint, 'host' | 'port'>[]): Promise<void> {
    for (const { host, port } of endpoints) await this.#open({ host, port })
  }

  /**
   * Opens the usual doors: loopback at once, or it throws TransportError; and the address that nodes know us by, which may
   * come later, since a daemon may start before the network. Doors that are open already stay.
   */
  async openUsual(port: number, own: Address | undefined): Promise<void> {
    await this.#open({ host: '127.0.0.1', port })
    if (own !== undefined) await this.#openPatiently({ host: formatAddress(own), port })
  }

  /** Tries nothing more. The doors themselves are the server's. */
  close(): void {
    this.#isClosed = true
    this.#wait.close()
  }

  async #open(place: Place): Promise<void> {
    const name = placeName(place)
    if (this.#wanted.has(name)) return
    this.#wanted.add(name)
    try {
      this.#logger.info({ place: placeName(await this.#server.listen('network', place)) }, 'listening')
    } catch (error) {
      this.#wanted.delete(name)
      throw error
    }
  }

  async #openPatiently(place: Place): Promise<void> {
    try {
      await this.#open(place)
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      if (this.#isClosed) return
      this.#logger.warn({ place: placeName(place), err: error }, 'cannot listen there yet')
      this.#wait.tryAgain(() => this.#openPatiently(place))
    }
  }
}
