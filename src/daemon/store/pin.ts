/** The pin of a master: the content of an earlier generation that stays served, over restarts too, until it is released. */
import { readFileSync } from 'node:fs'
import { checkShape, type PinReport, type Shape } from '../../kickback/index.ts'
import { type Log, messageOf, removeWhole, systemErrorCode, writeWhole } from '../../values/index.ts'

/** Content that is pinned. */
export interface PinnedContent extends PinReport {
  /** The number under which it was published before: what the administrator went back to. */
  readonly generation: number
  /** Its digest in hex: its numbers change. */
  readonly digest: string
  /** Since when, in seconds since 1970. */
  readonly time: number
}

const PINNED: Shape = { fields: { generation: 'uint', digest: 'str', time: 'uint' } }

/** The pin in a file of the state dir. */
export class Pin {
  readonly #path: string
  #content: PinnedContent | undefined

  private constructor(path: string, content: PinnedContent | undefined) {
    this.#path = path
    this.#content = content
  }

  /** Opens the pin of a file, which need not be there. One that cannot be read pins nothing, which is logged. */
  static open(path: string, log: Pick<Log, 'error'>): Pin {
    try {
      const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
      checkShape(content, PINNED, 'pin')
      return new Pin(path, content as PinnedContent)
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') {
        log.error({ path, reason: messageOf(error) }, 'cannot read the pin: what the sources say is served')
      }
      return new Pin(path, undefined)
    }
  }

  /** What is pinned; undefined if nothing is. */
  get content(): PinnedContent | undefined {
    return this.#content
  }

  /** Pins content: it is on disk once this resolves. Rejects with the system's error: then this process pins what it pinned before. */
  async set(content: PinnedContent): Promise<void> {
    await writeWhole(this.#path, [Buffer.from(`${JSON.stringify(content)}\n`)])
    this.#content = content
  }

  /** Releases it, for good. Rejects with the system's error: then it may be pinned again after a restart. */
  async release(): Promise<void> {
    await removeWhole(this.#path)
    this.#content = undefined
  }
}
