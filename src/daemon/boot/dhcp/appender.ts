/** Unknown machines that become nodes, where the configuration says so: a bounded queue, and so many lines a minute. */
import type { AppendOutcome, Cluster } from '../../../config/index.ts'
import {
  type Address,
  type AddressRange,
  type Clock,
  each,
  formatMac,
  handlers,
  inTurns,
  isOfMachine,
  type Log,
  LogBound,
  type Mac,
  macKey,
  type Steps,
} from '../../../values/index.ts'
import type { Arrival } from '../stage-order.ts'
import { StageError, type Stages } from '../stages.ts'

/** How many lines are added at most, in how many milliseconds: whoever is on the network can invent machines. */
export const APPENDS = { most: 10, within: 60_000 } as const
/** How many machines wait at most. Of more, those that ask later are not heard: they ask again. */
export const QUEUE_MAX = 100
/** How long machines are gathered, and how long after one look at the file the next one is, in milliseconds. */
const GATHERING = { first: 250, next: 2000 } as const

/** What an appender works with. */
interface AppenderParts {
  readonly append: Stages['append']
  /** The addresses of this master. */
  readonly own: () => readonly Address[]
  /** Whether the proxy of the machine that has one of these addresses is connected. */
  readonly isUp: (addresses: readonly Address[]) => boolean
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
}

/** The networks of an interface, as its requests come from. */
interface InterfaceNetwork {
  readonly interface: string | undefined
  readonly range: AddressRange
}

/** The unknown machines of a master. */
export class Appender {
  readonly #parts: AppenderParts
  readonly #queue = new Map<number, Arrival>()
  readonly #trouble: LogBound
  /** When lines were added, those of the last minute. */
  #times: readonly number[] = []
  #looked = Number.NEGATIVE_INFINITY
  #isOn = false
  #nodes: Cluster['nodes'] = []
  /** By the name of an interface; the list of one interface is the same object for all who asked there. */
  #networks: ReadonlyMap<string, readonly AddressRange[]> = new Map()
  /** Ends the wait for the next look; it stands until that look has ended. */
  #cancel: (() => void) | undefined

  constructor(parts: AppenderParts) {
    this.#parts = parts
    this.#trouble = new LogBound(parts.clock)
  }

  /**
   * This is the configuration from now on, and these are its networks of IPv4. Where some are behind a relay nobody is added: the interface
   * does not tell in which network a machine asked.
   */
  follow({ assignment, nodes }: Pick<Cluster, 'assignment' | 'nodes'>, networks: readonly InterfaceNetwork[]): void {
    this.#isOn = assignment === 'append' && networks.every((one) => one.interface !== undefined)
    this.#nodes = nodes
    if (!this.#isOn) this.#queue.clear()
    const named = networks.flatMap((one) => (one.interface === undefined ? [] : [{ ...one, on: one.interface }]))
    const byName = Map.groupBy(named, ({ on }) => on)
    this.#networks = new Map([...byName].map(([on, all]) => [on, all.map(({ range }) => range)]))
  }

  /** A machine that is on no line asked on an interface. */
  heard(mac: Mac, on: string): void {
    const networks = this.#networks.get(on)
    const isRoom = this.#queue.size < QUEUE_MAX || this.#queue.has(macKey(mac))
    if (!this.#isOn || networks === undefined || !isRoom || !isOfMachine(mac)) return
    this.#queue.set(macKey(mac), { mac, on, networks })
    this.#schedule()
  }

  close(): void {
    this.#isOn = false
    this.#queue.clear()
    this.#cancel?.()
  }

  /** How many lines may be added now. */
  get #allowance(): number {
    const now = this.#parts.clock.now()
    this.#times = this.#times.filter((time) => now - time < APPENDS.within)
    return APPENDS.most - this.#times.length
  }

  #schedule(): void {
    if (this.#cancel !== undefined || this.#queue.size === 0) return
    const { clock } = this.#parts
    const now = clock.now()
    const [oldest = Number.NEGATIVE_INFINITY] = this.#allowance > 0 ? [] : this.#times
    const wait = Math.max(GATHERING.first, this.#looked + GATHERING.next - now, oldest + APPENDS.within - now)
    const look = handlers.guard(
      'unknown machines gathered',
      () => this.#look(),
      () => this.#goOn(),
    )
    this.#cancel = clock.after(wait, look)
  }

  /** Has lines added for those that wait, as many as may be. */
  async #look(): Promise<void> {
    const { append, own, isUp } = this.#parts
    const arrivals = [...this.#queue.values()]
    try {
      const taken = await inTurns(connected(this.#nodes, isUp))
      const outcomes = await append({ arrivals, most: this.#allowance, taken, own: own() })
      for (const [i, arrival] of arrivals.entries()) this.#settle(arrival, outcomes[i])
    } catch (error) {
      if (!(error instanceof StageError)) throw error
      // They ask again.
      this.#queue.clear()
      this.#tell({ reason: error.message }, 'lines for unknown machines cannot be added')
    }
    this.#goOn()
  }

  #goOn(): void {
    this.#looked = this.#parts.clock.now()
    this.#cancel = undefined
    this.#schedule()
  }

  #settle({ mac, on }: Arrival, outcome: AppendOutcome | undefined): void {
    if (outcome?.kind === 'later') return
    this.#queue.delete(macKey(mac))
    const fields = { mac: formatMac(mac), interface: on }
    if (outcome?.kind === 'appended') {
      this.#times = [...this.#times, this.#parts.clock.now()]
      const { number: node, line } = outcome
      const remedy = `kickback set node ${node} --class CLASS approves it`
      this.#parts.log.warn(
        { node, ...fields, line },
        `an unknown machine became a node, which is unapproved: ${remedy}`,
      )
    } else if (outcome?.kind === 'full') {
      const remedy = 'add addresses and numbers, or write nodeassign locked'
      this.#tell(fields, `no number is left for unknown machines: ${remedy}`)
    } else if (outcome?.kind === 'refused')
      this.#tell({ ...fields, reason: outcome.reason }, 'lines for unknown machines are not added')
  }

  /** Machines ask again and again. */
  #tell(fields: Readonly<Record<string, string>>, message: string): void {
    const times = this.#trouble.times()
    if (times !== undefined) this.#parts.log.error({ ...fields, ...(times > 1 && { others: times - 1 }) }, message)
  }
}

/** The numbers of the nodes that are connected, in steps: look-ups do not wait until all of a large cluster were looked at. */
function* connected(nodes: Cluster['nodes'], isUp: AppenderParts['isUp']): Steps<readonly number[]> {
  const numbers: number[] = []
  yield* each(nodes, ({ number, addresses }) => {
    if (isUp(addresses)) numbers.push(number)
  })
  return numbers
}
