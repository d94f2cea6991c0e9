/** Which line decides a property of each node: the last one that names it, else the last one for all nodes. */
import type { BootProperty, BootSetting } from '../config/index.ts'

/** The lines of one property. */
interface PropertyLines {
  /** For each node, in the order of the numbers, the last line that names it. */
  readonly named: readonly (BootSetting | undefined)[]
  /** The last line for all nodes. */
  readonly common: BootSetting | undefined
}

/** The deciding lines of a cluster. To make them costs each line and each node once, however many of them there are; the lines of a property are looked at when it is first asked for. */
export class DecidingLines {
  readonly #numbers: readonly number[]
  readonly #lines: readonly BootSetting[]
  readonly #found = new Map<BootProperty, PropertyLines>()

  /** `numbers` are those of the nodes, in any order. */
  constructor(numbers: readonly number[], lines: readonly BootSetting[]) {
    this.#numbers = numbers.toSorted((a, b) => a - b)
    this.#lines = lines
  }

  /** The line that decides for a node by its number, and whether it names the node; undefined if no line says anything. */
  of(property: BootProperty, number: number): { readonly line: BootSetting; readonly isNamed: boolean } | undefined {
    const { named, common } = this.#of(property)
    const at = from(this.#numbers, number)
    const own = this.#numbers[at] === number ? named[at] : undefined
    if (own !== undefined) return { line: own, isNamed: true }
    return common && { line: common, isNamed: false }
  }

  #of(property: BootProperty): PropertyLines {
    const known = this.#found.get(property)
    if (known !== undefined) return known
    const lines = this.#lines.filter((line) => line.property === property)
    const made = { named: lastNaming(this.#numbers, lines), common: lines.findLast(({ nodes }) => nodes === undefined) }
    this.#found.set(property, made)
    return made
  }
}

/** For each number the last line that names it. The last line takes its numbers first, and each number is taken once: those that are taken are jumped over. */
function lastNaming(numbers: readonly number[], lines: readonly BootSetting[]): readonly (BootSetting | undefined)[] {
  const taken = new Array<BootSetting | undefined>(numbers.length).fill(undefined)
  const next = Int32Array.from({ length: numbers.length + 1 }, (_, i) => i)
  /** The first from this place on that is free; the way there is shortened. */
  const free = (start: number): number => {
    let at = start
    for (let to = next[at] ?? at; to !== at; to = next[at] ?? at) {
      next[at] = next[to] ?? to
      at = to
    }
    return at
  }
  for (const line of lines.toReversed()) {
    for (const { first, last } of line.nodes?.ranges ?? []) {
      const end = last === undefined ? numbers.length : from(numbers, last + 1)
      for (let at = free(from(numbers, first)); at < end; at = free(at)) {
        taken[at] = line
        next[at] = at + 1
      }
    }
  }
  return taken
}

/** The place of the first number that is not less than this one; the length if there is none. */
function from(numbers: readonly number[], number: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) < number) low = middle + 1
    else high = middle
  }
  return low
}
