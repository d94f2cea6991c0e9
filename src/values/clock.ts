/** Time as all stages see it: a clock that only grows, the wall clock, and turns of the event loop. The only file that asks Node for them. */
import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'

/** A clock for deadlines and timers. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number
  /** Calls `then` once, `ms` from now. The function that comes back calls it off. */
  after(ms: number, then: () => void): () => void
}

/** Timers of this length and more get a length of their own, in milliseconds, and of so many there are no two of one length. */
const [LONG, LENGTHS] = [10_000, 97]
let lengths = 0

/**
 * Node keeps timers of one length in one list, and wakes the loop when the first of a list would have ended, although it was called off and those that came after it end later. The
 * list of a timer that has its length alone goes with it. A long timer is late by less than a tenth of a second for this.
 */
function ofItsOwn(ms: number): number {
  if (ms < LONG) return ms
  lengths = (lengths + 1) % LENGTHS
  return ms + lengths
}

/** The machine's monotonic clock (CLOCK_MONOTONIC). */
export const monotonic: Clock = {
  now: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ofItsOwn(ms))
    return () => clearTimeout(timer)
  },
}

/** The same clock for a daemon's own chores: a timer that waits does not keep the process alive. */
export const background: Clock = {
  now: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ofItsOwn(ms)).unref()
    // Node keeps the empty list of one that does not keep the process alive, and wakes the loop for it.
    return () => clearTimeout(timer.ref())
  },
}

/** How much later than asked for a chore may come, in milliseconds, where that is no more than it was to wait. */
export const CHORE_SLACK = 12_000
/** A chore whose time comes so soon is done along with what woke the process, in parts of its wait. */
const CHORE_EARLY = 0.1

/**
 * A clock for chores that nobody waits for: each comes when the process is awake anyway (`stir`) about its time or after, or CHORE_SLACK
 * after its time. So that a machine which has nothing to do is not woken for them: the jobs of a cluster run tightly coupled.
 */
export class ChoreClock implements Clock {
  readonly #clock: Clock
  readonly #waiting = new Map<object, { readonly due: number; readonly run: () => void }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  after(ms: number, then: () => void): () => void {
    const chore = {}
    const cancelTimer = this.#clock.after(ms + Math.min(ms, CHORE_SLACK), () => run())
    const cancel = (): void => {
      this.#waiting.delete(chore)
      cancelTimer()
    }
    const run = (): void => {
      cancel()
      then()
    }
    this.#waiting.set(chore, { due: this.now() + ms * (1 - CHORE_EARLY), run })
    return cancel
  }

  /** The process is awake: what is due is done. */
  stir(): void {
    const now = this.now()
    for (const [chore, { due, run }] of [...this.#waiting]) if (due <= now && this.#waiting.has(chore)) run()
  }
}

/** The chores of this process. */
export const chores = new ChoreClock(background)

/** How often timers that were called off are forgotten at most, and how long the shortest timer is, in milliseconds. */
const [FORGOTTEN_EVERY, SHORTEST] = [5_000, 1]
/** How often a loop goes round between two looks at the clock: some tens of microseconds. */
const BETWEEN_LOOKS = 10_000

/** Forgets timers that were called off: see `forget`. One for each process. */
export class CalledOff {
  readonly #clock: Clock
  #last = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Has the event loop wait for the next timer that still runs. Node tells its loop of a timer that ends sooner than all others, and not of one that was called off: the
   * loop would wake the machine when that would have ended. It sets the time anew only when a timer ends. So one ends here, in the turn of the loop after this one; the
   * millisecond that it takes passes before (two, since the loop may count by a clock that is behind by one), so that the process does not sleep and is not woken for it.
   */
  forget(): void {
    const now = this.#clock.now()
    if (now - this.#last < FORGOTTEN_EVERY) return
    this.#last = now
    this.#clock.after(SHORTEST, () => {})
    // A look at the clock makes garbage, whose collection would wake other threads.
    while (this.#clock.now() - now < 2 * SHORTEST) for (let i = 0; i < BETWEEN_LOOKS; i++);
  }
}

/** The timers of this process that were called off. */
export const calledOff = new CalledOff(background)

/** The time since the boot of this machine, in which it was suspended too: for what has to be told from one process to the next. */
export interface BootClock {
  /** Milliseconds since the boot; never goes back. */
  now(): number
  /** Which boot it is: another one has another text. Empty where the system does not tell. */
  readonly boot: string
}

/** The machine's boot clock (CLOCK_BOOTTIME), and its boot (proc_sys_kernel(5), random/boot_id). */
export const bootClock: BootClock = {
  now: () => uptime() * 1000,
  get boot() {
    try {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    } catch {
      return ''
    }
  },
}

/** CLOCK_MONOTONIC in microseconds since its own beginning, as the service manager compares it (sd_notify(3)). */
export function monotonicMicroseconds(): bigint {
  return process.hrtime.bigint() / 1000n
}

/** Milliseconds since 1970 by the wall clock, which may be put forward and back: for what people read and files keep. */
export type WallClock = () => number

/** The machine's wall clock (CLOCK_REALTIME). */
export const wallClock: WallClock = () => Date.now()

const DAY_MS = 86_400_000

/** The day of a moment of the wall clock, in days since 1970, as shadow(5) counts days. */
export function dayOf(moment: number): number {
  return Math.floor(moment / DAY_MS)
}

/** Runs something soon, after other work of the event loop that waits. */
export type Defer = (work: () => void) => void

/** Defers work to the event loop's next turn. */
export const defer: Defer = (work) => {
  setImmediate(work)
}

/** Resolves after other work of the event loop that waits. */
export function othersTurn(): Promise<void> {
  return turn()
}

/** Seconds since the start in which the event loop of this thread had work, and in which it waited. */
export function loopTimes(): { readonly active: number; readonly idle: number } {
  const { active, idle } = performance.eventLoopUtilization()
  return { active: active / 1000, idle: idle / 1000 }
}
