/** A process that asks services of this machine's own name service, one question at a time: their modules may hang, and are killed then. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { type Clock, handlers } from '../../values/index.ts'

/** What can be asked: a listing of a database, one entry by name or id, or the gids of a user. */
export type QuestionKind = 'passwd' | 'group' | 'passwd-name' | 'passwd-id' | 'group-name' | 'group-id' | 'initgroups'

/** A question to one service. The key, if the kind has one, is a byte string without newlines. */
export interface ServiceQuestion {
  readonly service: string
  readonly kind: QuestionKind
  readonly key?: string
}

/**
 * How a service answered, as its module says it (nss(5)); `missing`: there is no such module, or it cannot do that. `late`: it did not
 * answer by the deadline and was killed; `broken`: the process ended without an answer.
 */
type ServiceStatus = 'found' | 'absent' | 'tryagain' | 'unavail' | 'missing' | 'late' | 'broken'

/** The answer of a service. */
export interface ServiceReply {
  readonly status: ServiceStatus
  /** Entries as lines of passwd(5) and group(5), or gids: byte strings. They count only as far as the status says. */
  readonly lines: readonly string[]
  /** Why no process could be asked, where that is known. */
  readonly reason?: string
}

/** The program, built from name-service.c: package.json says where it lies. */
const PROGRAM = '#name-service'
/** The last line of an answer, which alone has no blank before it. It is short, so the end of the output shows it. */
const END = /(?:^|\n)(found|absent|tryagain|unavail|missing)\n$/
const END_BYTES = 16
/** The most that is read of one answer, in bytes: beyond it the process counts as broken. */
const REPLY_MAX = 512 * 1024 * 1024

/** The path of the program. Throws if it was not built. */
export function nameServiceProgram(): string {
  return createRequire(import.meta.url).resolve(PROGRAM)
}

/** One such process. It ends with the question that is not answered in time. */
export class ServiceChild {
  readonly #process: ChildProcess
  readonly #clock: Clock
  #chunks: Buffer[] = []
  #bytes = 0
  #resolve: ((reply: ServiceReply) => void) | undefined
  #cancel: (() => void) | undefined
  #isEnded = false

  constructor(program: string, clock: Clock) {
    this.#clock = clock
    this.#process = spawn(program, { stdio: ['pipe', 'pipe', 'ignore'] })
    const ended = (): void => this.#end('broken')
    const { stdin, stdout } = this.#process
    stdout?.on(
      'data',
      handlers.guard('name service reply', (chunk: Buffer) => this.#take(chunk), ended),
    )
    for (const emitter of [this.#process, stdin, stdout])
      emitter?.on('error', handlers.guard('name service end', ended))
    this.#process.on('close', handlers.guard('name service end', ended))
  }

  /** Whether it can be asked no more. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Asks; only after the answer to the question before. Never rejects. `deadline` is in milliseconds from now. */
  ask({ service, kind, key }: ServiceQuestion, deadline: number): Promise<ServiceReply> {
    return new Promise((resolve) => {
      if (this.#isEnded) return resolve({ status: 'broken', lines: [] })
      this.#resolve = resolve
      const late = (): void => this.#end('late')
      this.#cancel = this.#clock.after(deadline, handlers.guard('name service deadline', late, late))
      this.#process.stdin?.write(
        Buffer.from(`${[service, kind, ...(key === undefined ? [] : [key])].join(' ')}\n`, 'latin1'),
      )
    })
  }

  /** Ends the process. */
  close(): void {
    this.#end('broken')
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const [, status] = END.exec(this.#tail()) ?? []
    if (this.#bytes > REPLY_MAX) this.#end('broken')
    if (status === undefined) return
    const lines = Buffer.concat(this.#chunks).toString('latin1').split('\n').slice(0, -2)
    this.#answer({ status: status as ServiceStatus, lines: lines.map((line) => line.slice(1)) })
  }

  /** The last bytes that were read: chunks may be of any size. */
  #tail(): string {
    let tail = ''
    for (let i = this.#chunks.length - 1; i >= 0 && tail.length < END_BYTES; i--)
      tail = (this.#chunks[i]?.subarray(-END_BYTES).toString('latin1') ?? '') + tail
    return tail
  }

  #answer(reply: ServiceReply): void {
    const resolve = this.#resolve
    this.#cancel?.()
    this.#chunks = []
    this.#bytes = 0
    this.#resolve = undefined
    resolve?.(reply)
  }

  #end(status: 'late' | 'broken'): void {
    if (!this.#isEnded) this.#process.kill('SIGKILL')
    this.#isEnded = true
    this.#answer({ status, lines: [] })
  }
}
