/** The deltas between the last public generations: a node that is a few behind fetches a few hundred bytes in place of a snapshot. */
import { zstdCompressSync } from 'node:zlib'
import { DELTA_STEPS_MAX, type Delta } from '../../resolver/index.ts'

/** The most bytes of deltas that are kept: one that is larger saves little. */
const KEPT_MAX = 1024 * 1024

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
  readonly #sent = new Map<string, Uint8Array>()

  /** `bytesMax` is how many bytes of deltas are kept. */
  constructor(bytesMax = KEPT_MAX) {
    this.#bytesMax = bytesMax
  }

  /**
   * The next content: `delta` makes it of the one before. Without one, or with one that starts elsewhere, there is no way to it from any
   * before. Digests say which contents they are.
   */
  next(from: Uint8Array, to: Uint8Array, delta: Delta | undefined): void {
    this.#sent.clear()
    if (delta === undefined || textOf(delta.from) !== textOf(from)) {
      this.#steps = []
      return
    }
    const step = { from: textOf(from), to: textOf(to), bytes: delta.bytes }
    const before = this.#steps.at(-1)?.to === step.from ? this.#steps : []
    this.#steps = lastWithin([...before, step], this.#bytesMax)
  }

  /**
   * What makes the content `to` of the content `from`, as it is sent: deltas side by side, compressed. Undefined if there is no way from
   * there, or `to` is not the current content.
   */
  between(from: Uint8Array, to: Uint8Array): Uint8Array | undefined {
    if (this.#steps.at(-1)?.to !== textOf(to)) return undefined
    const start = textOf(from)
    const known = this.#sent.get(start)
    if (known !== undefined) return known
    // Content that came again: the last time is the shortest way.
    const first = this.#steps.findLastIndex((step) => step.from === start)
    if (first < 0) return undefined
    const bytes = zstdCompressSync(Buffer.concat(this.#steps.slice(first).map((step) => step.bytes)))
    this.#sent.set(start, bytes)
    return bytes
  }
}

/** The last steps, as many as the bound takes. */
function lastWithin(steps: readonly Step[], bytesMax: number): readonly Step[] {
  let bytes = 0
  const first = steps.findLastIndex((step) => {
    bytes += step.bytes.length
    return bytes > bytesMax
  })
  return steps.slice(Math.max(first + 1, steps.length - DELTA_STEPS_MAX))
}

function textOf(digest: Uint8Array): string {
  return Buffer.from(digest).toString('latin1')
}
