/** A daemon on a machine, and who starts it again when it ends: the part of systemd. */
import { until } from '../../patience.ts'
import type { Machine } from '../machine.ts'

/** How long after its end a daemon is started again, in milliseconds: the units have two seconds, here less happens meanwhile. */
const RESTART = 200
/** How much of its log is kept, in characters. */
const LOG_MAX = 60_000
/** How long a daemon may take to end in good order, in milliseconds: what a loaded machine needs. */
const END_PATIENCE = 90_000

/** One daemon. */
export class Service {
  readonly #machine: Machine
  readonly #command: () => readonly string[]
  #child: ReturnType<Machine['start']> | undefined
  #isWanted = false
  /** Whether this end was asked for. */
  #isAsked = false
  #log = ''
  /** How it ended without being asked: a line for each time. */
  readonly ends: string[] = []

  /** Not started yet. `command`: its words at each start. */
  constructor(machine: Machine, command: () => readonly string[]) {
    this.#machine = machine
    this.#command = command
  }

  /** Whether it is to run. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  /** The number of its process; 0 while it has none. */
  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** The end of what it has logged. */
  get log(): string {
    return this.#log
  }

  /** Starts it if it does not run. */
  start(): void {
    this.#isWanted = true
    if (this.#child === undefined) this.#spawn()
  }

  /** Stops it in good order, as systemctl does, and waits for its end. */
  async stop(): Promise<void> {
    this.#isWanted = false
    this.#signal('SIGTERM')
    this.thaw()
    await this.#ended()
  }

  /** Kills it, and leaves it off. */
  async cutOff(): Promise<void> {
    this.#isWanted = false
    this.kill()
    await this.#ended()
  }

  /** Kills it; it is started again. */
  kill(): void {
    this.#signal('SIGKILL')
  }

  /** Stops its processors. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  /** The opposite of `freeze`. */
  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  #signal(signal: NodeJS.Signals): void {
    this.#isAsked = true
    this.#child?.kill(signal)
  }

  async #ended(): Promise<void> {
    await until(() => this.#child === undefined, `the daemon of ${this.#machine.name} ends`, END_PATIENCE)
  }

  #spawn(): void {
    const [command = '', ...words] = this.#command()
    const child = this.#machine.start(command, ...words)
    this.#child = child
    this.#isAsked = false
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        this.#log = (this.#log + bytes.toString()).slice(-LOG_MAX)
      })
    child.once('exit', (code, signal) => this.#exited(code ?? signal))
  }

  #exited(how: number | string | null): void {
    this.#child = undefined
    if (!this.#isAsked) {
      const last = this.#log.trimEnd().split('\n').slice(-5).join(' | ')
      this.ends.push(`the daemon of ${this.#machine.name} ended by itself with ${how}: ${last}`)
    }
    if (!this.#isWanted) return
    setTimeout(() => {
      if (this.#isWanted && this.#child === undefined) this.#spawn()
    }, RESTART).unref()
  }
}
