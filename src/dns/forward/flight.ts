/**
 * A question under way. The servers are asked one after the other: the next one at once where a server can't help, and where
 * one is silent for a while. Servers that were asked may still answer until the end: the first answer is used.
 */
import { type Clock, type Endpoint, handlers } from '../../values/index.ts'
import { RCODE } from '../wire/dns2.ts'
import { byteAt, QDCOUNT, RCODE_BITS, u16At } from '../wire/header.ts'
import type { Question } from './question.ts'
import { readReply } from './reply.ts'
import { askServer } from './upstream.ts'

/** The result of a question: a reply, or only a code. */
export type Outcome = { readonly reply: Buffer; readonly isFailure: boolean } | { readonly rcode: number }

/** How a question is asked. */
export interface FlightPlan {
  readonly clock: Clock
  /** The servers that may be asked now, in order. */
  readonly order: () => readonly Endpoint[]
  /** How long a server may be silent until the next one is asked, in milliseconds. */
  readonly patience: number
  /** How many times servers are asked at most; the question ends after so many times `patience`. */
  readonly tries: number
  /** Called when a server is asked, when that has ended, and whether it helped or was silent for too long. */
  readonly onAsked: (server: Endpoint) => void
  readonly onEnded: (server: Endpoint) => void
  readonly onJudged: (server: Endpoint, helps: boolean) => void
}

/** One question under way. */
export class Flight {
  /** Its result. Never rejects. */
  readonly outcome: Promise<Outcome>
  readonly #question: Question
  readonly #plan: FlightPlan
  readonly #cancel = new AbortController()
  /** How often each server was asked. */
  readonly #asked = new Map<Endpoint, number>()
  readonly #failed = new Set<Endpoint>()
  #tries = 0
  #open = 0
  #last: Outcome = { rcode: RCODE.SERVFAIL }
  #stopWaiting: () => void = () => {}
  #stopLasting: () => void
  #finish: (outcome: Outcome) => void = () => {}

  constructor(question: Question, plan: FlightPlan) {
    this.#question = question
    this.#plan = plan
    this.outcome = new Promise((resolve) => {
      this.#finish = resolve
    })
    const end = handlers.guard(
      'forward end',
      () => this.#cancel.abort(),
      () => this.#settle(this.#last),
    )
    this.#stopLasting = plan.clock.after(plan.patience * plan.tries, end)
    this.#askNext()
  }

  /** The servers that were asked so far. */
  get asked(): Iterable<Endpoint> {
    return this.#asked.keys()
  }

  /** Asks the server that was asked least of those that did not fail; ends if there is none and no reply to wait for. */
  #askNext(): void {
    this.#stopWaiting()
    const server = this.#tries < this.#plan.tries ? this.#choice() : undefined
    if (server === undefined) {
      if (this.#open === 0) this.#settle(this.#last)
      return
    }
    const giveUp = (): void => this.#settle(this.#last)
    const next = handlers.guard('forward wait', () => this.#impatient(server), giveUp)
    this.#stopWaiting = this.#plan.clock.after(this.#plan.patience, next)
    handlers.float('forward answer', () => this.#ask(server), giveUp)
  }

  #choice(): Endpoint | undefined {
    const able = this.#plan.order().filter((server) => !this.#failed.has(server))
    const times = (server: Endpoint): number => this.#asked.get(server) ?? 0
    return able.sort((a, b) => times(a) - times(b))[0]
  }

  #impatient(server: Endpoint): void {
    this.#plan.onJudged(server, false)
    this.#askNext()
  }

  async #ask(server: Endpoint): Promise<void> {
    this.#tries++
    this.#open++
    this.#asked.set(server, (this.#asked.get(server) ?? 0) + 1)
    this.#plan.onAsked(server)
    try {
      const reply = await askServer(server, this.#question, this.#cancel.signal)
      this.#open--
      this.#heard(server, reply)
    } finally {
      this.#plan.onEnded(server)
    }
  }

  #heard(server: Endpoint, reply: Buffer | undefined): void {
    const outcome = reply && outcomeOf(reply)
    if (outcome !== undefined && 'reply' in outcome && !outcome.isFailure) {
      this.#plan.onJudged(server, true)
      this.#settle(outcome)
      return
    }
    this.#last = outcome ?? this.#last
    if (this.#cancel.signal.aborted) {
      if (this.#open === 0) this.#settle(this.#last)
      return
    }
    this.#failed.add(server)
    this.#plan.onJudged(server, false)
    this.#askNext()
  }

  #settle(outcome: Outcome): void {
    this.#stopWaiting()
    this.#stopLasting()
    this.#finish(outcome)
    this.#cancel.abort()
  }
}

/** What a reply says: an answer, or that this server can't help. One that is not well-formed says nothing. */
function outcomeOf(reply: Buffer): Outcome {
  const read = readReply(reply)
  if (read === undefined) return { rcode: RCODE.SERVFAIL }
  const rcode = byteAt(reply, 3) & RCODE_BITS
  if (u16At(reply, QDCOUNT) !== 1) return { rcode: rcode === RCODE.REFUSED ? rcode : RCODE.SERVFAIL }
  return { reply, isFailure: FAILURES.has(rcode) }
}

/** The codes by which a server says that it can't help; another one may. */
const FAILURES: ReadonlySet<number> = new Set([RCODE.FORMERR, RCODE.SERVFAIL, RCODE.NOTIMP, RCODE.REFUSED])
