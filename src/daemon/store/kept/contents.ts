/** What the files of kept generations hold, as it was: snapshots, rebuilt where they are kept as differences, and texts of configurations. */
import { createHash } from 'node:crypto'
import { headerOf, layout, patched, type Snapshot } from '../../../resolver/index.ts'
import { hex, inTurns, messageOf, type Steps } from '../../../values/index.ts'
import { type Facts, type KeptFile, readFacts, readKept, unpacked } from './file.ts'

/** Where the files are, and who proves what is in them. */
export interface ContentsOptions {
  readonly folder: string
  /** The bytes of a snapshot as one that is believed. Rejects with the reason if it is not. */
  readonly believed: (bytes: Uint8Array) => Promise<Snapshot>
}

/** A snapshot, and how it was made: of which whole file, and by which deltas, side by side. */
interface Rebuilt {
  readonly base: string
  readonly deltas: Buffer
  readonly snapshot: Snapshot
}

/** The contents of the files in one folder. Nothing is believed before its digest is proved. */
export class Contents {
  readonly #options: ContentsOptions
  /** The bases that this process wrote, or read whole. */
  readonly #sound = new Set<string>()
  /** The snapshot that was read last, for as long as memory has room: the next one is often a delta away. */
  #last: WeakRef<Rebuilt> | undefined

  constructor(options: ContentsOptions) {
    this.#options = options
  }

  /** The snapshot of a generation. It takes its time: meanwhile questions are answered. Rejects, with the reason, if it is damaged. */
  async snapshot(generation: number): Promise<Snapshot> {
    const file = await this.#file(generation)
    const { base, digest } = file.facts
    try {
      const snapshot = base === undefined ? await this.#whole(file) : await this.#patched(file, base)
      if (hex(snapshot.digest) === digest) return snapshot
    } catch (error) {
      throw new Error(`the kept generation ${generation} is damaged: ${messageOf(error)}`, { cause: error })
    }
    throw new Error(`the kept generation ${generation} is damaged: it has other content than was kept`)
  }

  /** The text of the configuration of a generation that has one. Rejects, with the reason, if it is damaged. */
  async text({ generation, config }: Pick<Facts, 'generation' | 'config'>): Promise<Uint8Array> {
    const { facts, config: bytes } = await this.#file(config?.in ?? generation)
    try {
      const text = await unpacked(bytes, facts.config?.size ?? 0)
      if (config?.digest === undefined || (await inTurns(digestOf(text))) === config.digest) return text
    } catch (error) {
      throw new Error(`the configuration of generation ${generation} is damaged: ${messageOf(error)}`, { cause: error })
    }
    throw new Error(`the configuration of generation ${generation} is damaged: it is another one`)
  }

  /** The deltas, side by side, that lead to the content of a generation from its base: none for a whole file. Rejects if they are damaged. */
  async deltas({ generation, base }: Pick<Facts, 'generation' | 'base'>): Promise<Uint8Array> {
    if (base === undefined) return new Uint8Array(0)
    const { content } = await this.#file(generation)
    return (await unpacked(content, base.length)).subarray(layout.HEADER.size)
  }

  /** Remembers that this whole file was written just now. */
  written({ digest, generation }: Pick<Facts, 'digest' | 'generation'>): void {
    this.#sound.add(`${generation} ${digest}`)
  }

  /**
   * Whether a whole file can be the base of further generations: it is there and, the first time in this process, all of it is what was
   * written. Rejects with the reason where it cannot be read.
   */
  async isSound({ digest, generation, checksum }: Facts): Promise<boolean> {
    if (checksum !== true) return false
    const name = `${generation} ${digest}`
    if (!this.#sound.has(name)) {
      const { facts, content, config } = await readKept(this.#options.folder, generation)
      await unpacked(content, facts.size)
      await unpacked(config, facts.config?.size ?? 0)
      this.#sound.add(name)
    }
    return (await readFacts(this.#options.folder, generation)).digest === digest
  }

  async #file(generation: number): Promise<KeptFile> {
    try {
      return await readKept(this.#options.folder, generation)
    } catch (error) {
      throw new Error(`can't read the kept generation ${generation}: ${messageOf(error)}`, { cause: error })
    }
  }

  async #whole({ facts, content }: KeptFile): Promise<Snapshot> {
    const snapshot = await this.#options.believed(await unpacked(content, facts.size))
    this.#last = new WeakRef({ base: hex(snapshot.digest), deltas: Buffer.alloc(0), snapshot })
    return snapshot
  }

  async #patched({ content }: KeptFile, base: NonNullable<Facts['base']>): Promise<Snapshot> {
    const way = await unpacked(content, base.length)
    const [header, deltas] = [headerOf(way), way.subarray(layout.HEADER.size)]
    const from = await this.#nearest(base, deltas)
    const rest = deltas.subarray(from.deltas.length)
    const bytes =
      rest.length === 0 ? Buffer.from(from.snapshot.bytes) : await inTurns(patched(from.snapshot.bytes, rest, header))
    bytes.set(header.bytes)
    const snapshot = await this.#options.believed(bytes)
    this.#last = new WeakRef({ base: base.digest, deltas, snapshot })
    return snapshot
  }

  /** What was read last, where these deltas lead on from it; else the base. */
  async #nearest({ generation, digest }: NonNullable<Facts['base']>, deltas: Buffer): Promise<Rebuilt> {
    const last = this.#last?.deref()
    if (last?.base === digest && deltas.subarray(0, last.deltas.length).equals(last.deltas)) return last
    try {
      const file = await this.#file(generation)
      const snapshot = await this.#whole(file)
      if (hex(snapshot.digest) === digest) return { base: digest, deltas: Buffer.alloc(0), snapshot }
    } catch (error) {
      throw new Error(`it is a difference from generation ${generation}, and ${messageOf(error)}`, { cause: error })
    }
    throw new Error(`it is a difference from generation ${generation}, which has other content now`)
  }
}

/** How much of a text is hashed in a step, in bytes: a quarter of a millisecond. */
const HASHED = 512 * 1024
/** The digests of texts that are in memory: most generations have the configuration of the one before. */
const digests = new WeakMap<Uint8Array, string>()

/** SHA-256 of a text, in hex, in steps. The text must not change afterwards: what was hashed once is not hashed again. */
export function* digestOf(text: Uint8Array): Steps<string> {
  const known = digests.get(text)
  if (known !== undefined) return known
  const hash = createHash('sha256')
  for (let at = 0; at < text.length; at += HASHED) {
    hash.update(text.subarray(at, at + HASHED))
    yield
  }
  const digest = hash.digest('hex')
  digests.set(text, digest)
  return digest
}
