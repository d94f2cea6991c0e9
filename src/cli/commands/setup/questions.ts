/** Questions to the person at the terminal, and texts that must not stand on a command line. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { systemErrorCode, systemMessage } from '../../../values/index.ts'

/** Where answers come from. */
export interface Questions {
  /** Whether a person can be asked: standard input and standard error are a terminal. */
  readonly canAsk: boolean
  /** The answer to a question, without blanks around it. Throws Error if the input ends before there is one. */
  ask(question: string): Promise<string>
  /** The first line of a file; `-` is standard input. Throws Error with the path and the reason. */
  firstLine(path: string, question: string): Promise<string>
}

const STDIN = 0
const STDERR = 2
/** The longest line that is read, in bytes: a terminal gives no longer one (termios(3)). */
const LINE_MAX = 4096
/** How long an input that has nothing yet and does not wait by itself (O_NONBLOCK) is left alone, in milliseconds. */
const EMPTY_PAUSE = 10

/**
 * The terminal and the files of this process. Standard input is read byte by byte to the end of the line and no further: what was typed
 * ahead, or comes after that line in a pipe, is there for the next question or program. The terminal stays as it is, so that ^C ends the
 * program.
 */
export const terminalQuestions: Questions = {
  // The streams of Node are not touched: they would have the terminal no longer wait for what is typed.
  get canAsk() {
    return isatty(STDIN) && isatty(STDERR)
  },
  async ask(question) {
    writeSync(STDERR, question)
    const line = lineFrom(STDIN)
    if (line !== undefined) return line.trim()
    writeSync(STDERR, '\n')
    throw new Error('standard input ended before there was an answer; nothing was changed')
  },
  async firstLine(path, question) {
    if (path === '-' && this.canAsk) return this.ask(question)
    try {
      return firstLineOf(path).trim()
    } catch (error) {
      throw new Error(`can't read ${path === '-' ? 'standard input' : path}: ${systemMessage(error)}`, { cause: error })
    }
  },
}

function firstLineOf(path: string): string {
  if (path === '-') return lineFrom(STDIN) ?? ''
  const fd = openSync(path, 'r')
  try {
    return lineFrom(fd) ?? ''
  } finally {
    closeSync(fd)
  }
}

/** The next line, without its end; undefined where there is none. A last line need not have an end. */
function lineFrom(fd: number): string | undefined {
  const line = Buffer.alloc(LINE_MAX)
  for (let length = 0; length < LINE_MAX; length++) {
    const isThere = readByte(fd, line, length)
    if (!isThere && length === 0) return undefined
    if (!isThere || line[length] === 0x0a) return line.toString('utf8', 0, length)
  }
  throw new Error(`the line is longer than ${LINE_MAX} bytes`)
}

/** Whether there was one more byte. */
function readByte(fd: number, into: Buffer, at: number): boolean {
  for (;;) {
    try {
      return readSync(fd, into, at, 1, null) === 1
    } catch (error) {
      if (systemErrorCode(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EMPTY_PAUSE)
    }
  }
}
