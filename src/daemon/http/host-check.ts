/** The check of the Host header: a page of somebody else whose name leads to this machine (DNS rebinding) is not answered. */
import { hostname } from 'node:os'
import { type Address, heldAddresses, isLoopback, monotonic, parseAddress, sameAddress } from '../../values/index.ts'

/** The longest Host header that is looked at, in characters. */
const HOST_MAX = 300

/** Knows the names and addresses of this machine. */
export class HostCheck {
  readonly #names: () => readonly string[]
  readonly #addresses: () => readonly Address[]

  /** `names`: those that the cluster has for it; `addresses`: those of its interfaces. */
  constructor(names: () => readonly string[], addresses = heldAddresses(monotonic)) {
    this.#names = names
    this.#addresses = addresses
  }

  /** Whether a Host header names this machine, whatever the port: an ssh tunnel has another one. */
  isOurs(host: string | undefined): boolean {
    if (host === undefined || host.length > HOST_MAX) return false
    const [, bracketed, plain = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(host) ?? []
    const address = parseAddress(bracketed ?? plain)
    if (address !== undefined) {
      return isLoopback(address) || this.#addresses().some((one) => sameAddress(one, address))
    }
    return bracketed === undefined && this.#isName(folded(plain))
  }

  #isName(name: string): boolean {
    if (name === 'localhost') return true
    const own = folded(hostname())
    return name !== '' && [own, own.split('.')[0], ...this.#names().map(folded)].includes(name)
  }
}

function folded(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
