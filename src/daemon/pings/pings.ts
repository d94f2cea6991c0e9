/**
 * Asks the machines of the configuration that do not follow whether they are there, by ARP. Each gets an empty datagram, for which the kernel asks it for its MAC; some
 * seconds later the kernel's table of neighbours has who answered. That takes no right and no program, and reaches the networks of this machine's own interfaces.
 */

import type { Ping, PingOf } from '../../kickback/index.ts'
import { DATABASES, layout, type Snapshot } from '../../resolver/index.ts'
import {
  type Address,
  type AddressRange,
  addressKey,
  type Clock,
  each,
  formatAddress,
  handlers,
  insideRange,
  inTurns,
  type Log,
  messageOf,
  type Steps,
  sleep,
  type WallClock,
} from '../../values/index.ts'
import type { Front } from '../fronts/front.ts'
import type { Served } from '../served.ts'

/** How often a machine is asked, in milliseconds, where the pace allows it. */
const ROUND = 60_000
/** How long one group of machines is sent to, in milliseconds, and how many are in it: 10,000 machines take seven minutes. */
const GROUP = { every: 1000, machines: 25 }
/**
 * After how long the table is looked at, in milliseconds. The kernel uses what it knew for five seconds, then asks three times, one second apart
 * (arp(7): delay_first_probe_time, ucast_solicit, retrans_time_ms); one that it did not know it asks three times at once.
 */
const JUDGED_AFTER = 12_000
/** How long it waits between two steps of the list of machines, in milliseconds: of 100,000 it has them all after ten seconds. Nobody waits for the list. */
const STEP_EVERY = 100
/** By how much of it a wait is longer or shorter, so that several masters do not ask at the same time. */
const JITTER = 0.1
/** Who can't be asked is logged at most this often, in milliseconds. */
const LOG_EVERY = 3_600_000

/** What it works with. */
interface PingsParts {
  /** The networks of this machine's own interfaces, of IPv4. */
  readonly networks: () => readonly AddressRange[]
  /** The addresses of this machine. */
  readonly own: () => readonly Address[]
  /** Whether a machine with one of these addresses follows: it need not be asked. */
  readonly isUp: (addresses: readonly Address[]) => boolean
  /** Sends to these addresses what has the kernel ask for their MACs. Rejects with the system's error. */
  readonly send: (addresses: readonly Address[]) => Promise<void>
  /** Of the addresses that the kernel asked for, whether they answered. Throws the system's error. */
  readonly answered: () => ReadonlyMap<string, boolean>
  readonly clock: Clock
  readonly wallClock: WallClock
  readonly random: () => number
  readonly log: Pick<Log, 'warn'>
}

/** The pings of a master, as a front: it asks the machines of what is served. */
export class Pings implements Front {
  readonly name = 'pings'
  readonly #parts: PingsParts
  readonly #closed = new AbortController()
  #snapshot: Snapshot | undefined
  readonly #known = new Map<string, Ping>()
  #logged = Number.NEGATIVE_INFINITY
  #running: Promise<void> = Promise.resolve()

  constructor(parts: PingsParts) {
    this.#parts = parts
  }

  /** What is known of a machine. */
  readonly of: PingOf = (addresses) => {
    for (const address of addresses) {
      const ping = this.#known.get(addressKey(address))
      if (ping !== undefined) return ping
    }
    return undefined
  }

  async open(first: Served): Promise<void> {
    this.#snapshot = first.public
    handlers.float('pings', () => {
      this.#running = this.#run()
      return this.#running
    })
  }

  async serve(now: Served): Promise<void> {
    this.#snapshot = now.public
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#running.catch(() => {})
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#closed
    while (!signal.aborted) {
      const began = clock.now()
      await this.#round()
      await this.#wait(Math.max(GROUP.every, began + ROUND - clock.now()))
    }
  }

  /** Asks each machine once. What was known of machines that are gone is forgotten. */
  async #round(): Promise<void> {
    const rest = (): Promise<void> => this.#wait(STEP_EVERY)
    const machines = this.#snapshot === undefined ? [] : await inTurns(this.#machines(this.#snapshot), rest)
    const judged: Promise<readonly string[]>[] = []
    for (let i = 0; i < machines.length && !this.#closed.signal.aborted; i += GROUP.machines) {
      const group = machines.slice(i, i + GROUP.machines)
      judged.push(this.#ask(group))
      await this.#wait(GROUP.every)
    }
    const found = new Set((await Promise.all(judged)).flat())
    for (const key of this.#known.keys()) if (!found.has(key)) this.#known.delete(key)
  }

  /** Asks some machines; the keys of those of which something is known then. */
  async #ask(group: readonly Address[]): Promise<readonly string[]> {
    const { clock, wallClock, send, answered, log } = this.#parts
    try {
      await send(group)
      await sleep(clock, JUDGED_AFTER, this.#closed.signal)
      if (this.#closed.signal.aborted) return []
      const table = answered()
      const time = Math.floor(wallClock() / 1000)
      return group.flatMap((address) => {
        const isThere = table.get(formatAddress(address))
        if (isThere === undefined) return []
        this.#known.set(addressKey(address), { answer: isThere ? 'up' : 'off', time })
        return [addressKey(address)]
      })
    } catch (error) {
      if (clock.now() - this.#logged >= LOG_EVERY) {
        this.#logged = clock.now()
        log.warn({ reason: messageOf(error) }, 'machines that do not follow cannot be asked whether they are there')
      }
      return []
    }
  }

  /** The addresses of nodes that do not follow and of devices, on networks of this machine. */
  *#machines(snapshot: Snapshot): Steps<readonly Address[]> {
    const { networks, own, isUp } = this.#parts
    const here = new Set(own().map(addressKey))
    const ranges = networks()
    const isAsked = (address: Address): boolean =>
      address.family === 4 && !here.has(addressKey(address)) && ranges.some((range) => insideRange(range, address))
    const found = new Map<string, Address>()
    yield* each(snapshot.records('hosts'), ({ record }) => {
      // The end waits for the round.
      if (this.#closed.signal.aborted) return
      const host = DATABASES.hosts.decode(record)
      if (host.kind !== layout.HOST_KINDS.NODE && host.kind !== layout.HOST_KINDS.HOST) return
      if (host.kind === layout.HOST_KINDS.NODE && isUp(host.addresses)) return
      for (const address of host.addresses) if (isAsked(address)) found.set(addressKey(address), address)
    })
    return [...found.values()]
  }

  #wait(ms: number): Promise<void> {
    const { clock, random } = this.#parts
    return sleep(clock, ms * (1 + JITTER * (2 * random() - 1)), this.#closed.signal)
  }
}
