/** The answers of the name service that are kept, found and not found, within bounds. */

/** What is known of an account: its record; that there is none; or that nobody could tell. */
export type AccountAnswer = Uint8Array | 'absent' | 'unknown'

/** An answer, and until when it counts, in milliseconds of the clock. */
interface Kept {
  readonly answer: AccountAnswer
  /** Until then nobody is asked again. */
  readonly fresh: number
  /** Until then it is given while a new answer is awaited, or where none can be had. */
  readonly until: number
  /** Whether an administrator asked for a look: then a negative answer removes it. */
  readonly isDoubted: boolean
}

/** How long answers count, in milliseconds. A record that was found is given for a day, whatever is heard meanwhile. */
const TIMES = { fresh: 60_000, until: 24 * 60 * 60 * 1000, absent: 15_000, unknown: 1000, retry: 5000 } as const
/** How many answers are kept at most, and how many bytes of records. Negative ones push out no record. */
const BOUNDS = { found: 16_384, others: 4096, bytes: 64 * 1024 * 1024 } as const

/** The answers, by the name of the question. */
export class AnswersKept {
  readonly #found = new Map<string, Kept>()
  readonly #others = new Map<string, Kept>()
  #bytes = 0

  /** What is kept of a question and may still be given; `isFresh` says whether nobody needs to be asked. */
  get(name: string, now: number): { answer: AccountAnswer; isFresh: boolean; isDoubted: boolean } | undefined {
    const kept = this.#found.get(name) ?? this.#others.get(name)
    if (kept === undefined || now >= kept.until) return undefined
    return { answer: kept.answer, isFresh: now < kept.fresh, isDoubted: kept.isDoubted }
  }

  /** Takes a new answer, and gives what counts from now on: a negative answer removes no record, nor does an outage. */
  take(name: string, answer: AccountAnswer, now: number): AccountAnswer {
    const before = this.#found.get(name)
    if (answer instanceof Uint8Array) {
      this.#forget(name)
      this.#found.set(name, { answer, fresh: now + TIMES.fresh, until: now + TIMES.until, isDoubted: false })
      this.#bytes += answer.length
      this.#shrink()
      return answer
    }
    if (before !== undefined && now < before.until && !(before.isDoubted && answer === 'absent')) {
      this.#found.set(name, { ...before, fresh: now + TIMES.retry })
      return before.answer
    }
    this.#forget(name)
    const until = now + TIMES[answer]
    this.#others.set(name, { answer, fresh: until, until, isDoubted: false })
    for (const oldest of this.#others.keys()) if (this.#others.size > BOUNDS.others) this.#others.delete(oldest)
    return answer
  }

  /** Each record is to be looked for again: a negative answer removes it then. */
  doubt(): void {
    for (const [name, kept] of this.#found) this.#found.set(name, { ...kept, fresh: 0, isDoubted: true })
    this.#others.clear()
  }

  #forget(name: string): void {
    const kept = this.#found.get(name)
    if (kept?.answer instanceof Uint8Array) this.#bytes -= kept.answer.length
    this.#found.delete(name)
    this.#others.delete(name)
  }

  #shrink(): void {
    for (const oldest of this.#found.keys()) {
      if (this.#found.size <= BOUNDS.found && this.#bytes <= BOUNDS.bytes) return
      this.#forget(oldest)
    }
  }
}
