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

/** The pool. What is asked beyond its bounds is late at once. */
export class ServicePool {
  readonly #options: PoolOptions
  readonly #children = new Set<ServiceChild>()
  readonly #idle: ServiceChild[] = []
  readonly #waiting: (() => void)[] = []
  /** How many questions have a process, or are about to. */
  #taken = 0
  #isClosed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Asks one service. Never rejects. The deadline, in milliseconds, counts from when a process is free. */
  async ask(question: ServiceQuestion, deadline: number): Promise<ServiceReply> {
    const { children = CHILDREN, waiting = WAITING } = this.#options
    if (this.#taken < children) this.#taken++
    else if (this.#waiting.length >= waiting) return { status: 'late', lines: [] }
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const reply = this.#isClosed ? BROKEN : await this.#asked(question, deadline)
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken--
    next?.()
    return reply
  }

  /** Ends all processes; what is under way is broken. */
  close(): void {
    this.#isClosed = true
    for (const child of this.#children) child.close()
    for (const resolve of this.#waiting.splice(0)) resolve()
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
