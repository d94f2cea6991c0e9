/** The watch over the network interface that the configuration names without an address: the system gives it one, perhaps later. */
import { type Address, type Clock, formatAddress, handlers } from '../../values/index.ts'

/** What the watch works with. */
interface InterfaceWatchParts {
  /** The addresses of an interface that nodes know this machine by. */
  readonly addressesOf: (name: string) => readonly Address[]
  /** Called with the name of the interface when it has other addresses than those that are known. */
  readonly changed: (name: string) => void
  readonly clock: Clock
}

/** How often it looks, in milliseconds. Addresses that are the same at two looks are believed. */
const LOOK = 1000

/** Looks at one interface. An interface that lost its addresses is no news: the master keeps the address that nodes know it by. */
export class InterfaceWatch {
  readonly #parts: InterfaceWatchParts
  #name: string | undefined
  #known = ''
  #seen = ''
  #cancelLook: (() => void) | undefined

  constructor(parts: InterfaceWatchParts) {
    this.#parts = parts
  }

  /** From now on this interface is looked at, and these are its addresses as they are known; undefined for none. */
  follow(name: string | undefined, known: readonly Address[]): void {
    this.#name = name
    this.#known = textOf(known)
    this.#cancelLook?.()
    if (name !== undefined) this.#lookLater()
  }

  /** Looks at nothing any more. */
  close(): void {
    this.follow(undefined, [])
  }

  #lookLater(): void {
    const look = (): void => {
      this.#lookLater()
      this.#look()
    }
    const guarded = handlers.guard('interface look', look, () => this.#lookLater())
    this.#cancelLook?.()
    this.#cancelLook = this.#parts.clock.after(LOOK, guarded)
  }

  #look(): void {
    const name = this.#name
    if (name === undefined) return
    const before = this.#seen
    this.#seen = textOf(this.#parts.addressesOf(name))
    if (this.#seen === '' || this.#seen !== before || this.#seen === this.#known) return
    this.#known = this.#seen
    this.#parts.changed(name)
  }
}

function textOf(addresses: readonly Address[]): string {
  return addresses.map((address) => formatAddress(address)).join(' ')
}
