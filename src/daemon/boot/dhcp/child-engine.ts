/** dnsmasq as a child of this process: started, started again where it ends, and ended where this process is killed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Backoff } from '../../../kickback/index.ts'
import { type Clock, handlers, type Log, messageOf, printable, sleep, type WallClock } from '../../../values/index.ts'
import type { Engine, EngineState } from './engine.ts'

/** How long it may take to end, in milliseconds; then it is killed. */
const END_DEADLINE = 2000
/** How long it has to run until it counts as steady, in milliseconds. */
const STEADY = 10_000
/** The waits before it is started again, in milliseconds. */
const WAITS = { first: 200, longest: 30_000 }
/** How much of what it says last is kept, in characters. */
const SAID_MAX = 300
/** The exit code of a shell that finds no such program (POSIX, 2.8.2). */
const NOT_FOUND = 127
/**
 * Becomes the program of the words after the first, with a keeper beside it that ends it when descriptor 3 ends: the other end is in this
 * process alone. PR_SET_PDEATHSIG would be lost when dnsmasq changes its user (prctl(2)). The keeper outlives signals to the group
 * of a terminal, and ends no other program that got the number meanwhile: one that lacks the first word.
 */
const KEPT = `word=$1; shift
(trap '' INT TERM HUP
while read -r _; do :; done <&3
grep -qsaF -e "$word" "/proc/$$/cmdline" && kill -KILL $$) >/dev/null 2>&1 &
exec "$@" 3<&-`

/** What a child is made with. */
interface ChildEngineParts {
  /** Its main file, and the file in which it writes its process id. */
  readonly main: string
  readonly pid: string
  readonly log: Pick<Log, 'info' | 'error'>
  readonly clock: Clock
  readonly wallClock: WallClock
  readonly random?: () => number
  /** The program; tests have others. */
  readonly program?: string
}

/** dnsmasq as a child. */
export class ChildEngine implements Engine {
  readonly #parts: ChildEngineParts
  readonly #backoff: Backoff
  readonly #closed = new AbortController()
  #child: ChildProcess | undefined
  #restarts = 0
  /** Seconds since 1970: when it was started, and since when it has not run for long. */
  #started: number | undefined
  #failing: number | undefined
  #reason: string | undefined
  #ended: EngineState['ended']
  #running: Promise<void> | undefined
  #isWanted = false

  constructor(parts: ChildEngineParts) {
    this.#parts = parts
    this.#backoff = new Backoff({ ...WAITS, random: parts.random ?? Math.random })
  }

  get state(): EngineState {
    const pid = this.#child?.pid
    const since = pid === undefined ? this.#failing : this.#started
    return { by: 'child', pid, since, restarts: this.#restarts, reason: this.#reason, ended: this.#ended }
  }

  async restart(): Promise<void> {
    if (this.#running === undefined) {
      endLeftOver(this.#parts)
      this.#running = new Promise((resolve) => {
        const run = (): Promise<void> => this.#run().finally(resolve)
        handlers.float('DHCP server', run, () => resolve())
      })
      return
    }
    this.#isWanted = true
    this.#child?.kill('SIGTERM')
  }

  async hangup(): Promise<void> {
    this.#child?.kill('SIGHUP')
  }

  async look(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed.abort()
    const child = this.#child
    child?.kill('SIGTERM')
    const ended = new AbortController()
    const kill = async (): Promise<void> => {
      await sleep(this.#parts.clock, END_DEADLINE, ended.signal)
      if (!ended.signal.aborted) child?.kill('SIGKILL')
    }
    await Promise.race([this.#running, kill()])
    await this.#running
    ended.abort()
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts
    while (!this.#closed.signal.aborted) {
      const began = clock.now()
      const reason = await this.#once()
      if (this.#closed.signal.aborted) return
      if (this.#isWanted) {
        this.#isWanted = false
        continue
      }
      this.#restarts++
      this.#reason = reason
      this.#ended = { text: reason, time: this.#seconds() }
      const wasSteady = clock.now() - began > STEADY
      if (wasSteady) this.#backoff.reset()
      // Of one that ends again and again, the first end counts.
      this.#failing = wasSteady ? this.#seconds() : (this.#failing ?? this.#seconds())
      log.error(
        { reason, restarts: this.#restarts },
        'dnsmasq ended: no machine gets an address until it runs again; it is started again',
      )
      await sleep(clock, this.#backoff.next(), this.#closed.signal)
      // Who wanted it started again meanwhile has that now.
      this.#isWanted = false
    }
  }

  #seconds(): number {
    return Math.floor(this.#parts.wallClock() / 1000)
  }

  /** Runs it once; why it ended. */
  async #once(): Promise<string> {
    const { main, program = 'dnsmasq' } = this.#parts
    const word = `--conf-file=${main}`
    const stdio = ['ignore', 'ignore', 'pipe', 'pipe'] as const
    const child = spawn('/bin/sh', ['-c', KEPT, 'sh', word, program, word], { stdio: [...stdio] })
    const { stderr } = child
    this.#child = child
    this.#started = this.#seconds()
    this.#reason = undefined
    let said = ''
    try {
      const hear = async (): Promise<void> => {
        for await (const chunk of stderr ?? []) said = (said + String(chunk)).slice(-SAID_MAX)
      }
      const [[code, signal]] = await Promise.all([once(child, 'exit'), hear()])
      if (code === NOT_FOUND) return 'there is no program dnsmasq: install the package dnsmasq-base (dnsmasq on RHEL)'
      const how = signal === null ? `it ended with ${String(code)}` : `it was ended by ${String(signal)}`
      return said === '' ? how : `${how}: ${printable(said.trim(), SAID_MAX)}`
    } catch (error) {
      return messageOf(error)
    } finally {
      // Where this process has too many files open, the child has none.
      child.stdio?.[3]?.destroy()
      this.#child = undefined
    }
  }
}

/** Ends the dnsmasq of a daemon that was killed: it still has the port. What runs under that number and is another program stays. */
function endLeftOver({ main, pid: file }: ChildEngineParts): void {
  try {
    const pid = Number(readFileSync(file, 'latin1').trim())
    const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')
    if (pid > 1 && words.includes(`--conf-file=${main}`))
      execFileSync('/bin/sh', ['-c', 'kill -KILL "$1"', 'sh', String(pid)], { stdio: 'ignore' })
  } catch {
    // There is none.
  }
}
