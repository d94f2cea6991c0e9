/**
 * The format of a snapshot's file: its numbers, and the structures that belong to no database. Those of the databases are in
 * databases/, layout.ts has all together.
 *
 *   ┌────────┬──────────┬───────────────────┬────────────────────────────────┐
 *   │ header │ sections │ indexes (slots)   │ records, in enumeration order  │
 *   └────────┴──────────┴───────────────────┴────────────────────────────────┘
 *   0        192        each section starts on a multiple of 8
 *
 * Numbers are little-endian. A record starts on a multiple of 8, begins with its own size, and is: numbers, then
 * offsets, then NUL-terminated strings side by side. Offsets of strings count from the record's first string, and the slots
 * of an index count from the start of the section of records: a section is the same bytes wherever it stands in the file.
 */
import type { Address } from '../values/index.ts'
import { structure } from './structure.ts'

/** The eight bytes that a snapshot begins with. */
export const MAGIC = 'kickback'
/** The major layout: readers refuse any other. Within it a snapshot grows as docs/compatibility.md says. */
export const LAYOUT = 2
/** The names of the files. Their number counts the layouts that were released: a new one is published beside the old. */
export const FILES = { PUBLIC: 'snapshot.1', SHADOW: 'shadow.1' } as const
/** Sections, and records, start on a multiple of this many bytes. */
export const ALIGNMENT = 8
/** The offset of an absent field in a triple: it matches everything. */
export const WILDCARD = 0xffffffff
/** What a host record's `number` holds when the record belongs to no node. */
export const NO_NODE = -1
/** The target_width of a pattern whose stored name has no number. */
export const PLAIN_WIDTH = 0xff
/** The longest host name that is looked up, in bytes, domain included: a longer one is NOTFOUND unread (RFC 1035). */
export const HOST_NAME_MAX = 255
/** The most bytes of strings, NULs included, in records whose offsets have 16 bits. */
export const STRINGS_MAX = 0xffff
/** The longest record that is built: one reply of the protocol carries it. */
export const RECORD_MAX = 15 * 1024 * 1024
/** The most sections that a reader goes through. */
export const SECTIONS_MAX = 256

/** What a snapshot holds: databases for everyone, or shadow alone. */
export const KINDS = { PUBLIC: 1, SHADOW: 2 } as const

/**
 * The state word, the only bytes of a published file that ever change. The low byte is where the file is in its life; the
 * bits above it are facts of the machine that published it. The whole word is outside digest and signature.
 */
export const STATES = { CURRENT: 0, SUPERSEDED: 1, EMPTIED: 2 } as const
/** The part of the state word that holds one of STATES. */
export const STATE_MASK = 0xff
/** Set in the state word where this machine was granted shadow entries: pw_passwd is then `x`, else `*`. */
export const STATE_SHADOW_GRANTED = 0x100

/** Address families as Linux numbers them (address_families(7)). */
export const FAMILIES = { INET: 2, INET6: 10 } as const

/** The number by which records hold a family. */
export function familyNumber(family: Address['family']): number {
  return family === 4 ? FAMILIES.INET : FAMILIES.INET6
}

/** What a host record describes. UNAPPROVED is a node that has its number, its names and its addresses, and is otherwise treated as no node. */
export const HOST_KINDS = { MASTER: 1, HOST: 2, NODE: 3, COMPANION: 4, UNAPPROVED: 5 } as const
/**
 * What else a host record says. A device of several host lines with different aliases has a record for each of them, and
 * further ones for
 * the names that several of them share: those are answers alone, and UNLISTED. All of them are SPLIT: their names have MACs of
 * their own.
 */
export const HOST_FLAGS = { UNLISTED: 1, SPLIT: 2 } as const
/** What an address range is for. */
export const RANGE_KINDS = { NODES: 1, HOSTS: 2, MASTERS: 3, COMPANIONS: 4 } as const

/** A section that holds every entry there is: a miss in it is a fact. Without it a miss asks the socket. */
export const SECTION_COMPLETE = 1
/** Set for hosts where some name has a dot of its own: only then can a zone have names between it and its hosts. */
export const SECTION_DOTTED = 2

/** Spellings that only a daemon can resolve, where no record has the first one's name: they differ by who asks. */
export const SPELLINGS = {
  master: ['master', '.-1', 'n-1'],
  self: ['self', '.-2', 'n-2'],
} as const

/** The file's fixed start. What is digested comes first, then what is signed besides, then what is each machine's own. */
export const HEADER = structure(
  'header',
  'The first bytes of the file. Digested: bytes 0..39. Signed: bytes 0..95. Each machine sets bytes 160..191 itself.',
  [
    ['magic', { bytes: 8 }, 'the letters "kickback"'],
    ['layout', 'u32', 'the major layout, 2'],
    ['header_size', 'u32', 'where the section table starts, 192'],
    ['size', 'u64', 'the length of the whole snapshot in bytes, a multiple of 8'],
    ['kind', 'u32', 'what it holds: 1 public databases, 2 shadow'],
    ['section_count', 'u32', 'how many entries the section table has'],
    ['flags', 'u32', '0; a reader ignores bits that it does not know'],
    ['reserved', 'u32', '0; ignored'],
    ['digest', { bytes: 32 }, 'SHA-256 of bytes 0..39 and the section table'],
    ['generation', 'u64', 'the number of this generation, which grows'],
    ['content_time', 'u64', 'when the newest input was changed, in seconds since 1970; 0: not known'],
    ['forced_at', 'u64', 'the number of the last generation that was forced; 0: none was'],
    ['signature', { bytes: 64 }, 'Ed25519, zeros where unsigned'],
    ['state', 'u32', 'the state word'],
    ['uid_floor', 'u32', 'this machine does not give lower uids; 0: the least floor'],
    ['gid_floor', 'u32', 'this machine does not give lower gids; 0: the least floor'],
    ['uid_exceptions', 'u32', 'how many lower uids are exceptions: they are behind the snapshot'],
    ['gid_exceptions', 'u32', 'how many lower gids are exceptions: they are behind those uids'],
    ['rest', 'u32', 'how many bytes are behind these gids, for later releases; ignored as they are'],
    ['padding', { bytes: 8 }, '0; ignored'],
  ],
  'The section table.',
)
/** The digest covers the header's bytes before here. */
export const DIGESTED_END: number = HEADER.at.digest
/** The signature covers the header's bytes before here. */
export const SIGNED_END: number = HEADER.at.signature
/** The header's bytes from here on are each machine's own: nothing proves them, and copies are compared without them. */
export const OWN_START: number = HEADER.at.state

/** One entry of the section table. */
export const SECTION = structure('section', 'One entry of the section table.', [
  ['id', 'u32', 'which section'],
  ['flags', 'u32', 'bit 0: complete, there are no other entries; bit 1: some host name has a dot of its own'],
  ['offset', 'u64', 'where it starts in the file, a multiple of 8'],
  ['size', 'u64', 'its length in bytes; an index has a power of two of slots'],
  ['count', 'u64', 'how many records it holds, or how many keys it indexes'],
  ['digest', { bytes: 32 }, 'SHA-256 of its bytes and of the zeros up to the next multiple of 8'],
])

/** One slot of an index. A key's first slot is hash modulo slots, then the next one, and so on; an empty slot ends it. */
export const SLOT = structure('slot', 'One slot of an index.', [
  ['hash', 'u32', 'the hash of the key'],
  ['record', 'u32', "the record's offset in its section divided by 8, plus 1; 0 is an empty slot"],
])

/** An IP address in a record. */
export const ADDRESS = structure('address', 'An IP address.', [
  ['family', 'u16', '2 or 10 (AF_INET, AF_INET6)'],
  ['reserved', 'u16', '0'],
  ['bytes', { bytes: 16 }, 'network order; four bytes and twelve zeros for AF_INET'],
])

/** What every record begins with. */
export const SIZE = ['size', 'u32', 'the length of the whole record, a multiple of 8'] as const

/**
 * A pattern of computed spellings. NAME matches if it is prefix, an optional `+`, decimal digits of a number N below 2^31,
 * suffix (letters without regard to case). Then it is the machine with the stored name target_prefix, N + target_shift in at
 * least target_width digits, target_suffix, provided that the record is of this kind and has the number N + number_shift. A
 * target_width of PLAIN_WIDTH stands for no digits at all.
 */
export const PATTERN = structure(
  'pattern',
  'A pattern of computed spellings.',
  [
    SIZE,
    [
      'kind',
      'u8',
      'the kind that the host record must have: 3 node, 4 companion; a pattern of another one is not used',
    ],
    ['target_width', 'u8', 'the least number of digits in the stored name; 255: it has no number'],
    ['strings_size', 'u16', 'bytes of all strings, final NUL included'],
    ['prefix', 'u16', 'where the prefix starts among the strings'],
    ['suffix', 'u16', 'where the suffix starts'],
    ['target_prefix', 'u16', "where the stored name's prefix starts"],
    ['target_suffix', 'u16', "where the stored name's suffix starts"],
    ['target_shift', 'i32', 'how much greater the number in the stored name is than N'],
    ['number_shift', 'i32', 'how much greater the number of the record is than N'],
  ],
  'The strings.',
)

/** An inclusive range of addresses. */
export const RANGE = structure(
  'range',
  'An inclusive range of addresses.',
  [
    SIZE,
    ['kind', 'u8', '1 nodes, 2 hosts, 3 masters, 4 companions; a range of another one is not used'],
    ['reserved', 'u8', '0'],
    ['family', 'u16', '2 or 10'],
    ['first', { bytes: 16 }, 'the first address, as in an address'],
    ['last', { bytes: 16 }, 'the last address'],
    ['strings_size', 'u32', 'bytes of the name, final NUL included'],
  ],
  'The name, empty where it has none.',
)

/** The masters of a set of nodes. */
export const MASTERS = structure(
  'masters',
  'The masters of a set of nodes, in order.',
  [SIZE, ['range_count', 'u16', 'how many ranges of nodes'], ['address_count', 'u16', 'how many masters']],
  'range_count times first and last node (i32, inclusive), then the addresses.',
)
