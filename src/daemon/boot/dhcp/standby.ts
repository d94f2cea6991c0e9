/** A master in place of others: when those that come first give no addresses to their nodes, and when they do again. */
import type { DhcpNetwork, LaterShare, Lease } from '../../../boot/index.ts'
import {
  type Clock,
  formatAddress,
  type Log,
  LogBound,
  type Mac,
  macKey,
  messageOf,
  sleep,
} from '../../../values/index.ts'

/** How often it looks whether somebody is to be asked, in milliseconds. */
const LOOK_EVERY = 1000
/** How often masters are asked though no machine waits: a running machine renews its lease, and nobody hears that it gets no reply. */
const ASK_EVERY = 60_000
/** How often masters are asked in whose place this one is, in milliseconds. */
const ASK_AGAIN = 10_000
/** How long after a question the next one comes at the earliest because a machine asks, in milliseconds. */
const ASK_SOON = 5000
/** For how long after a question the dnsmasq of this master may tell of it as of a machine that asks, in milliseconds. */
const ECHO = 5000

/** For how many machines of a share the masters are asked at once, besides the machine that waits and the last one that they answered for. */
const SPREAD = 6

/** What a standby works with. */
interface StandbyParts {
  /** The first of these leases that a server other than this master offers; undefined for none. Rejects if it can't ask. */
  readonly offered: (network: DhcpNetwork, leases: readonly Lease[]) => Promise<Lease | undefined>
  /** The leases that are given here are others now. Never rejects. */
  readonly changed: () => Promise<void>
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** What is known of the masters of a share. */
interface Watched {
  share: LaterShare
  /** When they were asked first without an answer; undefined if they answered last. */
  since: number | undefined
  /** The machine that asked last, since they answered last. */
  waiting: Mac | undefined
  /** The last machine that they offered an address: it is in their configuration. */
  answered: Mac | undefined
  /** How often they were asked. */
  times: number
  /** When they were asked last, and for which machines. */
  asked: { readonly at: number; readonly macs: ReadonlySet<number> }
  isTaken: boolean
}

/**
 * The leases that others give first. dnsmasq cannot do it: a reply that it delays delays all others, and with two machines that ask for 5
 * seconds none gets an address. So this master's dnsmasq does not know these machines, and tells that they ask; the masters that come first
 * are asked for an address in the name of such a machine, at once and when it has waited for long enough, and its dnsmasq learns of it where none answers.
 */
export class Standby {
  readonly #parts: StandbyParts
  readonly #troubleTold: LogBound
  #watched: ReadonlyMap<string, Watched> = new Map()
  #byMac: ReadonlyMap<number, Watched> = new Map()

  constructor(parts: StandbyParts) {
    this.#parts = parts
    this.#troubleTold = new LogBound(parts.clock)
  }

  /** These are the shares from now on. What is known of their masters stays. */
  learn(shares: readonly LaterShare[]): void {
    const watched = shares.map((share) => {
      const known = this.#watched.get(share.key)
      if (known === undefined) return { ...UNASKED, share }
      known.share = share
      return known
    })
    this.#watched = new Map(watched.map((one) => [one.share.key, one]))
    this.#byMac = new Map(watched.flatMap((one) => one.share.leases.map(({ mac }) => [macKey(mac), one] as const)))
  }

  /** The leases that are given here in place of others. */
  get taken(): readonly Lease[] {
    return [...this.#watched.values()].filter(({ isTaken }) => isTaken).flatMap(({ share }) => share.leases)
  }

  /** A machine asks for an address, and gets none here. Whether it is one of these. */
  heard(mac: Mac): boolean {
    const key = macKey(mac)
    const one = this.#byMac.get(key)
    if (one === undefined) return false
    const isEcho = one.asked.macs.has(key) && this.#parts.clock.now() - one.asked.at < ECHO
    if (!one.isTaken && !isEcho) one.waiting = mac
    return true
  }

  /** Looks until `signal` is aborted. */
  async stand(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#parts.clock, this.#watched.size === 0 ? ASK_AGAIN : LOOK_EVERY, signal)
      if (!signal.aborted) await this.look()
    }
  }

  /** Asks the masters that are due. Never rejects. */
  async look(): Promise<void> {
    const now = this.#parts.clock.now()
    const due = [...this.#watched.values()].filter((one) => isDue(one, now))
    const changed = await Promise.all(due.map((one) => this.#ask(one)))
    if (changed.includes(true)) await this.#parts.changed()
  }

  /** Whether it came to another conclusion. */
  async #ask(one: Watched): Promise<boolean> {
    const { clock, log } = this.#parts
    const began = clock.now()
    const leases = leasesToAskFor(one)
    one.times++
    one.asked = { at: began, macs: new Set(leases.map(({ mac }) => macKey(mac))) }
    const offered = await this.#offered(one.share.network, leases)
    one.asked = { ...one.asked, at: clock.now() }
    const fields = { masters: one.share.before.map(formatAddress), machines: one.share.leases.length }
    if (offered !== undefined) {
      one.answered = offered.mac
      one.since = undefined
      one.waiting = undefined
      if (!one.isTaken) return false
      one.isTaken = false
      log.info(fields, 'another master gives addresses to its machines again')
      return true
    }
    one.since ??= began
    if (one.isTaken || clock.now() - one.since < one.share.seconds * 1000) return false
    one.isTaken = true
    log.warn(fields, 'no master that comes first gives addresses to these machines: this one does')
    return true
  }

  async #offered(network: DhcpNetwork, leases: readonly Lease[]): Promise<Lease | undefined> {
    try {
      return await this.#parts.offered(network, leases)
    } catch (error) {
      if (this.#troubleTold.times() !== undefined)
        this.#parts.log.warn({ reason: messageOf(error) }, 'other masters cannot be asked for addresses')
      return undefined
    }
  }
}

/** What is known of masters that were never asked. */
const UNASKED: Omit<Watched, 'share'> = {
  ...{ since: undefined, waiting: undefined, answered: undefined, times: 0, isTaken: false },
  asked: { at: Number.NEGATIVE_INFINITY, macs: new Set() },
}

function isDue({ share, since, waiting, asked, isTaken }: Watched, now: number): boolean {
  if (isTaken) return now - asked.at >= ASK_AGAIN
  if (since !== undefined) return now - since >= share.seconds * 1000
  return now - asked.at >= (waiting === undefined ? ASK_EVERY : ASK_SOON)
}

/**
 * The machine that waits, the last one that its masters answered for, and some others of the share, which change each time. Masters have the
 * same configuration only after it was copied: until then they offer nothing to machines that they do not know, but answer for the rest.
 */
function leasesToAskFor({ share: { asked }, waiting, answered, times }: Watched): readonly Lease[] {
  const step = Math.max(1, Math.floor(asked.length / SPREAD))
  const spread = Array.from({ length: SPREAD }, (_, i) => asked[(times + i * step) % asked.length])
  const leases = [leaseOf(asked, waiting), leaseOf(asked, answered), ...spread]
  return [...new Set(leases.filter((lease) => lease !== undefined))]
}

function leaseOf(leases: readonly Lease[], mac: Mac | undefined): Lease | undefined {
  const key = mac && macKey(mac)
  return leases.find((lease) => macKey(lease.mac) === key)
}
