/**
 * Snapshots that are read from their own files: the copy in memory, from which a file was written, is let go. /run is memory, and a second
 * copy there and in the daemon would be one too many.
 *
 * The file must keep what it holds as long as anybody here reads from it: so a superseded one is not emptied before its map is gone, which the
 * collection of garbage decides.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Snapshot, withState } from '../../resolver/index.ts'
import { handlers } from '../../values/index.ts'

/** Maps files; what it gives is in memory of the system's own. */
export interface Mapper {
  /** So many bytes of an open file from its start, which must have them. What is written to the first 4096 stays here. Throws the system's error. */
  map(fd: number, size: number): ArrayBuffer
  /** So many bytes of zeros, which begin on a page: see `replaceFile`. Throws the system's error. */
  room(size: number): ArrayBuffer
  /** The pages of a map do not count for this process until they are read again. */
  rest(map: ArrayBuffer): void
}

/** How many maps there are at most: of the current file, of the one before it, and of one that somebody still reads or that garbage keeps. */
export const MAPS_MAX = 3

/** The maps of one kind of snapshot. */
export class FileMaps {
  readonly #mapper: Mapper
  /** The inode numbers of the files that are mapped: none is used again meanwhile. */
  readonly #mapped = new Set<number>()
  readonly #registry: FinalizationRegistry<number>
  readonly #freed: ((inode: number) => void)[] = []

  constructor(mapper: Mapper) {
    this.#mapper = mapper
    this.#registry = new FinalizationRegistry(handlers.guard('map freed', (inode) => this.#free(inode)))
  }

  /** Has this called when nobody reads any more from a file that was mapped, with its inode number. */
  onFreed(freed: (inode: number) => void): void {
    this.#freed.push(freed)
  }

  /** Whether one more file can be mapped. */
  get hasRoom(): boolean {
    return this.#mapped.size < MAPS_MAX
  }

  /** Whether somebody here may read from the file with this inode number. */
  isMapped(inode: number): boolean {
    return this.#mapped.has(inode)
  }

  /**
   * Has a snapshot read from the file at a path, which was written from it and has this inode number. Where that can't be, or another file is there, it stays as it
   * is. Whether it is read from the file then. Rejects with what the system says.
   */
  async take(path: string, inode: number, snapshot: Snapshot): Promise<boolean> {
    if (!this.hasRoom) return false
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return await this.#takeFrom(file, inode, snapshot)
    } finally {
      await file.close()
    }
  }

  /** Maps so many bytes of an open file with this inode number, which is not mapped yet. Throws what the system says. */
  add(fd: number, inode: number, size: number): ArrayBuffer {
    const map = this.#mapper.map(fd, size)
    this.#mapped.add(inode)
    this.#registry.register(map, inode)
    return map
  }

  /** The pages of what is read from such a map do not count for this process until they are read again. */
  rest({ buffer }: Uint8Array): void {
    this.#mapper.rest(buffer as ArrayBuffer)
  }

  async #takeFrom(file: FileHandle, inode: number, snapshot: Snapshot): Promise<boolean> {
    const { ino } = await file.stat()
    if (ino !== inode || this.#mapped.has(ino)) return false
    const map = this.add(file.fd, ino, snapshot.bytes.length)
    snapshot.moveTo(withState(new Uint8Array(map), 0))
    this.#mapper.rest(map)
    return true
  }

  #free(inode: number): void {
    this.#mapped.delete(inode)
    for (const freed of this.#freed) freed(inode)
  }
}
