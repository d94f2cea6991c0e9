/** Why a change can't be followed line by line: what it does depends on lines that did not change. */

/** Thrown where a whole build is needed; the message says why. */
export class NotLocalError extends Error {
  override readonly name = 'NotLocalError'
}

/** Throws NotLocalError unless the change is local in this respect. */
export function mustBeLocal(isLocal: boolean, why: string): asserts isLocal {
  if (!isLocal) throw new NotLocalError(why)
}
