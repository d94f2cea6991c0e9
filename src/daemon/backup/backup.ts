/** A backup of a master: its keys, numbers and content in one file, which is proved whole before anything of it is used. */
import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkShape, filesIn, readPublished, type Shape } from '../../kickback/index.ts'
import { layout } from '../../resolver/index.ts'
import { counted, messageOf, systemErrorCode, writeWhole } from '../../values/index.ts'
import { HOST_KEYS_FILE, HOST_KEYS_FOLDER } from '../certificates/kept-host-keys.ts'
import { GIVEN_FILE } from '../passwords/given-passwords.ts'

/** What a backup begins with. */
const MAGIC = 'kickback backup 1\n'
/** The folders whose files are in a backup, and how those are called: by numbers of generations and nodes, and by settings such as `loginDefs`. */
const FOLDERS = {
  generations: /^\d{1,16}$/,
  sources: /^[A-Za-z]+$/,
  [HOST_KEYS_FOLDER]: HOST_KEYS_FILE,
} as const
/** The private root key, which is in a backup only if that is wanted. */
export const ROOT_KEY = 'root.key'
/** The files beside them, in this order: a history has all that a snapshot read before it may be. */
const FILES = [
  layout.FILES.PUBLIC,
  `private/${layout.FILES.SHADOW}`,
  'signing.key',
  'signing.pub',
  ROOT_KEY,
  'root.pub',
  'trust',
  'trust.bridge',
  'authority.key',
  'authority.crt',
  'tls.key',
  'node-keys',
  GIVEN_FILE,
  'pin',
] as const
const LAST = 'history'
/** The longest line of facts, and how much is read at once, in bytes. */
const [LINE_MAX, CHUNK] = [4096, 1024 * 1024]

/** A file of the state dir in a backup. */
export interface BackupEntry {
  /** Its path in the state dir. */
  readonly path: string
  /** Its time, in seconds since 1970. */
  readonly time: number
  /** In bytes. */
  readonly size: number
  /** SHA-256 of its bytes, in hex. */
  readonly digest: string
}

/** A backup that was proved whole. */
export interface Backup {
  /** When it was made, in seconds since 1970. */
  readonly time: number
  readonly entries: readonly BackupEntry[]
  /** The bytes of a file of it, in pieces. Throws BackupError if they are not those that were proved. */
  content(entry: BackupEntry): AsyncGenerator<Uint8Array, void, undefined>
  close(): Promise<void>
}

/** A file that is no backup, or a damaged one. The message says at which byte. */
class BackupError extends Error {
  override readonly name = 'BackupError'
}

const ENTRY: Shape = { fields: { path: 'str', time: 'number', size: 'uint', digest: 'str' } }
const START: Shape = { fields: { time: 'uint' } }

/**
 * Writes a backup of a state dir, whole or not at all, with mode 0600. A daemon may run there. Gives what is in it. Throws the
 * system's error, and an Error where the state dir is not that of a master. The private root key is left out unless `withRootKey`.
 */
export async function writeBackup(
  stateDir: string,
  file: string,
  time: number,
  withRootKey = false,
): Promise<readonly BackupEntry[]> {
  const entries: BackupEntry[] = []
  await writeWhole(file, pouring(backupParts({ stateDir, withRootKey }, Math.floor(time), entries)))
  return entries
}

/** Writes pieces to a draft as they come. What throws while they come leaves no file. */
export function pouring(pieces: AsyncIterable<Uint8Array>): (draft: FileHandle) => Promise<void> {
  return async (draft) => {
    for await (const piece of pieces) await draft.writeFile(piece)
  }
}

/** The bytes of a backup in pieces; what is in it is added to `entries`. */
async function* backupParts(
  { stateDir, withRootKey }: { readonly stateDir: string; readonly withRootKey: boolean },
  made: number,
  entries: BackupEntry[],
): AsyncGenerator<Uint8Array> {
  const whole = createHash('sha256')
  const counting = (bytes: Uint8Array): Uint8Array => {
    whole.update(bytes)
    return bytes
  }
  yield counting(Buffer.from(`${MAGIC}${JSON.stringify({ time: made })}\n`))
  for (const path of await pathsIn(stateDir)) {
    if (path === ROOT_KEY && !withRootKey) continue
    const found = await contentOf(stateDir, path)
    if (found === undefined) continue
    const { bytes, time } = found
    const entry = { path, time, size: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
    entries.push(entry)
    yield counting(Buffer.from(`${JSON.stringify(entry)}\n`))
    yield counting(bytes)
  }
  for (const needed of ['signing.key', layout.FILES.PUBLIC]) {
    if (!entries.some(({ path }) => path === needed))
      throw new Error(`${join(stateDir, needed)} is not there: this is not the state dir of a master that has served`)
  }
  yield Buffer.from(`end ${whole.digest('hex')}\n`)
}

/** The files of a state dir that are in a backup, as far as they are there. */
export async function pathsIn(stateDir: string): Promise<string[]> {
  const inside = await Promise.all(
    Object.entries(FOLDERS).map(async ([folder, name]) => {
      const names = (await namesIn(join(stateDir, folder))).filter((one) => name.test(one))
      // A generation that others are kept as differences from comes before them: it is forgotten after them.
      return names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).map((one) => `${folder}/${one}`)
    }),
  )
  return [...FILES, ...inside.flat(), LAST]
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await ifThere(readdir(folder))) ?? []
}

/** A file as it is now. One that is forgotten meanwhile is not there; a snapshot that is superseded meanwhile is read again. */
async function contentOf(
  stateDir: string,
  path: string,
): Promise<{ readonly bytes: Uint8Array; readonly time: number } | undefined> {
  const file = join(stateDir, path)
  const { snapshot, shadow } = filesIn(stateDir)
  const isSnapshot = file === snapshot || file === shadow
  const bytes = await ifThere(isSnapshot ? readPublished(file) : readFile(file))
  const found = await ifThere(stat(file))
  return bytes === undefined || found === undefined ? undefined : { bytes, time: found.mtimeMs / 1000 }
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Opens a backup and proves all of it. Throws BackupError, and the system's error. */
export async function openBackup(file: string): Promise<Backup> {
  const handle = await open(file)
  try {
    const reader = new Reader(handle, file)
    const { time, places } = await proved(reader)
    return {
      time,
      entries: [...places.keys()],
      content: (entry) => reader.piecesAgain(entry, places.get(entry) ?? 0),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** When a backup was made, and where the bytes of each of its files begin. */
async function proved(reader: Reader): Promise<{ time: number; places: Map<BackupEntry, number> }> {
  if ((await reader.line()) !== MAGIC.trimEnd()) throw reader.error(0, 'this is no backup of kickback')
  const { time } = facts<{ time: number }>(reader, reader.offset, await reader.line(), START)
  const places = new Map<BackupEntry, number>()
  for (;;) {
    const [start, sum] = [reader.offset, reader.sum]
    const line = await reader.line()
    if (line.startsWith('end ')) {
      if (line !== `end ${sum}`) throw reader.error(start, 'the digest of the whole is wrong')
      if (!(await reader.isAtEnd())) throw reader.error(reader.offset, 'there is more behind the end')
      return { time, places }
    }
    const entry = facts<BackupEntry>(reader, start, line, ENTRY)
    if (!isKnownPath(entry.path)) throw reader.error(start, 'this is no file of a state dir')
    if ([...places.keys()].some(({ path }) => path === entry.path))
      throw reader.error(start, `${entry.path} is there twice`)
    places.set(entry, reader.offset)
    await reader.pass(entry)
  }
}

/** The facts in a line that begins there. Throws BackupError. */
function facts<T>(reader: Reader, start: number, line: string, shape: Shape): T {
  try {
    const value: unknown = JSON.parse(line)
    checkShape(value, shape, 'facts')
    return value as T
  } catch (error) {
    throw reader.error(start, `its facts are damaged: ${messageOf(error)}`)
  }
}

function isKnownPath(path: string): boolean {
  if (path === LAST || (FILES as readonly string[]).includes(path)) return true
  const [folder = '', name = '', ...more] = path.split('/')
  return more.length === 0 && Object.hasOwn(FOLDERS, folder) && FOLDERS[folder as keyof typeof FOLDERS].test(name)
}

/** Reads a backup from its begin to its end. */
class Reader {
  readonly #handle: FileHandle
  readonly #file: string
  readonly #whole = createHash('sha256')
  /** Where it is, in bytes. */
  offset = 0

  constructor(handle: FileHandle, file: string) {
    this.#handle = handle
    this.#file = file
  }

  /** The digest of all that was read, in hex. */
  get sum(): string {
    return this.#whole.copy().digest('hex')
  }

  /** What is wrong, and where. */
  error(offset: number, what: string): BackupError {
    return new BackupError(`${this.#file}: byte ${offset}: ${what}`)
  }

  /** Whether nothing follows. */
  async isAtEnd(): Promise<boolean> {
    return (await this.#read(this.offset, 1)).length === 0
  }

  /** The next line, without its end. */
  async line(): Promise<string> {
    const bytes = await this.#read(this.offset, LINE_MAX)
    const end = bytes.indexOf('\n')
    if (end < 0) throw this.error(this.offset, bytes.length < LINE_MAX ? 'it ends too early' : 'it is damaged')
    this.#whole.update(bytes.subarray(0, end + 1))
    this.offset += end + 1
    return bytes.toString('utf8', 0, end)
  }

  /** Goes past the bytes of a file, which have to be those that its facts tell. */
  async pass(entry: BackupEntry): Promise<void> {
    for await (const piece of this.piecesAgain(entry, this.offset)) this.#whole.update(piece)
    this.offset += entry.size
  }

  /** The bytes of a file, which begin there. */
  async *piecesAgain({ path, size, digest }: BackupEntry, from: number): AsyncGenerator<Uint8Array, void, undefined> {
    const hash = createHash('sha256')
    for (let at = 0; at < size; ) {
      const piece = await this.#read(from + at, Math.min(CHUNK, size - at))
      if (piece.length === 0) {
        throw this.error(from + at, `it ends within ${path}, of which ${counted(size - at, 'byte')} are missing`)
      }
      hash.update(piece)
      at += piece.length
      yield piece
    }
    if (hash.digest('hex') !== digest) throw this.error(from, `${path} is damaged: its digest is wrong`)
  }

  async #read(position: number, length: number): Promise<Buffer> {
    const { bytesRead, buffer } = await this.#handle.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  }
}
