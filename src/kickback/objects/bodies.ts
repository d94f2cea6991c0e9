/** The bodies of the last generations as HTTP sends them: plain, and compressed once for all who ask. */
import { promisify } from 'node:util'
import { constants, gzip, zstdCompress } from 'node:zlib'
import { layout, type Snapshot } from '../../resolver/index.ts'
import { hex } from '../../values/index.ts'
import type { Generations } from '../service/generations.ts'

/** The codings of bodies (RFC 9110, 8.4.1; zstd: RFC 8878), the one that is preferred first. */
export const CODINGS = ['zstd', 'gzip', 'identity'] as const

/** One of them. */
export type Coding = (typeof CODINGS)[number]

/**
 * How much is compressed: a level beyond which little is saved for the time. The window bounds the memory of who unpacks (2^21 bytes): clients
 * may refuse larger ones.
 */
const ZSTD = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 21 }
const GZIP_LEVEL = 4

const zstded = promisify(zstdCompress)
const gzipped = promisify(gzip)

/** What was made of one body. */
interface Made {
  readonly codings: Map<Coding, Promise<Buffer>>
  /** How many bytes that takes. */
  bytes: number
}

/** The bodies of the current generation and of the one before it. What is compressed is made off the thread that answers. */
export class Bodies {
  readonly #generations: Pick<Generations, 'recent'>
  /** By digest, in hex. */
  readonly #made = new Map<string, Made>()

  constructor(generations: Pick<Generations, 'recent'>) {
    this.#generations = generations
  }

  /** How many bytes compressed ones take. */
  get bytes(): number {
    return [...this.#made.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** The body of the content with this digest (in hex); undefined where it is of none of the last two generations. */
  of(digest: string, coding: Coding): Promise<Uint8Array> | undefined {
    const snapshot = this.#generations.recent.find((each) => hex(each.digest) === digest)
    if (snapshot === undefined) return undefined
    const plain = bodyOf(snapshot)
    if (coding === 'identity') return Promise.resolve(plain)
    const made = this.#made.get(digest) ?? { codings: new Map(), bytes: 0 }
    this.#made.set(digest, made)
    const compressed = made.codings.get(coding) ?? compress(plain, coding, made)
    made.codings.set(coding, compressed)
    return compressed
  }

  /** Lets go of those that are not of the last generations any more. */
  tidy(): void {
    const recent = new Set(this.#generations.recent.map(({ digest }) => hex(digest)))
    for (const digest of this.#made.keys()) if (!recent.has(digest)) this.#made.delete(digest)
  }
}

/** Compresses a body, for all who ask; where that fails it is tried again for the next one. */
async function compress(plain: Uint8Array, coding: 'zstd' | 'gzip', made: Made): Promise<Buffer> {
  try {
    const bytes =
      coding === 'zstd' ? await zstded(plain, { params: ZSTD }) : await gzipped(plain, { level: GZIP_LEVEL })
    made.bytes += bytes.length
    return bytes
  } catch (error) {
    made.codings.delete(coding)
    throw error
  }
}

/** The bytes of a snapshot that its digest stands for, but for the start of the header: that one comes with its signature. */
function bodyOf({ bytes }: Snapshot): Uint8Array {
  return bytes.subarray(layout.HEADER.size)
}
