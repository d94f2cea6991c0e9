/** The last generations of a master, kept in its state dir: some whole, the others as differences. They are listed, and can be served again. */
import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { GenerationReport } from '../../../kickback/index.ts'
import { DATABASE_NAMES, type Delta, type Difference, layout, type Snapshot } from '../../../resolver/index.ts'
import {
  DRAFT,
  hex,
  inTurns,
  type Log,
  makeFolder,
  messageOf,
  removeWhole,
  systemErrorCode,
} from '../../../values/index.ts'
import type { SourceContent } from '../../sources/source.ts'
import { bytesOf, type Family, familiesOf, familiesToForget, familyOf, type KeepingBounds, newest } from './bases.ts'
import { Contents, type ContentsOptions, digestOf } from './contents.ts'
import { type Base, type Facts, packed, pathOf, readFacts, writeKept } from './file.ts'

/** The bounds that docs/operation.md promises. */
export const KEEPING_BOUNDS: KeepingBounds = { generations: 50, bytes: 256 * 1024 * 1024 }
/** The most deltas between a base and a generation: reading one takes longer with each, and a base that is lost costs as many. */
const STEPS_MAX = 24
/** Deltas that are longer than this part of the snapshot are not kept: a whole file is not much longer, and is read sooner. */
const DELTAS_PART = 1 / 4

/** What kept generations are made of. */
export interface KeptGenerationsOptions extends ContentsOptions {
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
  /** What makes its content of that of the generation before it, where that was worked out. */
  readonly delta?: Delta | undefined
  /** The configuration that it was made from; undefined if that is not known. */
  readonly config: SourceContent | undefined
}

/** How a generation is kept as a difference. */
interface Way {
  readonly base: Base
  /** The header and the deltas, packed. */
  readonly content: Buffer
  readonly family: Family
}

/** The name of a file: the number of its generation. */
const NAME = /^(0|[1-9]\d{0,15})$/

/** The kept generations of one state dir. What can't be written or read costs that generation and those that hang on it, and nothing else. */
export class KeptGenerations {
  readonly #options: KeptGenerationsOptions
  readonly #bounds: KeepingBounds
  readonly #contents: Contents
  /** Ascending by number: those that are listed, and before them what they hang on. */
  #all: readonly Facts[] = []
  /** The numbers of files that are of no use. */
  #useless: readonly number[]
  #keeping: Promise<void> = Promise.resolve()

  private constructor(options: KeptGenerationsOptions, all: readonly Facts[], useless: readonly number[]) {
    this.#options = options
    this.#bounds = options.bounds ?? KEEPING_BOUNDS
    this.#contents = new Contents(options)
    this.#useless = useless
    this.#take(all)
  }

  /** Opens a folder, which need not be there. Files that are damaged or half written are ignored, with a warning, and so are those that need them. */
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
        else if (NAME.test(name)) found.push(await readFacts(options.folder, Number(name)))
      } catch (error) {
        options.log.warn({ file, reason: messageOf(error) }, 'a kept generation cannot be used')
        useless.push(Number(name))
      }
    }
    return new KeptGenerations(options, found, useless)
  }

  /** What is kept, the oldest first. */
  get all(): readonly GenerationReport[] {
    return newest(this.#all, this.#bounds.generations).map(
      ({ size, config, packed, checksum, base, ...report }) => report,
    )
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
    if (!this.#all.some((one) => one.generation === generation))
      throw new Error(`generation ${generation} is not kept; kickback history lists those that are`)
    return this.#contents.snapshot(generation)
  }

  /**
   * The configuration that content was made from, by its digest in hex; undefined if that is not known. Generations of the same content may
   * be made from several, as when a comment changed: this is the newest. Rejects, with the reason, where it cannot be read.
   */
  async configOf(digest: string): Promise<SourceContent | undefined> {
    const facts = this.#all.findLast((one) => one.digest === digest && one.config !== undefined)
    if (facts?.config === undefined) return undefined
    const { origin, time } = facts.config
    return { origin, time, bytes: await this.#contents.text(facts), state: 'read', reason: '' }
  }

  /** Makes these all that are kept. Those whose base is not among them are of no use. */
  #take(all: readonly Facts[]): void {
    const { lost } = familiesOf(all)
    for (const { generation, base } of lost) {
      const reason = `it is a difference from generation ${base?.generation}, which is lost`
      const file = pathOf(this.#options.folder, generation)
      this.#options.log.warn({ file, reason }, 'a kept generation cannot be used')
    }
    this.#useless = [...this.#useless, ...lost.map(({ generation }) => generation)]
    this.#all = all.filter((one) => !lost.includes(one)).toSorted((a, b) => a.generation - b.generation)
  }

  async #tryKeep(snapshot: Snapshot, provenance: Provenance): Promise<void> {
    const { generation } = snapshot
    try {
      if (this.#all.some((one) => one.generation === generation && one.digest === hex(snapshot.digest))) return
      const facts = await this.#write(snapshot, provenance)
      this.#useless = this.#useless.filter((one) => one !== generation)
      this.#take([...this.#all.filter((one) => one.generation !== generation), facts])
      await this.#forgetOldest()
    } catch (error) {
      this.#options.log.error(
        { generation, reason: messageOf(error) },
        'cannot keep this generation for later; it is served',
      )
    }
  }

  /** Writes it, as a difference where that is shorter. */
  async #write(snapshot: Snapshot, { delta, ...about }: Provenance): Promise<Facts> {
    makeFolder(this.#options.folder, 0o700)
    const way = await this.#wayTo(snapshot, delta)
    const content = way?.content ?? (await packed(snapshot.bytes))
    const { config, text } = await configParts(about.config, way?.family)
    const facts: Facts = {
      ...{
        generation: snapshot.generation,
        digest: hex(snapshot.digest),
        time: Math.floor(about.time),
        cause: about.cause,
      },
      ...{ records: recordsOf(snapshot), changes: changesOf(about.difference) },
      ...{ bytes: content.length + text.length, size: snapshot.bytes.length, packed: [content.length, text.length] },
      ...{ checksum: true, ...(config && { config }), ...(way && { base: way.base }) },
    }
    await writeKept(this.#options.folder, facts, [content, text])
    if (way === undefined) this.#contents.written(facts)
    return facts
  }

  /** How it is kept as a difference; undefined where it is to be whole, or what it would hang on cannot be read, which is logged. */
  async #wayTo(snapshot: Snapshot, delta: Delta | undefined): Promise<Way | undefined> {
    // Its own number may be that of other content, whose file it takes.
    const others = this.#all.filter(({ generation }) => generation !== snapshot.generation)
    const withContent = (digest: Uint8Array) => others.findLast((one) => one.digest === hex(digest))
    const same = withContent(snapshot.digest)
    const from = same ?? (delta && withContent(delta.from))
    const family = from && familyOf(from, others)
    if (from === undefined || family === undefined) return undefined
    try {
      if (!(await this.#contents.isSound(family.base))) return undefined
      const before = await this.#contents.deltas(from)
      const more = same === undefined && delta !== undefined ? [delta.bytes] : []
      const raw = Buffer.concat([snapshot.bytes.subarray(0, layout.HEADER.size), before, ...more])
      const steps = (from.base?.steps ?? 0) + more.length
      const { generation, digest } = family.base
      const base = { generation, digest, steps, length: raw.length }
      if (!isShort(base, snapshot, family)) return undefined
      const content = await packed(raw)
      return this.#hasRoom(family, content.length) ? { base, content, family } : undefined
    } catch (error) {
      this.#options.log.warn(
        { generation: from.generation, reason: messageOf(error) },
        'a kept generation cannot be used',
      )
      return undefined
    }
  }

  /** Differences are to take no more than their base together, and the family no more than all may. */
  #hasRoom(family: Family, more: number): boolean {
    const all = bytesOf(family) + more
    return all <= 2 * family.base.bytes && all <= this.#bounds.bytes
  }

  /** Within the bounds again; a base goes after what hangs on it. What is of no use goes when all that is newer would go. */
  async #forgetOldest(): Promise<void> {
    for (const { base, others } of familiesToForget(this.#all, this.#bounds)) {
      for (const one of [...others, base]) {
        await removeWhole(pathOf(this.#options.folder, one.generation))
        this.#all = this.#all.filter((other) => other !== one)
      }
    }
    const first = this.#all[0]?.generation ?? 0
    for (const old of this.#useless.filter((one) => one < first)) {
      await removeWhole(pathOf(this.#options.folder, old))
    }
    this.#useless = this.#useless.filter((one) => one >= first)
  }
}

/** Whether so many deltas are worth it. None of the contents between is much larger than both ends: who patches bounds that. */
function isShort({ steps, length }: Base, { bytes }: Snapshot, { base, others }: Family): boolean {
  const largest = Math.max(bytes.length, ...others.map(({ size }) => size))
  return steps <= STEPS_MAX && length <= layout.HEADER.size + DELTAS_PART * bytes.length && largest <= 2 * base.size
}

/** What is known of a configuration, and its text, packed; no text where a file of the family has the same. */
async function configParts(
  config: SourceContent | undefined,
  family: Family | undefined,
): Promise<{ readonly config?: Facts['config']; readonly text: Buffer }> {
  if (config === undefined) return { text: await packed(new Uint8Array(0)) }
  const { origin, time, bytes } = config
  const about = { origin, time, size: bytes.length, digest: await inTurns(digestOf(bytes)) }
  const members = family === undefined ? [] : [family.base, ...family.others]
  const holder = members.find((one) => one.config?.digest === about.digest && one.config.in === undefined)
  if (holder === undefined) return { config: about, text: await packed(bytes) }
  return { config: { ...about, in: holder.generation }, text: Buffer.alloc(0) }
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

function recordsOf(snapshot: Snapshot): GenerationReport['records'] {
  const names = DATABASE_NAMES.filter((name) => name !== 'shadow')
  return Object.fromEntries(names.map((name) => [name, snapshot.count(name)]))
}

function changesOf(difference: Difference): GenerationReport['changes'] {
  return Object.fromEntries(
    Object.entries(difference).map(([name, { added, removed, changed }]) => [name, { added, removed, changed }]),
  )
}
