/** The proof of a trust list: by which roots it counts, and which list replaces which. */
import { type KeyObject, verify } from 'node:crypto'
import { hex } from '../../values/index.ts'
import { keyMark } from '../snapshot/signing.ts'
import { parseTrustList, type TrustList, TrustListError } from './list.ts'

/**
 * Reads a list, and proves it by the roots that are believed now: those of the list that is held, or the key that was set up. A root that
 * the list itself introduces proves nothing, and one that `held` revoked comes back in none. `held` is the list that it would replace. Throws
 * TrustListError; the list that is held, again, is no error.
 */
export function provedTrustList(bytes: Uint8Array, roots: readonly KeyObject[], held?: TrustList): TrustList {
  const list = parseTrustList(bytes)
  if (!isSignedByOne(list, roots)) {
    throw new TrustListError('unproved', 'the trust list is not signed by a root key that is believed here')
  }
  const back = list.roots.map((root) => hex(keyMark(root))).find((mark) => isRevokedIn(held, mark))
  if (back !== undefined) {
    throw new TrustListError('unproved', `the trust list has the root ${back} again, which was revoked`)
  }
  if (held === undefined || list.number > held.number || held.bytes.equals(list.bytes)) return list
  throw list.number < held.number
    ? new TrustListError('older', `trust list ${list.number} is older than trust list ${held.number}, which is held`)
    : new TrustListError(
        'other',
        `another trust list with number ${list.number} is held: make one with a greater number`,
      )
}

function isRevokedIn(held: TrustList | undefined, mark: string): boolean {
  return held?.revoked.some((one) => one.mark === mark) ?? false
}

/** Whether one of these roots signed a list. */
export function isSignedByOne({ signatures, message }: TrustList, roots: readonly KeyObject[]): boolean {
  const marks = new Map(roots.map((root) => [hex(keyMark(root)), root]))
  return signatures.some(({ mark, signature }) => {
    const root = marks.get(mark)
    return root !== undefined && verify(null, message, root, signature)
  })
}
