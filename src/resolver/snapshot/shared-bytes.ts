/** The memory that snapshots are built in: threads share it, and it can be written to a disk without a copy. */

/** The size of a page of memory, in bytes. Larger pages begin at a multiple of it. */
const PAGE = 4096
/** Where memory that malloc(3) of glibc maps for one piece begins in its page, in bytes: behind the length of the piece. */
const HEAD = 16
/** Smaller pieces, in bytes, do not begin on a page. Up to 32 MiB, memory may also be part of a larger piece (mallopt(3), M_MMAP_THRESHOLD). */
const LARGE = 4 * 2 ** 20

/**
 * Gives `size` bytes of zeros, in memory that threads share: a snapshot is built on one thread and served by another without a copy. With glibc, large pieces begin on a
 * page, so that they can be written without a copy in the cache of the system (open(2), O_DIRECT). With another C library they may not, and are written through the cache.
 */
export function sharedBytes(size: number): Buffer {
  if (size < LARGE) return Buffer.from(new SharedArrayBuffer(size))
  return Buffer.from(new SharedArrayBuffer(size + PAGE - HEAD), PAGE - HEAD, size)
}
