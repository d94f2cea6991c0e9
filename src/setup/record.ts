/** The record of what a set-up changed on a machine, from which it is undone: a file in the state dir. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Machine } from './machine.ts'
import type { Role } from './nsswitch/databases.ts'
import { removeFile, replaceFile } from './whole-file.ts'

/** A file that was changed. */
interface ChangedFile {
  readonly path: string
  /** Its content before the first change, in base64; null where there was no file. */
  readonly before: string | null
  /**
   * The SHA-256 of what was written last, in hex: other content is somebody else's. Once the file had such, it stays that of before:
   * what was added to the file must not go with what was written.
   */
  readonly after: string
}

/** What the file holds. */
interface RecordContent {
  readonly version: 1
  readonly role: Role
  readonly files: readonly ChangedFile[]
}

/** A record that can't be read. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
}

/** The name of the file in the state dir. */
const FILE = 'setup.json'

/** The record of one machine. */
export class SetupRecord {
  readonly #machine: Machine
  readonly #path: string
  #content: RecordContent | undefined

  /** Reads the record in a state dir, if there is one. Throws RecordError. */
  constructor(machine: Machine, stateDir: string) {
    this.#machine = machine
    this.#path = join(stateDir, FILE)
    const text = machine.read(this.#path)?.toString()
    if (text !== undefined) this.#content = parsed(text, this.#path)
  }

  /** The path of the record. */
  get path(): string {
    return this.#path
  }

  /** What the machine was set up as; undefined if it was not. */
  get role(): Role | undefined {
    return this.#content?.role
  }

  /** The files that were changed, in the order of their first change. */
  get files(): readonly string[] {
    return this.#content?.files.map(({ path }) => path) ?? []
  }

  /** Notes that the machine is being set up. */
  begin(role: Role): void {
    this.#write({ version: 1, role, files: this.#content?.files ?? [] })
  }

  /** Gives a file new content, and notes first what it was. Throws Error. */
  replace(path: string, content: Uint8Array): void {
    const { role, files = [] } = this.#content ?? {}
    if (role === undefined) throw new TypeError('no record was begun')
    const known = files.find((file) => file.path === path)
    const before = known === undefined ? (this.#machine.read(path)?.toString('base64') ?? null) : known.before
    const after = known === undefined || this.#isAsLeft(known) ? digest(content) : known.after
    const changed = { path, before, after }
    const all = known === undefined ? [...files, changed] : files.map((file) => (file === known ? changed : file))
    // The record holds what the file had, so nobody may read it who may not read the file.
    this.#write({ version: 1, role, files: all }, this.#machine.mode(path))
    replaceFile(this.#machine, path, content)
  }

  /** Whether a file has what was written last, or what it had before the set-up: nobody else changed it. */
  isOurs(path: string): boolean {
    const known = this.#content?.files.find((file) => file.path === path)
    return known !== undefined && this.#isAsLeft(known)
  }

  /** What a file had before the set-up; undefined if there was none. */
  before(path: string): Buffer | undefined {
    const before = this.#content?.files.find((file) => file.path === path)?.before
    return typeof before === 'string' ? Buffer.from(before, 'base64') : undefined
  }

  /** Removes the record. */
  end(): void {
    removeFile(this.#machine, this.#path)
    this.#content = undefined
  }

  /** A crash between the record and the file, or in the middle of the way back, leaves the file as it was before. */
  #isAsLeft({ path, before, after }: ChangedFile): boolean {
    const now = this.#machine.read(path)
    if (now === undefined) return before === null
    return digest(now) === after || now.toString('base64') === before
  }

  #write(content: RecordContent, most?: number): void {
    replaceFile(this.#machine, this.#path, Buffer.from(`${JSON.stringify(content, null, 2)}\n`), most)
    this.#content = content
  }
}

function digest(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function parsed(text: string, path: string): RecordContent {
  try {
    const content: unknown = JSON.parse(text)
    if (isRecord(content)) return content
  } catch {
    // Said below: what is there is no record.
  }
  throw new RecordError(`${path} is not what kickback setup wrote: remove it, and undo the changes by hand`)
}

function isRecord(content: unknown): content is RecordContent {
  if (typeof content !== 'object' || content === null) return false
  const { version, role, files } = content as { readonly [name: string]: unknown }
  return version === 1 && (role === 'master' || role === 'node') && Array.isArray(files) && files.every(isChangedFile)
}

function isChangedFile(file: unknown): file is ChangedFile {
  if (typeof file !== 'object' || file === null) return false
  const { path, before, after } = file as { readonly [name: string]: unknown }
  return typeof path === 'string' && typeof after === 'string' && (before === null || typeof before === 'string')
}
