/** A build, and the one that it follows. */
import { isDeepStrictEqual } from 'node:util'
import { layout, type Snapshot } from '../../../resolver/index.ts'
import { mustBeLocal } from '../../../values/index.ts'
import { SOURCE_NAMES, type SourceName, type Sources, sameContent } from '../../sources/source.ts'
import { asBytes, type BuildMemory } from '../build-memory.ts'
import {
  type BuildOrder,
  type BuildWork,
  type Candidate,
  changesBetween,
  digestsOf,
  NO_SNAPSHOTS,
} from '../candidate.ts'
import type { AddressesOf } from '../reading.ts'

/** The order of a build, and what was made by the one before it, or by a part of this build. */
export interface Following {
  readonly order: BuildOrder
  readonly sources: Sources
  /** What `memory`, `before` and `shadow` were made of. */
  readonly last: Sources
  readonly memory: BuildMemory
  readonly before: Snapshot
  readonly shadow: Snapshot | undefined
  readonly addressesOf: AddressesOf
}

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

/** A candidate that was not compared with what is served yet (compared). */
export type Followed = Omit<Candidate, 'difference' | 'delta'>

/** A candidate of these snapshots, which have no generation yet. `changed` is the part of the memory that differs from before. */
export function followed(
  { memory, sources, order }: Following,
  built: { readonly public: Uint8Array; readonly shadow: Uint8Array | undefined },
  changed: Partial<BuildMemory>,
  work: BuildWork,
): Followed {
  const digests = digestsOf(built.public, built.shadow)
  const now: BuildMemory = { ...memory, ...changed, today: order.today, digests }
  const { diagnostics, images, interfaceAddresses, followedInterface, masters, port } = now
  return {
    ...{ built, granted: built.shadow && [], diagnostics, images, errors: 0, omitted: 0 },
    inputTimes: SOURCE_NAMES.map((name) => sources[name].time),
    ...{ interfaceAddresses, followedInterface, masters, port, memory: asBytes(now), work },
  }
}

/** The candidate, with the difference between the snapshots that are served and its own. */
export function compared({ before, detail }: BuildOrder, made: Followed): Candidate {
  return { ...made, ...changesBetween(before, made.built ?? NO_SNAPSHOTS, detail) }
}

/** How many sections a snapshot has. */
export function sectionsIn({ header }: Snapshot): number {
  return (header.tableEnd - header.tableStart) / layout.SECTION.size
}
