/** The memory that snapshots are built in: threads share it, and a disk takes what is in it from where it is. */

/** Pages of memory, in bytes; larger ones begin where these do. */
const PAGE = 4096
/** How far behind the begin of a page malloc(3) of glibc puts memory that it has of the system by itself: behind its length. */
const HEAD = 16
/** What is smaller, in bytes, is not worth a page. From here to 32 MiB memory may also be part of a larger piece (mallopt(3), M_MMAP_THRESHOLD). */
const LARGE = 4 * 2 ** 20

/**
 * So many bytes of zeros. What is built on one thread is served by another, and nothing is copied for it. With glibc large ones begin on a page: a disk
 * takes them without a copy in the cache of the system (open(2), O_DIRECT). Where they do not, they are as good as others.
 */
export function sharedBytes(size: number): Buffer {
  if (size < LARGE) return Buffer.from(new SharedArrayBuffer(size))
  return Buffer.from(new SharedArrayBuffer(size + PAGE - HEAD), PAGE - HEAD, size)
}
