/** Faults by chance: what happens to whom, and for how long, all from one seed. */
import { numbers } from '../../numbers.ts'

/** One fault that was drawn. */
export interface Drawn<Name> {
  readonly kind: Name
  /** Which of the machines that it can happen to: modulo their number. */
  readonly on: number
  /** For how many steps it lasts. */
  readonly steps: number
  /** How bad it is: each kind makes of this number what it needs. */
  readonly value: number
}

/** A kind of faults, as far as it is drawn: how often among others, and how long it can last, in steps. */
export interface Chance<Name> {
  readonly name: Name
  readonly weight: number
  readonly longest: number
}

/** So many faults of a seed. */
export function drawFaults<Name>(
  seed: number,
  count: number,
  chances: readonly Chance<Name>[],
): readonly Drawn<Name>[] {
  const draw = numbers(seed)
  const all = chances.flatMap((chance) => Array.from({ length: chance.weight }, () => chance))
  return Array.from({ length: count }, () => {
    const chance = all[draw(all.length)]
    if (chance === undefined) throw new Error('no kinds')
    return { kind: chance.name, on: draw(1 << 16), steps: 1 + draw(chance.longest), value: draw(1 << 30) }
  })
}
