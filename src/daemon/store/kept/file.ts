/**
 * The file of a kept generation. It has a first line that says what it is, its facts as a line of JSON, and two parts, each packed by itself:
 * the content, and the text of the configuration.
 *
 * A *whole* file has the bytes of the snapshot. A *difference* has the header of the snapshot and the deltas, side by side, that make its
 * content of the content of its *base*, a whole file of the same folder. So a difference needs its base, and no other file.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { checkShape, type GenerationReport, generationReports, type Shape } from '../../../kickback/index.ts'
import { writeWhole } from '../../../values/index.ts'

/** The first lines: releases before the differences read the whole files, and leave the others alone. */
const MAGICS = { whole: 'kickback kept generation 1\n', difference: 'kickback kept generation 2\n' } as const
/** How many bytes of a file are read to list it: the facts are far fewer. */
const HEAD_MAX = 64 * 1024

/** A configuration whose text is kept. */
interface KeptConfig {
  readonly origin: string
  /** When it was written, in seconds since 1970. */
  readonly time: number
  /** The length of its text, in bytes. */
  readonly size: number
  /** SHA-256 of its text, in hex; files of earlier releases have none. */
  readonly digest?: string
  /** The generation whose file has the same text; absent where this one has it. */
  readonly in?: number
}

/** What a difference starts from. */
export interface Base {
  readonly generation: number
  /** Of its content, in hex. */
  readonly digest: string
  /** How many deltas lead from there, and the length of the header and of them all, in bytes. */
  readonly steps: number
  readonly length: number
}

/** The facts of a file: what is listed, and how the rest of it is packed. */
export interface Facts extends GenerationReport {
  /** The length of the snapshot, in bytes. */
  readonly size: number
  readonly config?: KeptConfig
  /** The lengths of both parts, one after the other, behind the facts. */
  readonly packed: readonly [content: number, config: number]
  /** Whether the parts have a checksum: those of earlier releases have none. */
  readonly checksum?: boolean
  /** Of a difference. */
  readonly base?: Base
}

/** The facts besides those of the report. */
const PACKED: Shape = {
  fields: {
    size: 'uint',
    config: {
      optional: {
        fields: {
          ...{ origin: 'str', time: 'number', size: 'uint' },
          ...{ digest: { optional: 'str' }, in: { optional: 'uint' } },
        },
      },
    },
    packed: { list: 'uint' },
    checksum: { optional: 'bool' },
    base: { optional: { fields: { generation: 'uint', digest: 'str', steps: 'uint', length: 'uint' } } },
  },
}

/** The file of a generation in its folder. */
export function pathOf(folder: string, generation: number): string {
  return join(folder, String(generation))
}

/** Writes a file, for good. The first bytes of `content` are its first part. Rejects with the system's error. */
export async function writeKept(folder: string, facts: Facts, parts: readonly [Uint8Array, Uint8Array]): Promise<void> {
  const head = `${facts.base === undefined ? MAGICS.whole : MAGICS.difference}${JSON.stringify(facts)}\n`
  await writeWhole(pathOf(folder, facts.generation), [Buffer.from(head), ...parts])
}

/** The facts of the file of a generation, by its first bytes and its length. Rejects if they are none, or of another one, or the file is not whole. */
export function readFacts(folder: string, generation: number): Promise<Facts> {
  return reading(pathOf(folder, generation), async (file) => {
    const head = Buffer.alloc(HEAD_MAX)
    const { bytesRead } = await file.read(head, 0, HEAD_MAX, 0)
    return factsOf(head.subarray(0, bytesRead), (await file.stat()).size, generation)
  })
}

/** A file that was read. */
export interface KeptFile {
  readonly facts: Facts
  /** Its parts, still packed. */
  readonly content: Uint8Array
  readonly config: Uint8Array
}

/** Reads all of it. Rejects as `readFacts` does. */
export async function readKept(folder: string, generation: number): Promise<KeptFile> {
  const bytes = await readFile(pathOf(folder, generation))
  const facts = factsOf(bytes, bytes.length, generation)
  const end = bytes.length - facts.packed[1]
  return { facts, content: bytes.subarray(end - facts.packed[0], end), config: bytes.subarray(end) }
}

async function reading<T>(path: string, task: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path)
  try {
    return await task(file)
  } finally {
    await file.close()
  }
}

/** The facts of the bytes that a file of this length begins with. */
function factsOf(head: Buffer, length: number, generation: number): Facts {
  const kind = Object.values(MAGICS).find((magic) => head.toString('latin1', 0, magic.length) === magic)
  const end = head.indexOf('\n', MAGICS.whole.length)
  if (end < 0 || kind === undefined) throw new Error('it is not a kept generation')
  const facts = JSON.parse(head.toString('utf8', kind.length, end)) as Facts
  generationReports([facts])
  checkShape(facts, PACKED, 'facts')
  if ((kind === MAGICS.difference) !== (facts.base !== undefined)) throw new Error('its facts are of another kind')
  if (facts.generation !== generation) throw new Error(`it is generation ${facts.generation} under another name`)
  const [content, text] = facts.packed
  if (end + 1 + content + text !== length)
    throw new Error(`${length} bytes are there, ${end + 1 + content + text} were written`)
  return facts
}

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
/** The quickest level that still makes a fifth of a snapshot. The checksum tells of damage where no digest does: in times of the header. */
const PACKING = { params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 } }

/** A part as it is kept, off the thread that answers. */
export function packed(bytes: Uint8Array): Promise<Buffer> {
  return compress(bytes, PACKING)
}

/** A part as it was. Rejects if it is damaged, or longer than it was. */
export async function unpacked(bytes: Uint8Array, length: number): Promise<Buffer> {
  const whole = await decompress(bytes, { maxOutputLength: Math.max(1, length) })
  if (whole.length !== length) throw new Error(`${whole.length} bytes are packed in it, ${length} were`)
  return whole
}
