/**
 * Asks a group of servers on behalf of clients: in order, those that fail last. Equal questions that come at the same time are
 * asked once. Everything is bounded: for each client, for each server, and in all.
 */
import {
  type Address,
  addressKey,
  type Clock,
  type Endpoint,
  handlers,
  inBatches,
  isLoopback,
} from '../../values/index.ts'
import { RCODE } from '../wire/dns2.ts'
import { byteAt, RCODE_BITS } from '../wire/header.ts'
import { Failures } from './failures.ts'
import { Flight, type Outcome } from './flight.ts'
import { type Client, isOneOf } from './own-servers.ts'
import { forwardedQuestion, type Question } from './question.ts'
import { type ClientNeeds, clientReply } from './reply.ts'

/** The bounds of forwarding. */
export interface ForwardLimits {
  /** How many different questions are under way at once. */
  readonly inFlight: number
  /** How many requests of one client wait for a reply; loopback is one client. */
  readonly perClient: number
  /** How many requests of all clients wait for a reply. */
  readonly waiting: number
  /** How many questions one server is asked at once. */
  readonly perServer: number
  /** How long a server may be silent until the next one is asked, in milliseconds. */
  readonly patience: number
  /**
   * How many times servers are asked for one question; `tries` times `patience` is all the time there is: a stub resolver
   * waits 5 s.
   */
  readonly tries: number
  /** How long a server that failed is asked after the others, in milliseconds. */
  readonly rest: number
  /** How many failed questions are remembered, and for how long, in milliseconds. */
  readonly failures: number
  readonly failureKept: number
}

/** The bounds that are used unless a test wants others. */
export const FORWARD_LIMITS: ForwardLimits = {
  inFlight: 1024,
  perClient: 128,
  waiting: 4096,
  perServer: 512,
  patience: 1500,
  tries: 3,
  rest: 10_000,
  failures: 4096,
  failureKept: 5000,
}

/** How many requests get the outcome of one question in one turn of the event loop. */
const TOLD_BATCH = 64

/** A question under way, and who waits for its outcome. */
interface Awaited {
  readonly flight: Flight
  readonly waiters: ((outcome: Outcome) => void)[]
}

/** A group of servers that know the same. */
export class Forwarder {
  readonly #servers: readonly Endpoint[]
  readonly #clock: Clock
  readonly #limits: ForwardLimits
  readonly #failures: Failures
  /** Until when each server rests. */
  readonly #rests = new Map<Endpoint, number>()
  /** How many questions each server has at the moment. */
  readonly #open = new Map<Endpoint, number>()
  /** By the question's key. */
  readonly #flights = new Map<string, Awaited>()
  readonly #waiting = new Map<string, number>()
  #allWaiting = 0
  /** Servers that are not asked: they are this server itself. */
  #own: ReadonlySet<Endpoint> = new Set()
  /** Addresses of this machine, which its programs share. */
  #local: readonly Address[] = []

  constructor(servers: readonly Endpoint[], clock: Clock, limits: ForwardLimits = FORWARD_LIMITS) {
    this.#servers = servers
    this.#clock = clock
    this.#limits = limits
    this.#failures = new Failures(limits.failures, limits.failureKept, () => clock.now())
  }

  /** Does not ask `own` any more, which are this server itself; `local` are the addresses of the machine. */
  exclude(own: ReadonlySet<Endpoint>, local: readonly Address[]): void {
    this.#own = own
    this.#local = local
  }

  /**
   * The reply for a client's query, or the code if there is none: no server could answer, or too many questions are under
   * way.
   */
  async ask(needs: ClientNeeds, client: Client): Promise<Buffer | number> {
    const question = forwardedQuestion(needs.query)
    const awaited = this.#flights.get(question.key)
    // A server asks for the same as it was asked: neither can find an answer.
    if (awaited !== undefined && isOneOf(awaited.flight.asked, client, this.#local)) return RCODE.SERVFAIL
    const failed = awaited === undefined ? this.#failures.rcodeOf(question.key) : undefined
    if (failed !== undefined) return failed
    const key = isLoopback(client.address) ? 'loopback' : addressKey(client.address)
    if (!this.#mayWait(key, awaited !== undefined)) return RCODE.SERVFAIL
    this.#count(key, 1)
    const outcome = await new Promise<Outcome>((resolve) => {
      if (awaited === undefined) this.#start(question, resolve)
      else awaited.waiters.push(resolve)
    })
    this.#count(key, -1)
    if ('rcode' in outcome) return outcome.rcode
    return clientReply(outcome.reply, needs) ?? RCODE.SERVFAIL
  }

  #mayWait(key: string, isAsked: boolean): boolean {
    const { waiting, perClient, inFlight } = this.#limits
    if (this.#allWaiting >= waiting || (this.#waiting.get(key) ?? 0) >= perClient) return false
    return isAsked || (this.#flights.size < inFlight && this.#inOrder().length > 0)
  }

  #count(key: string, more: number): void {
    this.#allWaiting += more
    const left = (this.#waiting.get(key) ?? 0) + more
    if (left === 0) this.#waiting.delete(key)
    else this.#waiting.set(key, left)
  }

  /** Asks on behalf of the first who waits. */
  #start(question: Question, first: Awaited['waiters'][number]): void {
    const { patience, tries, rest } = this.#limits
    const flight = new Flight(question, {
      clock: this.#clock,
      order: () => this.#inOrder(),
      patience,
      tries,
      onAsked: (server) => this.#open.set(server, (this.#open.get(server) ?? 0) + 1),
      onEnded: (server) => this.#open.set(server, (this.#open.get(server) ?? 0) - 1),
      onJudged: (server, helps) => {
        if (helps) this.#rests.delete(server)
        else this.#rests.set(server, this.#clock.now() + rest)
      },
    })
    const awaited: Awaited = { flight, waiters: [first] }
    this.#flights.set(question.key, awaited)
    const ended = (outcome: Outcome): void => this.#ended(question.key, awaited, outcome)
    const giveUp = (): void => ended({ rcode: RCODE.SERVFAIL })
    handlers.float('forward outcome', async () => ended(await flight.outcome), giveUp)
  }

  /** Tells those who wait, but not all at once: each reply costs as much as an answer of ours. */
  #ended(key: string, { waiters }: Awaited, outcome: Outcome): void {
    this.#flights.delete(key)
    inBatches(waiters, TOLD_BATCH, (tell) => tell(outcome))
    if ('rcode' in outcome) this.#failures.remember(key, outcome.rcode)
    else if (outcome.isFailure) this.#failures.remember(key, byteAt(outcome.reply, 3) & RCODE_BITS)
  }

  /** The servers that may be asked, in their order, those that rest last. */
  #inOrder(): Endpoint[] {
    const now = this.#clock.now()
    const able = this.#servers.filter(
      (server) => !this.#own.has(server) && (this.#open.get(server) ?? 0) < this.#limits.perServer,
    )
    const rests = (server: Endpoint): boolean => (this.#rests.get(server) ?? 0) > now
    return [...able.filter((server) => !rests(server)), ...able.filter(rests)]
  }
}
