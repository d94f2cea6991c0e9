/** The last generations that a master published or adopted: by them it knows what its own content came after. */

import { hex } from '../../values/index.ts'
import { type GenerationHeader, sameDigest } from './header.ts'

/** How many generations are remembered. */
export const HISTORY_MAX = 1024

/** One generation of the past. */
export interface PastGeneration extends GenerationHeader {
  /** When it was published or adopted, in seconds since 1970. */
  readonly time: number
  /** Why, in words. */
  readonly cause: string
}

/** The history of a master: bounded, in order of publication. */
export class GenerationHistory {
  #past: PastGeneration[]

  constructor(past: readonly PastGeneration[] = []) {
    this.#past = past.slice(-HISTORY_MAX)
  }

  /** What is remembered, oldest first. */
  get past(): readonly PastGeneration[] {
    return this.#past
  }

  /** Remembers a generation; the oldest is forgotten where there are too many. */
  add(generation: PastGeneration): void {
    this.#past = [...this.#past, generation].slice(-HISTORY_MAX)
  }

  /**
   * Whether a number is from before all that is remembered, in a history that has forgotten: whoever still has it, perhaps only to
   * send it again, is behind.
   */
  isBeforeAll(generation: number): boolean {
    return this.#past.length === HISTORY_MAX && generation < Math.min(...this.#past.map((past) => past.generation))
  }

  /** The generation with this number and this digest; undefined if none is remembered. */
  find(generation: number, digest: Uint8Array): PastGeneration | undefined {
    return this.#past.find((past) => past.generation === generation && sameDigest(past, { digest }))
  }

  /** Whether a generation with this number had this digest. */
  holds(generation: number, digest: Uint8Array): boolean {
    return this.find(generation, digest) !== undefined
  }
}

/** The text of a history: a line of JSON for each generation. */
export function historyText(past: readonly PastGeneration[]): string {
  return past.map((one) => `${JSON.stringify({ ...one, digest: hex(one.digest) })}\n`).join('')
}

/** Reads the text of a history. A line that is damaged, as after a crash, is left out. */
export function parseHistory(text: string): PastGeneration[] {
  return text.split('\n').flatMap((line) => {
    const past = parsedLine(line)
    return past === undefined ? [] : [past]
  })
}

function parsedLine(line: string): PastGeneration | undefined {
  try {
    const { generation, digest, contentTime, forcedAt, time, cause } = JSON.parse(line)
    const isWhole = [generation, contentTime, forcedAt, time].every((n) => Number.isSafeInteger(n) && n >= 0)
    if (!isWhole || typeof cause !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) return undefined
    return { generation, digest: Buffer.from(digest, 'hex'), contentTime, forcedAt, time, cause }
  } catch {
    return undefined
  }
}
