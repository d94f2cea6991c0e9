/** A history of generations that is on disk too: what a master published or adopted is known to it after a restart. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { GenerationHistory, HISTORY_MAX, historyText, type PastGeneration, parseHistory } from '../../resolver/index.ts'
import { type Log, messageOf, systemErrorCode } from '../../values/index.ts'
import { syncFolder } from './signing-key.ts'

/** Lines are added at the end; with this many the file is written anew. */
const LINES_MAX = 2 * HISTORY_MAX

/** The history in a file. A file that can't be read or written costs the memory of a restart, and nothing else. */
export class KeptHistory extends GenerationHistory {
  readonly #path: string
  readonly #log: Log
  #lines: number
  #isIncomplete: boolean

  private constructor(path: string, text: string, log: Log) {
    super(parseHistory(text))
    this.#path = path
    this.#log = log
    this.#lines = text.split('\n').length - 1
    this.#isIncomplete = text !== '' && !text.endsWith('\n')
  }

  /** Opens the history of a file, which need not be there. */
  static open(path: string, log: Log): KeptHistory {
    try {
      return new KeptHistory(path, readFileSync(path, 'utf8'), log)
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') log.warn({ path, reason: messageOf(error) }, 'cannot read the history')
      return new KeptHistory(path, '', log)
    }
  }

  /** Remembers a generation; on disk before anyone can hold it. */
  override add(generation: PastGeneration): void {
    super.add(generation)
    try {
      if (++this.#lines > LINES_MAX) this.#rewrite()
      else this.#append(historyText([generation]))
    } catch (error) {
      // A part of it may be there.
      this.#isIncomplete = true
      this.#log.error({ path: this.#path, reason: messageOf(error) }, 'cannot write the history')
    }
  }

  #append(line: string): void {
    const isNew = this.#lines === 1
    synced(this.#path, 'a', this.#isIncomplete ? `\n${line}` : line)
    this.#isIncomplete = false
    if (isNew) syncFolder(dirname(this.#path))
  }

  #rewrite(): void {
    const draft = `${this.#path}.new`
    synced(draft, 'w', historyText(this.past))
    renameSync(draft, this.#path)
    syncFolder(dirname(this.#path))
    this.#lines = this.past.length
    this.#isIncomplete = false
  }
}

function synced(path: string, flags: 'a' | 'w', text: string): void {
  const file = openSync(path, flags, 0o600)
  try {
    // All of it, or an error: write(2) may take a part.
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
