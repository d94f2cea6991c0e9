/** A build, and the one that it follows. */
import { isDeepStrictEqual } from 'node:util'
import { type DifferenceDetail, deltaOf, differenceOf, type Snapshot } from '../../../resolver/index.ts'
import { mustBeLocal } from '../../../values/index.ts'
import { SOURCE_NAMES, type SourceName, type Sources, sameContent } from '../../sources/source.ts'
import { ACCOUNTS } from '../account-part.ts'
import type { BuildMemory } from '../build-memory.ts'
import type { BuildOrder, Candidate } from '../candidate.ts'
import type { AddressesOf } from '../reading.ts'

/** The order of a build, and what was made by the one before it. */
export interface Following {
  readonly order: BuildOrder
  readonly sources: Sources
  readonly last: Sources
  readonly memory: BuildMemory
  readonly before: Snapshot
  readonly shadow: Snapshot | undefined
  readonly addressesOf: AddressesOf
}

/** The sources that are no account files. */
export const OTHERS = SOURCE_NAMES.filter((name) => !ACCOUNTS.includes(name))

/** Whether a source has the content of before. */
export function isSame({ last, sources }: Pick<Following, 'last' | 'sources'>, name: SourceName): boolean {
  return sameContent(last[name], sources[name])
}

/** Throws NotLocalError where the interface has another address than it had. */
export function mustHaveItsAddress({ memory, addressesOf }: Following): void {
  const { followedInterface, told } = memory
  const now = followedInterface === undefined ? told : addressesOf(followedInterface)
  mustBeLocal(isDeepStrictEqual([...now], [...told]), 'the address of the interface changed')
}

/** What differs between the snapshots that are served and those that were made. */
export function changesBetween(
  { before, shadow }: Pick<Following, 'before' | 'shadow'>,
  made: { readonly public: Snapshot; readonly shadow: Snapshot | undefined },
  detail: DifferenceDetail | undefined,
): Pick<Candidate, 'difference' | 'delta'> {
  return {
    difference: {
      ...differenceOf(before, made.public, detail),
      ...(shadow && made.shadow && differenceOf(shadow, made.shadow, detail)),
    },
    delta: deltaOf(before, made.public),
  }
}
