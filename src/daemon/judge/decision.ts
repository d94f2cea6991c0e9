/** The decision about a candidate: it is served, is no change, or is refused. */
import { type Diagnostic, diagnosticAt, diagnosticHeadline, wholeFile } from '../../config/index.ts'
import { type Difference, Snapshot, sameDigest } from '../../resolver/index.ts'
import { counted } from '../../values/index.ts'
import type { Candidate, SnapshotPair } from '../candidate/candidate.ts'
import { RELOAD_CODES } from '../candidate/codes.ts'
import type { Served } from '../served.ts'
import { lossesOf, lossText } from './loss-limit.ts'

/** What is to be done with a candidate. */
export type Decision =
  | { readonly kind: 'refused'; readonly reason: string; readonly errors: readonly Diagnostic[] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'publish'; readonly pair: SnapshotPair }

/**
 * Publish, unless the candidate has errors, or loses so many records that an administrator must allow it (`force`), or
 * says what is served already. Only the snapshots that changed are in the pair; with `force` the public one is, changed
 * or not: a forced generation is the word of an administrator to other masters and to nodes.
 * While earlier content is pinned (`isPinned`) only shadow entries follow the sources: the public snapshot stays what it is, and what
 * it would lose is no loss yet. `accepting`: as for `lossDiagnostics`.
 */
export function decide(
  candidate: Candidate,
  current: Served,
  force: boolean,
  isPinned = false,
  accepting = '--force',
): Decision {
  const { built, difference, diagnostics } = candidate
  if (built === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    const first = errors.slice(0, 1).map(diagnosticHeadline)
    return { kind: 'refused', reason: `${counted(candidate.errors, 'error')}: ${first}`, errors }
  }
  const losses = force ? [] : lossDiagnostics(followed(difference, isPinned), accepting)
  const [loss] = losses
  if (loss !== undefined) return { kind: 'refused', reason: loss.message, errors: losses }
  const pair = {
    public: isPinned
      ? again(current.public, force)
      : !force && isSame(current.public, built.public)
        ? undefined
        : built.public,
    shadow: isSame(current.shadow, built.shadow) ? undefined : built.shadow,
  }
  if (pair.public === undefined && pair.shadow === undefined) return { kind: 'unchanged' }
  return { kind: 'publish', pair }
}

/** The part of a difference that is published: while content is pinned, that of shadow. */
export function followed(difference: Difference, isPinned: boolean): Difference {
  if (!isPinned) return difference
  const { shadow } = difference
  return shadow === undefined ? {} : { shadow }
}

/** What is served, for a new number, where that is wanted. */
function again(current: Snapshot | undefined, isWanted: boolean): Uint8Array | undefined {
  return isWanted && current !== undefined ? new Uint8Array(current.bytes) : undefined
}

/** Nothing new is as good as the same: a shadow file that can't be read any more leaves the last one in force. */
function isSame(current: Snapshot | undefined, built: Uint8Array | undefined): boolean {
  if (built === undefined) return true
  return current !== undefined && sameDigest(current, Snapshot.open(built))
}

/** What of a change is more than the loss limit allows; nothing if it allows all of it. `accepting`: the options that accept it. */
export function lossDiagnostics(difference: Difference, accepting = '--force'): Diagnostic[] {
  const lost = lossesOf(difference)
  if (lost.length === 0) return []
  const message = `it would ${lossText(lost)}; to accept that: kickback reload ${accepting}`
  return [diagnosticAt(RELOAD_CODES, 'loss-limit', wholeFile(''), message)]
}
