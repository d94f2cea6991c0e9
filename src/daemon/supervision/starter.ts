/**
 * Starts programs for a large process: a small shell, which is begun once and waits, starts them. To start a program the system copies the page tables
 * of who starts it, and a daemon of some hundred MiB answers nobody for tens of milliseconds meanwhile.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { background, type Clock, handlers, messageOf, printable } from '../../values/index.ts'

/** How a program ended. */
interface ProgramEnd {
  /** Why it counts as failed; undefined: it ended with 0. */
  readonly reason: string | undefined
  /** Whether that is because it did not end in time. */
  readonly isLate: boolean
  /** What it wrote to its output and its error output. */
  readonly said: string
}

/**
 * What the shell does: each line is seconds and words with tabs between them. What a program said ends with the byte RS and its exit code: one program
 * runs at a time. It ends with us, since its input does.
 */
const LOOP = `set -f
IFS='\t'
while read -r seconds words; do
  timeout -s KILL "$seconds" $words 2>&1 </dev/null
  printf '\\036%d\\n' "$?"
done`
const [END, END_MAX] = ['\x1e', 5] as const
/** The exit code of what timeout(1) killed. */
const KILLED = 137
/** How much longer than a program its shell may take, in milliseconds: a program that cannot be killed holds it up. */
const GRACE = 2000
/** The most that a program may say, in characters, and how much of it is in a reason. */
const [SAID_MAX, SHOWN_MAX] = [256 * 1024, 300]

/** The program that runs. */
interface Running {
  said: string
  readonly end: (end: Partial<ProgramEnd>) => void
}

/** One such shell: begun when it is first needed, or by `begin`, and again where it has ended. */
export class Starter {
  readonly #clock: Clock
  #shell: ChildProcess | undefined
  #running: Running | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(clock: Clock = background) {
    this.#clock = clock
  }

  /** Begins the shell: while this process is small that takes no time. Where the system has no room for it, `run` tries again and tells the reason. */
  begin(): void {
    this.#begun()
  }

  /** Runs a program, after those that were given before. `patience`: then it is killed, in milliseconds. Never rejects. No word may be empty, or have a tab or a newline. */
  run(words: readonly string[], patience: number): Promise<ProgramEnd> {
    const ended = this.#turn.then(() => this.#once(words, patience))
    this.#turn = ended
    return ended
  }

  /** Ends the shell. What runs counts as failed. */
  close(): void {
    this.#ended(this.#shell, 'it was not waited for')
  }

  #once(words: readonly string[], patience: number): Promise<ProgramEnd> {
    return new Promise((resolve) => {
      const late = (): void => this.#ended(this.#shell, 'it does not end, and cannot be killed', true)
      const callOff = this.#clock.after(patience + GRACE, handlers.guard('starter deadline', late, late))
      const end = ({ reason, isLate = false, said = '' }: Partial<ProgramEnd>): void => {
        callOff()
        this.#running = undefined
        this.#keepAlive(false)
        resolve({ reason, isLate, said })
      }
      if (words.some((word) => word === '' || /[\t\n\0]/.test(word)))
        return end({ reason: 'a word of it is empty, or has a tab or a newline' })
      const reason = this.#begun()
      if (reason !== undefined) return end({ reason })
      this.#running = { said: '', end }
      this.#keepAlive(true)
      this.#shell?.stdin?.write(`${[Math.ceil(patience / 1000), ...words].join('\t')}\n`)
    })
  }

  /** Has a shell; the reason where the system refuses one. */
  #begun(): string | undefined {
    if (this.#shell !== undefined) return undefined
    try {
      this.#follow(spawn('/bin/sh', ['-c', LOOP], { stdio: ['pipe', 'pipe', 'ignore'] }))
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }

  #follow(shell: ChildProcess): void {
    const ended = (): void => this.#ended(shell, 'the shell that starts programs has ended')
    const failed = (error?: Error): void =>
      this.#ended(shell, `the shell that starts programs has failed: ${error?.message ?? 'no reason is known'}`)
    // Where no descriptor is free there are no pipes, and the error comes later.
    const { stdin, stdout } = shell
    stdout?.setEncoding('utf8').on(
      'data',
      handlers.guard('starter output', (text: string) => this.#take(shell, text), ended),
    )
    for (const emitter of [shell, stdin, stdout]) emitter?.on('error', handlers.guard('starter end', failed, ended))
    shell.on('close', handlers.guard('starter end', ended, ended))
    this.#shell = shell
    this.#keepAlive(false)
  }

  /** A shell that waits does not keep this process alive. */
  #keepAlive(isOn: boolean): void {
    const shell = this.#shell
    if (shell === undefined) return
    for (const one of [shell, shell.stdin as Socket | null, shell.stdout as Socket | null])
      isOn ? one?.ref() : one?.unref()
  }

  #take(shell: ChildProcess, text: string): void {
    const running = this.#running
    if (running === undefined || shell !== this.#shell) return
    running.said += text
    if (running.said.length > SAID_MAX) this.#ended(shell, 'it says too much')
    const end = running.said.indexOf(END, Math.max(0, running.said.length - END_MAX))
    if (end < 0 || !running.said.endsWith('\n') || running !== this.#running) return
    const said = running.said.slice(0, end)
    running.end({ ...reasonOf(Number(running.said.slice(end + 1)), said), said })
  }

  #ended(shell: ChildProcess | undefined, reason: string, isLate = false): void {
    shell?.kill('SIGKILL')
    // What it started, and goes on, has nobody to tell anything.
    shell?.stdout?.destroy()
    if (shell !== this.#shell) return
    const running = this.#running
    this.#shell = undefined
    running?.end({ reason, isLate, said: running.said })
  }
}

function reasonOf(code: number, said: string): Pick<ProgramEnd, 'reason' | 'isLate'> {
  if (code === 0) return { reason: undefined, isLate: false }
  if (code === KILLED) return { reason: 'it did not end in time', isLate: true }
  const text = printable(said.trim(), SHOWN_MAX)
  return { reason: `it ended with ${code}${text === '' ? '' : `: ${text}`}`, isLate: false }
}
