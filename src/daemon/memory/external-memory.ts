/**
 * Memory that threads share, as V8 sees it: it counts what an array holds towards its next collection of garbage, but not where threads share it. So tens of
 * MiB of each generation would stay until garbage is collected for another reason.
 */
import { createRequire } from 'node:module'

/** Has V8 count so many bytes more, or fewer, as held by objects of this thread. */
type Count = (bytes: number) => void

/** The module that is built from allocator.c: package.json says where it lies. */
const MODULE = '#allocator'
/** What is smaller makes no difference, in bytes. */
const LEAST = 64 * 1024

/** Has V8 count arrays of shared memory. Where the module can't be loaded it does not. */
export class ExternalMemory {
  readonly #count: Count
  readonly #known = new WeakSet<ArrayBufferLike>()
  readonly #gone: FinalizationRegistry<number>

  constructor(count: Count = loadCount()) {
    this.#count = count
    this.#gone = new FinalizationRegistry((bytes) => count(-bytes))
  }

  /** Bytes that this thread got, and lets go of some time: each memory counts once. */
  add(bytes: Uint8Array | undefined): void {
    const buffer = bytes?.buffer
    if (!(buffer instanceof SharedArrayBuffer) || buffer.byteLength < LEAST || this.#known.has(buffer)) return
    this.#known.add(buffer)
    this.#gone.register(buffer, buffer.byteLength)
    this.#count(buffer.byteLength)
  }
}

function loadCount(): Count {
  try {
    const { countExternal = () => {} } = createRequire(import.meta.url)(MODULE) as { readonly countExternal?: Count }
    return countExternal
  } catch {
    return () => {}
  }
}

/** The memory of this thread. */
export const externalMemory = new ExternalMemory()
