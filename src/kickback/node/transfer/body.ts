/** The body of a snapshot as it arrives, from wherever: each piece is proved by the header, which was proved before. */
import { type Header, SectionsProof, SnapshotError } from '../../../resolver/index.ts'
import { counted } from '../../../values/index.ts'
import { ServiceError } from '../client.ts'

/** The largest snapshot that is fetched, in bytes: five times what a million users take. */
const SNAPSHOT_MAX = 2 ** 30

/**
 * What has come of a snapshot, proved up to there. Its memory grows with the bytes that have come, not with the size that
 * was claimed.
 */
export class Body {
  readonly #size: number
  readonly #proof: SectionsProof
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  /** Throws ServiceError `protocol` where the header stands for more than is fetched. */
  constructor(header: Header) {
    checkSize(header)
    this.#size = header.size
    this.#proof = new SectionsProof(header)
  }

  /** How many bytes have come. */
  get length(): number {
    return this.#length
  }

  /** Whether all of it has come. */
  get isWhole(): boolean {
    return this.#proof.isWhole
  }

  /** Takes the bytes that follow those of before. Throws ServiceError `protocol` where they are not those of the header. */
  take(chunk: Uint8Array): void {
    // The words of the header that each machine sets itself are not used: they are not part of the digest.
    try {
      this.#proof.take(chunk)
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      throw new ServiceError('protocol', `the snapshot is damaged: ${error.message}`, error)
    }
    this.#makeRoom(this.#length + chunk.length)
    this.#bytes.set(chunk, this.#length)
    this.#length += chunk.length
  }

  /** The snapshot. Throws ServiceError `protocol` where some of it has not come. */
  whole(): Buffer {
    if (this.#proof.isWhole) return this.#bytes
    throw new ServiceError('protocol', `the snapshot ends after ${counted(this.#length, 'byte')}`)
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#size, Math.max(bytes, this.#bytes.length * 2)))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

/** Throws ServiceError `protocol` where a header stands for more than is fetched. */
export function checkSize({ size }: Header): void {
  if (size > SNAPSHOT_MAX) throw new ServiceError('protocol', `a snapshot of ${counted(size, 'byte')}`)
}
