/** What the signed header of a generation says, as far as masters and nodes decide by it. */

/** The facts of one generation. A Snapshot has them, and so has a header that came before its body. */
export interface GenerationHeader {
  /** The number: it grows. The serial of the DNS zones is the number modulo 2^32. */
  readonly generation: number
  /** 32 bytes; equal for equal content, whatever the number. */
  readonly digest: Uint8Array
  /**
   * When the newest believable input was written, of this one or of those that it came after at its master, in seconds since 1970; 0
   * where no input has a believable time.
   */
  readonly contentTime: number
  /** The number of the last generation that an administrator forced; 0 for none. Never above `generation`. */
  readonly forcedAt: number
}

/** Whether two generations have the same content. */
export function sameDigest(one: Pick<GenerationHeader, 'digest'>, other: Pick<GenerationHeader, 'digest'>): boolean {
  return one.digest.length === other.digest.length && one.digest.every((byte, i) => byte === other.digest[i])
}

/**
 * Whether content that is to be published is known to come after a generation that was met before, and that this master's history does not hold: an
 * administrator forced it after the other, or it is newer. Of content of one second nobody can tell: the number of what is not published yet says nothing.
 */
export function supersedes(one: GenerationHeader, other: GenerationHeader): boolean {
  return outranks(one, other) && (one.contentTime !== other.contentTime || other.generation < one.forcedAt)
}

/**
 * Whether of two generations with different content the first is to be had: an administrator forced it after the other, or
 * its content is newer, or it is as new and has the greater number. Where no input of the first has a believable time
 * nobody can tell, and it is false both ways round.
 */
export function outranks(one: GenerationHeader, other: GenerationHeader): boolean {
  if (one.generation < other.forcedAt) return false
  if (other.generation < one.forcedAt) return true
  if (one.contentTime === 0) return false
  if (one.contentTime !== other.contentTime) return one.contentTime > other.contentTime
  return one.generation > other.generation
}
