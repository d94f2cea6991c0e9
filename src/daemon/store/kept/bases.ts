/** Which kept generations hang on which whole file, and which of them go when there are too many. */
import type { Facts } from './file.ts'

/** How many generations are kept, and how many bytes of disk they take, at most. */
export interface KeepingBounds {
  readonly generations: number
  readonly bytes: number
}

/** Generations with the whole file that they need, and itself. */
export interface Family {
  readonly base: Facts
  /** The differences from it. */
  readonly others: readonly Facts[]
}

/** The families of generations, and those whose base is not among them, or has other content. */
export function familiesOf(all: readonly Facts[]): {
  readonly families: readonly Family[]
  readonly lost: readonly Facts[]
} {
  const families = new Map<number, { readonly base: Facts; readonly others: Facts[] }>()
  for (const one of all) if (one.base === undefined) families.set(one.generation, { base: one, others: [] })
  const lost = all.filter((one) => {
    if (one.base === undefined) return false
    const family = families.get(one.base.generation)
    if (family?.base.digest !== one.base.digest) return true
    family.others.push(one)
    return false
  })
  return { families: [...families.values()], lost }
}

/** The family of one of them; undefined if its base is not among them. */
export function familyOf({ generation, base }: Facts, all: readonly Facts[]): Family | undefined {
  return familiesOf(all).families.find((family) => family.base.generation === (base?.generation ?? generation))
}

/** The bytes that a family takes. */
export function bytesOf({ base, others }: Family): number {
  return [base, ...others].reduce((sum, one) => sum + one.bytes, 0)
}

/**
 * The families to forget, so that all are within the bounds: first those of which no generation is among the newest, then the oldest. The
 * family of the newest stays, however large it is. A family goes as a whole: its base is needed as long as one of the others is.
 */
export function familiesToForget(all: readonly Facts[], { generations, bytes }: KeepingBounds): readonly Family[] {
  const { families } = familiesOf(all)
  const listed = newest(all, generations)
  const least = listed[0]?.generation ?? 0
  const byAge = families.toSorted((a, b) => newestOf(a) - newestOf(b))
  let sum = families.reduce((total, family) => total + bytesOf(family), 0)
  return byAge.slice(0, -1).filter((family) => {
    if (newestOf(family) >= least && sum <= bytes) return false
    sum -= bytesOf(family)
    return true
  })
}

/** So many of the newest by their numbers, the oldest of them first. */
export function newest(all: readonly Facts[], count: number): readonly Facts[] {
  return all.toSorted((a, b) => a.generation - b.generation).slice(-count)
}

function newestOf({ base, others }: Family): number {
  return Math.max(base.generation, ...others.map(({ generation }) => generation))
}
