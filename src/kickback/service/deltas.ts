/** The deltas between the last public generations: a node that is a few behind fetches a few hundred bytes in place of a snapshot. */
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { DELTA_STEPS_MAX, type Delta } from '../../resolver/index.ts'

/** The most bytes of deltas that are kept, of any snapshot, and as a part of a large one: compressed, a larger one saves little. */
const KEPT_MAX = { bytes: 1024 * 1024, part: 1 / 4 } as const
/** The most bytes of all ways together, before they are compressed: each of them may be asked for. */
const WAYS_MAX = 64 * 1024 * 1024

const compressed = promisify(zstdCompress)

/** The delta from one content to the next one. */
interface Step {
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
}

/** The way from each of the last contents to the current one, in steps. */
export class Deltas {
  readonly #bytesMax: number
  /** Oldest first; each begins where the one before it ends. */
  #steps: readonly Step[] = []
  /** By the digest of where they begin: as they are sent, each made once. */
  readonly #sent = new Map<string, Uint8Array | Promise<Uint8Array>>()

  /** `bytesMax` is how many bytes of deltas are kept, of any snapshot. */
  constructor(bytesMax: number = KEPT_MAX.bytes) {
    this.#bytesMax = bytesMax
  }

  /**
   * The next content: `delta` makes it of the one before. Without one, or with one that starts elsewhere, there is no way to it from any
   * before. Digests say which contents they are; `size` is that of the snapshot, in bytes.
   */
  next(from: Uint8Array, to: Uint8Array, delta: Delta | undefined, size = 0): void {
    this.#sent.clear()
    if (delta === undefined || textOf(delta.from) !== textOf(from)) {
      this.#steps = []
      return
    }
    // A copy: the bytes may be a small part of what they were made in, and all of that would be kept.
    const step = { from: textOf(from), to: textOf(to), bytes: Uint8Array.from(delta.bytes) }
    const before = this.#steps.at(-1)?.to === step.from ? this.#steps : []
    this.#steps = lastWithin([...before, step], Math.max(this.#bytesMax, size * KEPT_MAX.part))
  }

  /**
   * What makes the content `to` of the content `from`, as it is sent: deltas side by side, compressed once, off the thread that answers.
   * Undefined if there is no way from there, or `to` is not the current content.
   */
  between(from: Uint8Array, to: Uint8Array): Uint8Array | Promise<Uint8Array> | undefined {
    if (this.#steps.at(-1)?.to !== textOf(to)) return undefined
    const start = textOf(from)
    const known = this.#sent.get(start)
    if (known !== undefined) return known
    // Content that came again: the last time is the shortest way.
    const first = this.#steps.findLastIndex((step) => step.from === start)
    if (first < 0) return undefined
    const made = this.#made(start, Buffer.concat(this.#steps.slice(first).map((step) => step.bytes)))
    this.#sent.set(start, made)
    return made
  }

  /** Compresses deltas that begin there; where that fails it is tried again for the next one who asks. */
  async #made(start: string, deltas: Uint8Array): Promise<Uint8Array> {
    const current = this.#steps
    try {
      const bytes = await compressed(deltas)
      if (this.#steps === current) this.#sent.set(start, bytes)
      return bytes
    } catch (error) {
      this.#sent.delete(start)
      throw error
    }
  }
}

/** The last steps, as many as the bounds take. */
function lastWithin(steps: readonly Step[], bytesMax: number): readonly Step[] {
  let [bytes, ways] = [0, 0]
  const first = steps.findLastIndex((step) => {
    bytes += step.bytes.length
    ways += bytes
    return bytes > bytesMax || ways > WAYS_MAX
  })
  return steps.slice(Math.max(first + 1, steps.length - DELTA_STEPS_MAX))
}

function textOf(digest: Uint8Array): string {
  return Buffer.from(digest).toString('latin1')
}
