/** What a master does about a generation of the cluster's key that it meets at another master or at a node. */
import { type GenerationHeader, outranks, sameDigest } from './header.ts'
import { SERIAL_STEPS, serialDistance } from './serial.ts'

/**
 * `ours`: ours is to be had. `adopt`: the content is ours, under a greater number; take its header as it is. `raise`: ours is
 * to be had, under a number above the other's. `conflict`: an administrator has to decide.
 */
export type Meeting = 'ours' | 'adopt' | 'raise' | 'conflict'

/**
 * What to do about `theirs`, while `own` is served. `isKnown`: our own history holds theirs, so that ours came after it.
 * Whatever is met, content that is not known to be newer wins only by the word of an administrator.
 */
export function meet(own: GenerationHeader, theirs: GenerationHeader, isKnown: boolean): Meeting {
  const isAbove = own.generation > theirs.generation
  if (sameDigest(own, theirs)) {
    if (isAbove) return 'ours'
    if (theirs.generation === own.generation) return losesNothing(theirs, own) ? 'ours' : 'raise'
    return losesNothing(own, theirs) ? 'adopt' : 'raise'
  }
  if (isKnown || outranks(own, theirs)) return isAbove ? 'ours' : 'raise'
  return 'conflict'
}

/**
 * Whether the header of another can stand for ours of the same content: it sends no serial back, and drops neither the
 * decision of an administrator nor the time. Where it can't, the other takes a header of ours that has the greater of both.
 */
export function losesNothing(own: GenerationHeader, theirs: GenerationHeader): boolean {
  const isForward = serialDistance(own.generation, theirs.generation) < SERIAL_STEPS
  return isForward && theirs.forcedAt >= own.forcedAt && theirs.contentTime >= own.contentTime
}
