/**
 * How many nodes have which content. It is counted at each change, so that the number of nodes that are behind is known
 * without a search.
 */
import type { Snapshot } from '../../resolver/index.ts'
import { hex } from '../../values/index.ts'

/** The generation that a node reported. Without a digest only the number is known. */
export interface Held {
  readonly generation: number
  /** In hex. */
  readonly digest: string | undefined
}

/** Whether a node has other content than the current one. Equal content has equal digests, whatever its number. */
export function isBehind({ generation, digest }: Held, current: Snapshot | undefined): boolean {
  if (digest !== undefined && current !== undefined) return digest !== hex(current.digest)
  return generation !== (current?.generation ?? 0)
}

/** Counts of what is held. */
export class Holdings {
  readonly #counts = new Map<string, number>()
  #reported = 0

  /** How many nodes reported their generation. */
  get reported(): number {
    return this.#reported
  }

  /** How many different contents they reported. */
  get kinds(): number {
    return this.#counts.size
  }

  /** A node had `before` and has `after` now; undefined: it has not reported. */
  moved(before: Held | undefined, after: Held | undefined): void {
    if (before !== undefined) this.#add(before, -1)
    if (after !== undefined) this.#add(after, 1)
  }

  /** How many hold other content than the current. */
  behind(current: Snapshot | undefined): number {
    const generation = current?.generation ?? 0
    const inStep = current === undefined ? [] : [keyOf({ generation, digest: hex(current.digest) })]
    const keys = [...inStep, keyOf({ generation, digest: undefined })]
    return this.#reported - keys.reduce((sum, key) => sum + (this.#counts.get(key) ?? 0), 0)
  }

  #add(held: Held, by: 1 | -1): void {
    const key = keyOf(held)
    const count = (this.#counts.get(key) ?? 0) + by
    if (count > 0) this.#counts.set(key, count)
    else this.#counts.delete(key)
    this.#reported += by
  }
}

/** The key of a content: the digest if it is known, whatever the number; else the number. */
function keyOf({ generation, digest }: Held): string {
  return digest ?? String(generation)
}
