/** Questions to the person at the terminal, and texts that must not stand on a command line. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { systemMessage } from '../../values/index.ts'

/** Where answers come from. */
export interface Questions {
  /** Whether a person can be asked: standard input and standard error are a terminal. */
  readonly canAsk: boolean
  /** The answer to a question, without blanks around it. */
  ask(question: string): Promise<string>
  /** The first line of a file; `-` is standard input. Throws Error with the path and the reason. */
  firstLine(path: string, question: string): Promise<string>
}

/** The terminal and the files of this process. */
export const terminalQuestions: Questions = {
  get canAsk() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true
  },
  async ask(question) {
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    try {
      return (await lines.question(question)).trim()
    } finally {
      lines.close()
    }
  },
  async firstLine(path, question) {
    if (path === '-' && this.canAsk) return this.ask(question)
    try {
      const text = readFileSync(path === '-' ? 0 : path, 'utf8')
      return (text.split('\n')[0] ?? '').trim()
    } catch (error) {
      throw new Error(`can't read ${path === '-' ? 'standard input' : path}: ${systemMessage(error)}`, { cause: error })
    }
  },
}
