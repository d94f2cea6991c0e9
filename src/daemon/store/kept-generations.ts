/** The last generations of a master, kept whole in its state dir: they are listed, and can be served again. */
import { open, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { checkShape, type GenerationReport, generationReports, type Shape } from '../../kickback/index.ts'
import { DATABASE_NAMES, type Difference, type Snapshot } from '../../resolver/index.ts'
import {
  DRAFT,
  hex,
  type Log,
  makeFolder,
  messageOf,
  removeWhole,
  systemErrorCode,
  writeWhole,
} from '../../values/index.ts'
import type { SourceContent } from '../sources/source.ts'

/** How many generations are kept, and how many bytes of disk they take, at most. */
interface KeepingBounds {
  readonly generations: number
  readonly bytes: number
}

/** The bounds that docs/operation.md promises. */
export const KEEPING_BOUNDS: KeepingBounds = { generations: 50, bytes: 256 * 1024 * 1024 }

/** What kept generations are made of. */
export interface KeptGenerationsOptions {
  /** Where they are; it is made at the first that is kept. */
  readonly folder: string
  /** The bytes of a snapshot as one that is believed. Rejects with the reason if it is not. */
  readonly believed: (bytes: Uint8Array) => Promise<Snapshot>
  readonly log: Pick<Log, 'warn' | 'error'>
  readonly bounds?: KeepingBounds
}

/** What is to be known of a generation besides its bytes. */
export interface Provenance {
  /** When it was published, in seconds since 1970. */
  readonly time: number
  /** Why, in words. */
  readonly cause: string
  /** What is different from the generation before it. */
  readonly difference: Difference
  /** The configuration that it was made from; undefined if that is not known. */
  readonly config: SourceContent | undefined
}

/** The name of a file: the number of its generation. */
const NAME = /^(0|[1-9]\d{0,15})$/
/** What a file begins with: what it is, and in a line of JSON what is known of the generation. */
const MAGIC = 'kickback kept generation 1\n'
/** How many bytes of a file are read to list it: the facts are far fewer. */
const HEAD_MAX = 64 * 1024

/** The facts of a file: what is listed, and how the rest of it is packed. */
interface Facts extends GenerationReport {
  /** The length of the snapshot, and of the configuration where it is known. */
  readonly size: number
  readonly config?: { readonly origin: string; readonly time: number; readonly size: number }
  /** The lengths of both as they are packed, one after the other, behind the facts. */
  readonly packed: readonly [snapshot: number, config: number]
}

/** The facts besides those of the report. */
const PACKED: Shape = {
  fields: {
    size: 'uint',
    config: { optional: { fields: { origin: 'str', time: 'number', size: 'uint' } } },
    packed: { list: 'uint' },
  },
}

const pack = promisify(zstdCompress)
const unpack = promisify(zstdDecompress)
/** The quickest level that still makes a fifth of a snapshot. The checksum tells of damage where no digest does: in times of the header. */
const PACKING = { params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 } }

/** The kept generations of one state dir. What can't be written or read costs that generation, and nothing else. */
export class KeptGenerations {
  readonly #options: KeptGenerationsOptions
  readonly #bounds: KeepingBounds
  /** Ascending by number. */
  #all: readonly Facts[]
  /** The numbers of files that are of no use. */
  #useless: readonly number[]
  #keeping: Promise<void> = Promise.resolve()

  private constructor(options: KeptGenerationsOptions, all: readonly Facts[], useless: readonly number[]) {
    this.#options = options
    this.#bounds = options.bounds ?? KEEPING_BOUNDS
    this.#all = all.toSorted((a, b) => a.generation - b.generation)
    this.#useless = useless
  }

  /** Opens a folder, which need not be there. Files that are damaged or half written are ignored, with a warning. */
  static open(options: KeptGenerationsOptions): Promise<KeptGenerations> {
    return KeptGenerations.#open(options, true)
  }

  /** The same for who only reads: half written files are left to the daemon, which may be writing them. */
  static openToRead(options: KeptGenerationsOptions): Promise<KeptGenerations> {
    return KeptGenerations.#open(options, false)
  }

  static async #open(options: KeptGenerationsOptions, isOwner: boolean): Promise<KeptGenerations> {
    const found: Facts[] = []
    const useless: number[] = []
    for (const name of await namesIn(options)) {
      const file = join(options.folder, name)
      try {
        if (name.endsWith(DRAFT) && isOwner) await unlink(file)
        else if (NAME.test(name)) found.push(await readFacts(file, Number(name)))
      } catch (error) {
        options.log.warn({ file, reason: messageOf(error) }, 'a kept generation cannot be used')
        useless.push(Number(name))
      }
    }
    return new KeptGenerations(options, found, useless)
  }

  /** What is kept, the oldest first. */
  get all(): readonly GenerationReport[] {
    return this.#all.map(({ size, config, packed, ...report }) => report)
  }

  /** The newest that has this content, by its digest in hex. */
  withDigest(digest: string): GenerationReport | undefined {
    return this.all.findLast((one) => one.digest === digest)
  }

  /**
   * Keeps a public generation, unless it is kept already, and forgets the oldest where there are too many. Resolves when it is on
   * disk, or when that failed: a full disk is logged. One after the other.
   */
  keep(snapshot: Snapshot, provenance: Provenance): Promise<void> {
    this.#keeping = this.#keeping.then(() => this.#tryKeep(snapshot, provenance))
    return this.#keeping
  }

  /** The snapshot of a generation as it was. Rejects, with the reason, if it is not kept, or is damaged. */
  async read(generation: number): Promise<Snapshot> {
    const { facts, file } = await this.#opened(generation)
    const [start, end] = [file.length - facts.packed[0] - facts.packed[1], file.length - facts.packed[1]]
    try {
      const bytes = await unpack(file.subarray(start, end), { maxOutputLength: facts.size })
      const snapshot = await this.#options.believed(bytes)
      if (hex(snapshot.digest) === facts.digest) return snapshot
    } catch (error) {
      throw new Error(`the kept generation ${generation} is damaged: ${messageOf(error)}`, { cause: error })
    }
    throw new Error(`the kept generation ${generation} is damaged: it has other content than was kept`)
  }

  /**
   * The configuration that content was made from, by its digest in hex; undefined if that is not known. Generations of the same content may
   * be made from several, as when a comment changed: this is the newest. Rejects, with the reason, where it cannot be read.
   */
  async configOf(digest: string): Promise<SourceContent | undefined> {
    const generation = this.#all.findLast((one) => one.digest === digest && one.config !== undefined)?.generation
    if (generation === undefined) return undefined
    const { facts, file } = await this.#opened(generation)
    if (facts.config === undefined) return undefined
    const { origin, time, size } = facts.config
    try {
      const bytes = await unpack(file.subarray(file.length - facts.packed[1]), { maxOutputLength: Math.max(1, size) })
      return { origin, time, bytes, state: 'read', reason: '' }
    } catch (error) {
      throw new Error(`the configuration of generation ${generation} is damaged: ${messageOf(error)}`, { cause: error })
    }
  }

  async #opened(generation: number): Promise<{ readonly facts: Facts; readonly file: Buffer }> {
    const facts = this.#all.find((one) => one.generation === generation)
    if (facts === undefined)
      throw new Error(`generation ${generation} is not kept; kickback history lists those that are`)
    try {
      const file = await readFile(this.#path(generation))
      return { facts: factsOf(file, file.length, generation), file }
    } catch (error) {
      throw new Error(`can't read the kept generation ${generation}: ${messageOf(error)}`, { cause: error })
    }
  }

  async #tryKeep(snapshot: Snapshot, provenance: Provenance): Promise<void> {
    const { generation } = snapshot
    try {
      if (this.#all.some((one) => one.generation === generation && one.digest === hex(snapshot.digest))) return
      const facts = await this.#write(snapshot, provenance)
      const others = this.#all.filter((one) => one.generation !== generation)
      this.#all = [...others, facts].sort((a, b) => a.generation - b.generation)
      await this.#forgetOldest()
    } catch (error) {
      this.#options.log.error(
        { generation, reason: messageOf(error) },
        'cannot keep this generation for later; it is served',
      )
    }
  }

  async #write(snapshot: Snapshot, { time, cause, difference, config }: Provenance): Promise<Facts> {
    makeFolder(this.#options.folder, 0o700)
    const [body, text] = [await pack(snapshot.bytes, PACKING), await pack(config?.bytes ?? new Uint8Array(0), PACKING)]
    const facts: Facts = {
      ...{ generation: snapshot.generation, digest: hex(snapshot.digest), time: Math.floor(time), cause },
      ...{ records: recordsOf(snapshot), changes: changesOf(difference) },
      ...{ bytes: body.length + text.length, size: snapshot.bytes.length, packed: [body.length, text.length] },
      ...(config && { config: { origin: config.origin, time: config.time, size: config.bytes.length } }),
    }
    const head = Buffer.from(`${MAGIC}${JSON.stringify(facts)}\n`)
    await writeWhole(this.#path(snapshot.generation), [head, body, text])
    return facts
  }

  /** Within the bounds again. The newest stays, however large it is. What is of no use goes when all that is newer would go. */
  async #forgetOldest(): Promise<void> {
    const { generations, bytes } = this.#bounds
    const isTooMuch = (all: readonly Facts[]): boolean =>
      all.length > generations || all.reduce((sum, one) => sum + one.bytes, 0) > bytes
    while (this.#all.length > 1 && isTooMuch(this.#all)) {
      const [oldest, ...others] = this.#all
      if (oldest === undefined) return
      await removeWhole(this.#path(oldest.generation))
      this.#all = others
    }
    const first = this.#all[0]?.generation ?? 0
    for (const old of this.#useless.filter((one) => one < first)) await removeWhole(this.#path(old))
    this.#useless = this.#useless.filter((one) => one >= first)
  }

  #path(generation: number): string {
    return join(this.#options.folder, String(generation))
  }
}

async function namesIn({ folder, log }: KeptGenerationsOptions): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT')
      log.warn({ folder, reason: messageOf(error) }, 'cannot read kept generations')
    return []
  }
}

/** The facts of a file, by its first bytes and its length. Throws if they are none or another generation's, or the file is not whole. */
async function readFacts(path: string, generation: number): Promise<Facts> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(HEAD_MAX)
    const { bytesRead } = await file.read(head, 0, HEAD_MAX, 0)
    return factsOf(head.subarray(0, bytesRead), (await file.stat()).size, generation)
  } finally {
    await file.close()
  }
}

/** The same from the bytes that a file of this length begins with. */
function factsOf(head: Buffer, length: number, generation: number): Facts {
  const end = head.indexOf('\n', MAGIC.length)
  if (end < 0 || head.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('it is not a kept generation')
  const facts = JSON.parse(head.toString('utf8', MAGIC.length, end)) as Facts
  generationReports([facts])
  checkShape(facts, PACKED, 'facts')
  if (facts.generation !== generation) throw new Error(`it is generation ${facts.generation} under another name`)
  const [body, text] = facts.packed
  if (end + 1 + body + text !== length)
    throw new Error(`${length} bytes are there, ${end + 1 + body + text} were written`)
  return facts
}

function recordsOf(snapshot: Snapshot): GenerationReport['records'] {
  const names = DATABASE_NAMES.filter((name) => name !== 'shadow')
  return Object.fromEntries(names.map((name) => [name, snapshot.count(name)]))
}

function changesOf(difference: Difference): GenerationReport['changes'] {
  return Object.fromEntries(
    Object.entries(difference).map(([name, { added, removed, changed }]) => [name, { added, removed, changed }]),
  )
}
