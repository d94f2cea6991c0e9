/** Who may copy zones, what they get, and when they are notified. */

import { serialDistance, type Zone, type Zones } from '../../resolver/index.ts'
import { type Address, type Clock, type Defer, handlers, type Log, sameAddress } from '../../values/index.ts'
import type { ReadRequest } from '../answer/responder.ts'
import type { DnsCounters } from '../counters.ts'
import type { DnsSettings } from '../settings.ts'
import { parseRare, RCODE, TYPE } from '../wire/dns2.ts'
import { ednsRecord } from '../wire/edns.ts'
import type { ZoneChange } from './changes.ts'
import { History } from './history.ts'
import { Notifier } from './notify.ts'
import { axfrMessages, ixfrMessages, soaMessage } from './transfer.ts'

/** What transfers need. */
interface TransfersOptions {
  readonly settings: DnsSettings
  readonly counters: DnsCounters
  readonly log: Log
  readonly clock: Clock
  /** Seconds since 1970. */
  readonly time: () => number
  readonly defer: Defer
}

/** The transfers of all zones. */
export class Transfers {
  readonly #options: TransfersOptions
  readonly #notifier: Notifier
  /** Kept only where somebody may ask for it. */
  readonly #history: History | undefined
  #zones: Zones
  #closed = false

  constructor(zones: Zones, options: TransfersOptions) {
    this.#options = options
    this.#zones = zones
    const { secondaries, listen } = options.settings
    this.#notifier = new Notifier({ ...options, secondaries, listen })
    this.#history = secondaries.length === 0 ? undefined : new History(zones, options.defer)
    // Secondaries that were up before this server get a notification at once: the zones may be new to them.
    if (this.#history !== undefined) options.defer(handlers.guard('NOTIFY at start', () => this.#tell(zones)))
  }

  /** Continues to a generation: works out what changed, and then tells the secondaries. */
  serve(zones: Zones): void {
    this.#zones = zones
    this.#history?.add(zones, () => this.#tell(zones))
  }

  close(): void {
    this.#closed = true
    this.#notifier.close()
  }

  /** What a transfer's request gets: messages as axfrMessages gives them; undefined if the asker may not copy the zone. */
  messages(
    asked: ReadRequest,
    zone: Zone,
    peer: Address | undefined,
  ): Uint8Array | Iterable<Uint8Array | undefined> | undefined {
    if (peer === undefined || !this.#isAllowed(asked, peer)) {
      this.#options.counters.transfersRefused++
      return undefined
    }
    const { query, proof, transport, cookie } = asked
    const opt = query.edns === undefined ? undefined : ednsRecord(query.edns, RCODE.NOERROR, cookie)
    const options = { query, ttl: this.#zones.settings.ttl, signer: proof?.signer, opt }
    const serial = query.type === TYPE.IXFR ? parseRare(query.message)?.serial : undefined
    const isNew = serial === undefined || isOlder(serial, this.#zones.authority.serial)
    if (transport === 'udp' || !isNew) return soaMessage(zone, options)
    const steps = serial === undefined ? undefined : this.#stepsSince(serial, zone)
    if (steps === undefined) this.#options.counters.axfr++
    else this.#options.counters.ixfr++
    return steps === undefined ? axfrMessages(zone, options) : ixfrMessages(zone.origin, steps, options)
  }

  /** The steps to what is served now, where they are known and fewer than the whole zone. */
  #stepsSince(serial: number, zone: Zone): readonly ZoneChange[] | undefined {
    const steps = this.#history?.since(serial, zone.origin)
    if (steps?.at(-1)?.after.serial !== this.#zones.authority.serial) return undefined
    const records = steps.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0)
    return records <= Math.max(this.#zones.snapshot.count('hosts'), steps.length) ? steps : undefined
  }

  /** A secondary may copy from its own address, with its key if it has one. */
  #isAllowed({ proof }: ReadRequest, peer: Address): boolean {
    return this.#options.settings.secondaries.some(
      ({ endpoint, key }) => sameAddress(endpoint.address, peer) && (key === undefined || key.name === proof?.key.name),
    )
  }

  #tell(zones: Zones): void {
    if (!this.#closed) this.#notifier.notify(zones)
  }
}

/** Whether one serial comes before another in the circle of serials (RFC 1982, 3.2). */
function isOlder(serial: number, than: number): boolean {
  const ahead = serialDistance(serial, than)
  return ahead !== 0 && ahead < 2 ** 31
}
