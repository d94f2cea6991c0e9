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
import { handlers, inTurns, type Steps } from '../../values/index.ts'

/** Maps files; what it gives is in memory of the system's own. */
export interface Mapper {
  /** So many bytes of an open file from its start, which must have them. What is written to the first 4096 stays here. Throws the system's error. */
  map(fd: number, size: number): ArrayBuffer
  /** The pages of a map do not count for this process until they are read again. */
  rest(map: ArrayBuffer): void
}

/** How many maps there are at most: of the current file, of the one before it, and of one that somebody still reads or that garbage keeps. */
export const MAPS_MAX = 3
/** How many bytes are compared before others have their turn. */
const STEP_BYTES = 1024 * 1024

/** The maps of one kind of snapshot. */
export class FileMaps {
  readonly #mapper: Mapper
  /** The inode numbers of the files that are mapped: none is used again meanwhile. */
  readonly #mapped = new Set<number>()
  readonly #registry: FinalizationRegistry<number>
  readonly #freed: () => void

  /** `freed` is called when nobody reads any more from a file that was mapped. */
  constructor(mapper: Mapper, freed: () => void) {
    this.#mapper = mapper
    this.#freed = freed
    this.#registry = new FinalizationRegistry(handlers.guard('map freed', (inode) => this.#free(inode)))
  }

  /** Whether somebody here may read from the file with this inode number. */
  isMapped(inode: number): boolean {
    return this.#mapped.has(inode)
  }

  /**
   * Has a snapshot read from the file at a path, which was written from it. Where that can't be, or the file holds anything else, it stays as it is. Whether it is
   * read from the file then. Rejects with what the system says.
   */
  async take(path: string, snapshot: Snapshot): Promise<boolean> {
    if (this.#mapped.size >= MAPS_MAX) return false
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return await this.#takeFrom(file, snapshot)
    } finally {
      await file.close()
    }
  }

  async #takeFrom(file: FileHandle, snapshot: Snapshot): Promise<boolean> {
    const { ino } = await file.stat()
    if (this.#mapped.has(ino)) return false
    const map = this.#mapper.map(file.fd, snapshot.bytes.length)
    this.#mapped.add(ino)
    this.#registry.register(map, ino)
    const bytes = withState(new Uint8Array(map), 0)
    if (!(await inTurns(sameBytes(snapshot.bytes, bytes)))) return false
    snapshot.moveTo(bytes)
    this.#mapper.rest(map)
    return true
  }

  #free(inode: number): void {
    this.#mapped.delete(inode)
    this.#freed()
  }
}

function* sameBytes(one: Uint8Array, other: Uint8Array): Steps<boolean> {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at += STEP_BYTES) {
    if (Buffer.compare(one.subarray(at, at + STEP_BYTES), other.subarray(at, at + STEP_BYTES)) !== 0) return false
    yield
  }
  return true
}
