/** A history of generations that is on disk too: what a master published or adopted is known to it after a restart. */
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { GenerationHistory, HISTORY_MAX, historyText, type PastGeneration, parseHistory } from '../../resolver/index.ts'
import { type Log, messageOf, syncFolder, systemErrorCode, writeWhole } from '../../values/index.ts'

/** Lines are added at the end; with this many the file is written anew. */
const LINES_MAX = 2 * HISTORY_MAX

/** The history in a file. A file that can't be read or written costs the memory of a restart, and nothing else. */
export class KeptHistory extends GenerationHistory {
  readonly #path: string
  readonly #log: Log
  #lines: number
  #isIncomplete: boolean
  /** Whether the name of the file may not be on disk yet. */
  #isNew: boolean
  readonly #pending: PastGeneration[] = []
  #keeping: Promise<void> = Promise.resolve()

  private constructor(path: string, text: string, log: Log) {
    super(parseHistory(text))
    this.#path = path
    this.#log = log
    this.#lines = text.split('\n').length - 1
    this.#isIncomplete = text !== '' && !text.endsWith('\n')
    this.#isNew = text === ''
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

  /** Remembers a generation. It is on disk once `kept` resolves: nobody is to hold it before. */
  override add(generation: PastGeneration): void {
    super.add(generation)
    this.#pending.push(generation)
    this.#keeping = this.#keeping.then(() => this.#write())
  }

  /** Resolves when all that was added is on disk, or could not be written, which is logged. */
  kept(): Promise<void> {
    return this.#keeping
  }

  async #write(): Promise<void> {
    const added = this.#pending.splice(0)
    if (added.length === 0) return
    this.#lines += added.length
    try {
      if (this.#lines > LINES_MAX) await this.#rewrite()
      else await this.#append(historyText(added))
    } catch (error) {
      // A part of it may be there.
      this.#isIncomplete = true
      this.#log.error({ path: this.#path, reason: messageOf(error) }, 'cannot write the history')
    }
  }

  async #append(lines: string): Promise<void> {
    const file = await open(this.#path, 'a', 0o600)
    try {
      // All of it, or an error: write(2) may take a part.
      await file.writeFile(this.#isIncomplete ? `\n${lines}` : lines)
      await file.sync()
    } finally {
      await file.close()
    }
    this.#isIncomplete = false
    if (this.#isNew) await syncFolder(dirname(this.#path))
    this.#isNew = false
  }

  async #rewrite(): Promise<void> {
    const { past } = this
    await writeWhole(this.#path, [Buffer.from(historyText(past))])
    this.#lines = past.length
    this.#isIncomplete = false
  }
}
