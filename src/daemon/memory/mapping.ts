/** Files in memory, by the module that the allocator is in too. */
import { createRequire } from 'node:module'
import type { Mapper } from '../../kickback/index.ts'
import { type Log, messageOf } from '../../values/index.ts'

/** The module that is built from allocator.c and mapping.c: package.json says where it lies. */
const MODULE = '#allocator'

/** Maps files, and knows its maps. */
export class FileMapper implements Mapper {
  readonly #module: Mapper
  readonly #maps = new Set<WeakRef<ArrayBuffer>>()

  constructor(module: Mapper) {
    this.#module = module
  }

  map(fd: number, size: number): ArrayBuffer {
    const map = this.#module.map(fd, size)
    for (const other of this.#maps) if (other.deref() === undefined) this.#maps.delete(other)
    this.#maps.add(new WeakRef(map))
    return map
  }

  room(size: number): ArrayBuffer {
    return this.#module.room(size)
  }

  rest(map: ArrayBuffer): void {
    this.#module.rest(map)
  }

  /** No page of any map counts for this process until it is read again. */
  restAll(): void {
    for (const one of this.#maps) {
      const map = one.deref()
      if (map !== undefined) this.rest(map)
    }
  }
}

/** What maps files. Where the module can't be loaded there is nothing, and copies are kept in memory; that is logged as debug. */
export function fileMapper(log: Pick<Log, 'debug'>, load = loadModule): FileMapper | undefined {
  try {
    return new FileMapper(load())
  } catch (error) {
    log.debug({ reason: messageOf(error) }, 'copies of files are kept in memory: the module that maps files is missing')
    return undefined
  }
}

function loadModule(): Mapper {
  const { map, room, rest } = createRequire(import.meta.url)(MODULE) as Partial<Mapper>
  if (map === undefined || room === undefined || rest === undefined)
    throw new Error(`${MODULE} is of an earlier release`)
  return { map, room, rest }
}
