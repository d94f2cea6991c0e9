/**
 * The count of shared memory for V8. V8 collects garbage when arrays hold much memory, but does not count memory that threads share. Without this count, tens of
 * MiB of each generation would stay until V8 collects garbage for another reason.
 */
import { createRequire } from 'node:module'

/** Tells V8 that objects of this thread hold so many bytes more; fewer if the number is negative. */
type Count = (bytes: number) => void

/** The module that is built from allocator.c: package.json says where it lies. */
const MODULE = '#allocator'
/** What is smaller makes no difference, in bytes. */
const LEAST = 64 * 1024

/** Tells V8 how much shared memory arrays of this thread hold. It does nothing if the native module can't be loaded. */
export class ExternalMemory {
  readonly #count: Count
  readonly #known = new WeakSet<ArrayBufferLike>()
  readonly #gone: FinalizationRegistry<number>

  constructor(count: Count = loadCount()) {
    this.#count = count
    this.#gone = new FinalizationRegistry((bytes) => count(-bytes))
  }

  /** Counts the shared memory of these bytes until it is collected. Memory that several arrays share counts once. */
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

/** The count of this thread. */
export const externalMemory = new ExternalMemory()
