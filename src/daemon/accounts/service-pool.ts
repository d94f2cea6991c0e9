/** The processes that ask this machine's own name service: a few, so that one service that hangs holds up no other question for long. */
import { type Clock, messageOf } from '../../values/index.ts'
import { ServiceChild, type ServiceQuestion, type ServiceReply } from './service-child.ts'

/** What a pool is made of. */
interface PoolOptions {
  /** The path of the program of each process. */
  readonly program: () => string
  readonly clock: Clock
  /** How many processes there are at most; each is started when it is needed. */
  readonly children?: number
  /** How many questions wait for a process at most. */
  readonly waiting?: number
}

const CHILDREN = 8
const WAITING = 256

const BROKEN: ServiceReply = { status: 'broken', lines: [] }

/** What is asked of a pool. */
export type ServicePoolDoor = Pick<ServicePool, 'ask'>

/** A question that waits for a process, of an asker. */
interface Waiting {
  readonly asker: string
  readonly go: () => void
}

/** Who asks where nobody else does: this master itself, for its listings. No address is called so, and no source of local questions. */
const ITSELF = 'this master itself'

/** The pool. What is asked beyond its bounds is late at once. One asker has half of the processes at most. */
export class ServicePool {
  readonly #options: PoolOptions
  readonly #children = new Set<ServiceChild>()
  readonly #idle: ServiceChild[] = []
  readonly #waiting: Waiting[] = []
  /** How many questions of each asker have a process, or are about to. */
  readonly #running = new Map<string, number>()
  #isClosed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Asks one service for an asker. Never rejects. The deadline, in milliseconds, counts from when a process is free. */
  async ask(question: ServiceQuestion, deadline: number, asker: string = ITSELF): Promise<ServiceReply> {
    const { waiting = WAITING } = this.#options
    if (this.#mayRun(asker)) this.#enter(asker)
    else if (this.#waiting.length >= waiting) return { status: 'late', lines: [] }
    else await new Promise<void>((go) => this.#waiting.push({ asker, go }))
    const reply = this.#isClosed ? BROKEN : await this.#asked(question, deadline)
    this.#leave(asker)
    return reply
  }

  /** Ends all processes; what is under way is broken. */
  close(): void {
    this.#isClosed = true
    for (const child of this.#children) child.close()
    for (const { asker, go } of this.#waiting.splice(0)) {
      this.#enter(asker)
      go()
    }
  }

  /** Whether there is a process for one more question of an asker. */
  #mayRun(asker: string): boolean {
    const { children = CHILDREN } = this.#options
    const running = this.#running.get(asker) ?? 0
    const all = [...this.#running.values()].reduce((sum, each) => sum + each, 0)
    return all < children && (asker === ITSELF || running < Math.ceil(children / 2))
  }

  #enter(asker: string): void {
    this.#running.set(asker, (this.#running.get(asker) ?? 0) + 1)
  }

  /** A process is free: for the first question of the asker that has the fewest. */
  #leave(asker: string): void {
    const left = (this.#running.get(asker) ?? 1) - 1
    if (left === 0) this.#running.delete(asker)
    else this.#running.set(asker, left)
    const able = this.#waiting.filter((one) => this.#mayRun(one.asker))
    const runningOf = (one: Waiting): number => this.#running.get(one.asker) ?? 0
    const [first, ...others] = able
    if (first === undefined) return
    const next = others.reduce((best, one) => (runningOf(one) < runningOf(best) ? one : best), first)
    this.#waiting.splice(this.#waiting.indexOf(next), 1)
    this.#enter(next.asker)
    next.go()
  }

  async #asked(question: ServiceQuestion, deadline: number): Promise<ServiceReply> {
    try {
      const child = this.#free()
      const reply = await child.ask(question, deadline)
      if (child.isEnded) this.#children.delete(child)
      else this.#idle.push(child)
      return reply
    } catch (error) {
      return { ...BROKEN, reason: messageOf(error) }
    }
  }

  #free(): ServiceChild {
    for (let child = this.#idle.pop(); child !== undefined; child = this.#idle.pop()) {
      if (!child.isEnded) return child
      this.#children.delete(child)
    }
    const { program, clock } = this.#options
    const child = new ServiceChild(program(), clock)
    this.#children.add(child)
    return child
  }
}
