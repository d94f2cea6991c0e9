// Headers of generations, for tests.
import type { GenerationHeader } from '../../../src/resolver/generations/header.ts'

/** A header with this number, and a digest of one repeated byte. */
export function header(generation: number, content: number, more: Partial<GenerationHeader> = {}): GenerationHeader {
  return { generation, digest: new Uint8Array(32).fill(content), contentTime: 0, forcedAt: 0, ...more }
}
