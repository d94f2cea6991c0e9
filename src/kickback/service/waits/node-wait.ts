/** One wait for nodes: which of them are not in step yet, kept up to date by what each of them reports. */
import { type NodeSet, setText } from '../../../config/index.ts'
import { DATABASES, layout, type Snapshot } from '../../../resolver/index.ts'
import { type Address, addressKey, each, lastBefore, type Steps } from '../../../values/index.ts'
import type { Held } from '../holdings.ts'
import type { Attendance } from './attendance.ts'

/** What is waited for: a generation or any later one, or any with this digest. */
export interface Target {
  readonly generation: number
  /** In hex; undefined where it is not known, as of a generation to come. */
  readonly digest: string | undefined
}

/** How a wait stands. The sets are texts as the configuration writes them: `1-3,7`; empty: none. */
export interface NodeStanding {
  /** What was waited for. */
  readonly generation: number
  /** How many nodes are waited for. */
  readonly nodes: number
  /** Nodes that are not connected. */
  readonly missing: string
  /** Nodes that are connected and hold something older. */
  readonly behind: string
}

/** Whether a node is in step: it holds the content of the target, or a later generation. */
function isInStep({ generation, digest }: Held, target: Target): boolean {
  return generation >= target.generation || (digest !== undefined && digest === target.digest)
}

/** The nodes that one wait is about. */
export class NodeWait {
  readonly #attendance: Attendance
  readonly #target: Target
  readonly #numbers = new Map<string, number>()
  readonly #addresses = new Map<number, readonly Address[]>()
  readonly #missing = new Set<number>()
  readonly #behind = new Set<number>()

  constructor(attendance: Attendance, target: Target) {
    this.#attendance = attendance
    this.#target = target
  }

  /** How many nodes it is about. */
  get size(): number {
    return this.#addresses.size
  }

  /** Whether all of them are in step. */
  get isOver(): boolean {
    return this.#missing.size + this.#behind.size === 0
  }

  /** Finds the nodes of the set in a snapshot. Gives the first number that the set names and no node has; undefined if there is none. */
  *find(snapshot: Snapshot, set: NodeSet): Steps<number | undefined> {
    const numbers = new Numbers(set)
    yield* each(snapshot.records('hosts'), ({ record }) => {
      const { kind, number, addresses } = DATABASES.hosts.decode(record)
      if (kind !== layout.HOST_KINDS.NODE || !numbers.has(number)) return
      this.#addresses.set(number, addresses)
      for (const address of addresses) this.#numbers.set(addressKey(address), number)
      this.#judge(number, addresses)
    })
    return numbers.firstGap(this.#addresses)
  }

  /** Something is new of who follows from the address with this key. */
  moved(key: string): void {
    const number = this.#numbers.get(key)
    const addresses = number === undefined ? undefined : this.#addresses.get(number)
    if (number !== undefined && addresses !== undefined) this.#judge(number, addresses)
  }

  /** How it stands now. */
  get standing(): NodeStanding {
    const { generation } = this.#target
    return { generation, nodes: this.size, missing: setText(this.#missing), behind: setText(this.#behind) }
  }

  /** A machine that lost its connection may have an old one still, beside the one that it made since: the newest report counts. */
  #judge(number: number, addresses: readonly Address[]): void {
    this.#missing.delete(number)
    this.#behind.delete(number)
    const held = this.#attendance.heldAt(addresses)
    if (held.length === 0) this.#missing.add(number)
    else if (!held.some((one) => isInStep(one, this.#target))) this.#behind.add(number)
  }
}

/** A set of nodes made ready to be asked. */
class Numbers {
  /** Ranges with both ends, in order, of which none meets another. */
  readonly #ranges: readonly { readonly first: number; readonly last: number }[]
  /** All from this one on are in the set too. */
  readonly #openFrom: number

  constructor({ ranges }: NodeSet) {
    this.#openFrom = Math.min(
      ...ranges.flatMap(({ first, last }) => (last === undefined ? [first] : [])),
      Number.MAX_VALUE,
    )
    const apart: { first: number; last: number }[] = []
    const ended = ranges.flatMap(({ first, last }) => (last === undefined ? [] : [{ first, last }]))
    for (const range of ended.sort((a, b) => a.first - b.first)) {
      const before = apart.at(-1)
      if (before === undefined || before.last < range.first - 1) apart.push(range)
      else before.last = Math.max(before.last, range.last)
    }
    this.#ranges = apart
  }

  /** Whether a number is in it. */
  has(number: number): boolean {
    const range = lastBefore(this.#ranges, ({ first }) => first > number)
    return number >= this.#openFrom || (range !== undefined && number <= range.last)
  }

  /** The first of the ranges with both ends that is not among these; the others name what there is. */
  firstGap(there: { has(number: number): boolean }): number | undefined {
    for (const { first, last } of this.#ranges) {
      for (let number = first; number <= last; number++) if (!there.has(number)) return number
    }
    return undefined
  }
}
