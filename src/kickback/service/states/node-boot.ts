/** How nodes boot, as whoever sends them their systems sees it: a part of a master that may be absent. Used for display alone. */

/** A node that asked what to boot, and was not seen to be up since. */
export interface NodeBoot {
  /** `installing`: the stage that it was sent last installs it. */
  readonly state: 'booting' | 'installing'
  /** Since when it has this state, in seconds since 1970. */
  readonly since: number
  /** Whether it gets no image any more, for having booted a stage again and again without a report. */
  readonly held: boolean
  /** The stage that it was sent last; undefined if it was sent none. */
  readonly lastStage: string | undefined
}

/** The nodes that boot, by number, as they are now. */
export type NodeBoots = () => ReadonlyMap<number, NodeBoot>

/** How many nodes that are held are named. */
const HELD_MAX = 1000

/** The numbers of the nodes that are held, ascending; undefined if none is. */
export function heldNodes(boots: ReadonlyMap<number, NodeBoot> | undefined): readonly number[] | undefined {
  const held = [...(boots ?? [])].filter(([, { held }]) => held).map(([number]) => number)
  return held.length === 0 ? undefined : held.sort((a, b) => a - b).slice(0, HELD_MAX)
}
