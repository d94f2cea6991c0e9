/**
 * Snapshots that are made in the file that is to hold them: what would be written to memory, and from there to a file in memory, is written once. A draft is read
 * as a map, by which it is proved too, and takes its name when it is to be read by others.
 */
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Growth, Memory } from '../../resolver/index.ts'
import type { FileMaps, Mapper } from './file-maps.ts'
import { isFolderInMemory } from './memory-folder.ts'
import { draftStem, type WholeDraft } from './replacement.ts'

/** What drafts are made with. */
interface DraftsParts {
  /** The path that they are for. */
  readonly path: string
  /** A number that no other writer on this machine has. */
  readonly pid: number
  readonly mapper: Mapper
  readonly maps: FileMaps
  /** Whether files of a folder are memory; asks the system unless set. */
  readonly isInMemory?: (folder: string) => boolean
  /** writeSync unless set. */
  readonly write?: (fd: number, bytes: Uint8Array, position: number) => number
}

/** The drafts of one path. */
export class Drafts {
  readonly #parts: DraftsParts
  /** By what each is read from; those that nobody reads from are removed. */
  readonly #whole = new WeakMap<ArrayBufferLike, WholeDraft>()
  /** The paths of those that have no other name. */
  readonly #unplaced = new Map<number, string>()
  #count = 0
  #isOpen = false

  constructor(parts: DraftsParts) {
    this.#parts = parts
    parts.maps.onFreed((inode) => this.#remove(inode))
  }

  /** What earlier processes left there was removed: until then nothing is made there. */
  open(): void {
    this.#isOpen = true
  }

  /** A place for a snapshot of so many bytes: a draft where that can be, else memory. */
  begin(size: number): Growth {
    const { path, pid, mapper, maps, isInMemory = isFolderInMemory, write = writeAt } = this.#parts
    const memory = (): Growth => new Memory(new Uint8Array(mapper.room(size)))
    if (!this.#isOpen || !maps.hasRoom || !isInMemory(dirname(path))) return memory()
    const draft = `${draftStem(path)}${pid}.${++this.#count}`
    const fd = opened(draft)
    if (fd === undefined) return memory()
    return new Draft({ path: draft, fd, write, memory, mapped: () => this.#map(draft, fd, size) })
  }

  /** The draft that these bytes are read from; undefined where they are not, or where it has its name. */
  of({ buffer }: Uint8Array): WholeDraft | undefined {
    const draft = this.#whole.get(buffer)
    return draft !== undefined && this.#unplaced.has(draft.inode) ? draft : undefined
  }

  /** A draft has its name now, or is not to get one. */
  placed({ path, inode }: WholeDraft): void {
    this.#unplaced.delete(inode)
    removed(path)
  }

  /** Whether these bytes are read from what was a draft, and has this inode number. */
  isPlaced({ buffer }: Uint8Array, inode: number): boolean {
    return this.#whole.get(buffer)?.inode === inode
  }

  /** Nothing is made there any more, and all that have no other name are removed; who reads from them reads on. */
  close(): void {
    this.#isOpen = false
    for (const inode of [...this.#unplaced.keys()]) this.#remove(inode)
  }

  /** Throws the system's error. */
  #map(path: string, fd: number, size: number): Uint8Array {
    const { ino: inode } = fstatSync(fd)
    const map = this.#parts.maps.add(fd, inode, size)
    this.#whole.set(map, { path, inode })
    this.#unplaced.set(inode, path)
    return new Uint8Array(map)
  }

  #remove(inode: number): void {
    const path = this.#unplaced.get(inode)
    this.#unplaced.delete(inode)
    if (path !== undefined) removed(path)
  }
}

/** What one is made of. */
interface DraftParts {
  readonly path: string
  readonly fd: number
  readonly write: NonNullable<DraftsParts['write']>
  readonly memory: () => Growth
  readonly mapped: () => Uint8Array
}

/** A draft that grows. Where that cannot go on, as on a full disk, it goes on in memory. */
class Draft implements Growth {
  readonly #parts: DraftParts
  #at = 0
  #memory: Growth | undefined

  constructor(parts: DraftParts) {
    this.#parts = parts
  }

  add(bytes: Uint8Array): void {
    if (this.#memory === undefined && this.#isWritten(bytes)) this.#at += bytes.length
    else this.#inMemory().add(bytes)
  }

  whole(): Uint8Array {
    if (this.#memory !== undefined) return this.#memory.whole()
    try {
      const bytes = this.#parts.mapped()
      closeSync(this.#parts.fd)
      return bytes
    } catch {
      return this.#inMemory().whole()
    }
  }

  drop(): void {
    if (this.#memory !== undefined) return
    closeSync(this.#parts.fd)
    removed(this.#parts.path)
  }

  #isWritten(bytes: Uint8Array): boolean {
    const { fd, write } = this.#parts
    try {
      for (let done = 0; done < bytes.length; ) done += write(fd, bytes.subarray(done), this.#at + done)
      return true
    } catch {
      return false
    }
  }

  /** From now on it grows in memory, with all that there is of it. */
  #inMemory(): Growth {
    if (this.#memory !== undefined) return this.#memory
    const { fd, memory } = this.#parts
    const held = Buffer.alloc(this.#at)
    for (let done = 0; done < held.length; ) {
      const read = readSync(fd, held, done, held.length - done, done)
      if (read === 0) throw new Error('a draft of a snapshot was cut short')
      done += read
    }
    this.drop()
    this.#memory = memory()
    this.#memory.add(held)
    return this.#memory
  }
}

/** A new file that only the owner may look at until it has its own mode; undefined where there can't be one. */
function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
  } catch {
    return undefined
  }
}

function writeAt(fd: number, bytes: Uint8Array, position: number): number {
  return writeSync(fd, bytes, 0, bytes.length, position)
}

function removed(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Another one did it, or it is removed with what is left over at the next start.
  }
}
