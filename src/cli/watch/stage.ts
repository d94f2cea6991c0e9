/** The terminal while a picture is drawn on it: its other screen (xterm, private mode 1049), without a cursor, and keys as they are pressed. */
import { handlers } from '../../values/index.ts'
import type { Terminal } from '../command.ts'

/** The other screen, no cursor, and lines that are cut at the edge (ECMA-48 and xterm's private modes); and all of it back. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l'
/** To the first place; to the end of a line, and of the screen, blank. */
const HOME = '\u001b[H'
const REST_OF_LINE = '\u001b[K'
const REST_OF_SCREEN = '\u001b[J'

/** What ends it: q, Q, Ctrl-C, Ctrl-D; what stops it: Ctrl-Z. */
const ENDS = ['q', 'Q', '\u0003', '\u0004'] as const
const STOPS = '\u001a'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A terminal that belongs to a picture until it is left. */
export class Stage {
  readonly #terminal: Terminal
  readonly #picture: () => readonly string[]
  readonly #end: AbortController
  #off: () => void = () => {}
  #keys: Promise<void> = Promise.resolve()

  /** `picture`: its lines. A key or a signal that ends it aborts `end`. */
  constructor(terminal: Terminal, picture: () => readonly string[], end: AbortController) {
    this.#terminal = terminal
    this.#picture = picture
    this.#end = end
  }

  /** Takes the terminal. */
  enter(): void {
    const end = (): void => this.#end.abort()
    const asked = handlers.guard('signal to end', end, end)
    for (const signal of SIGNALS) process.on(signal, asked)
    this.#off = () => {
      for (const signal of SIGNALS) process.off(signal, asked)
    }
    this.#take()
    this.#keys = this.#listen()
  }

  /** Draws the picture; what does not fit is counted. */
  draw(): void {
    if (this.#end.signal.aborted) return
    const rows = this.#terminal.screen?.rows ?? Number.POSITIVE_INFINITY
    const lines = this.#picture()
    const left = lines.length - rows + 1
    const shown = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `... ${left} more lines`]
    this.#terminal.print(`${HOME}${shown.map((line) => `${line}${REST_OF_LINE}`).join('\n')}${REST_OF_SCREEN}`)
  }

  /** Gives the terminal back as it was. */
  async leave(): Promise<void> {
    this.#off()
    this.#giveBack()
    if (process.stdin.isTTY) process.stdin.destroy()
    await this.#keys
  }

  #take(): void {
    if (process.stdin.isTTY) process.stdin.setRawMode(true)
    this.#terminal.print(ENTER)
  }

  #giveBack(): void {
    this.#terminal.print(LEAVE)
    if (process.stdin.isTTY) process.stdin.setRawMode(false)
  }

  /** Until the terminal is left, or has gone. */
  async #listen(): Promise<void> {
    if (!process.stdin.isTTY) return
    try {
      for await (const keys of process.stdin) this.#pressed(String(keys))
    } catch {
      // It has gone, or was left: then nobody presses a key.
    }
    this.#end.abort()
  }

  #pressed(keys: string): void {
    if (ENDS.some((key) => keys.includes(key))) this.#end.abort()
    else if (keys.includes(STOPS)) {
      this.#giveBack()
      process.kill(process.pid, 'SIGTSTP')
      // It runs again.
      this.#take()
      this.draw()
    } else this.draw()
  }
}
