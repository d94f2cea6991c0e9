/** Requests of DNS, right ones and wrong ones, byte by byte: nothing here comes from the code that is attacked. */
import type { Chance } from './attacker.ts'

/** Types of records (RFC 1035 and others) by name. */
export const TYPES = {
  A: 1,
  NS: 2,
  SOA: 6,
  PTR: 12,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
}

/** A name as labels. */
export function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  return Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.of(0)])
}

/** A request with one question; `flags` are the second word of the header, `counts` the other sections' counts. */
export function question(
  id: number,
  name: string,
  type: number,
  flags = 0x100,
  more: Uint8Array = Buffer.alloc(0),
  counts = [0, 0, 0],
): Buffer {
  const head = Buffer.alloc(12)
  for (const [index, word] of [id, flags, 1, ...counts].entries()) head.writeUInt16BE(word & 0xffff, 2 * index)
  const tail = Buffer.of(type >> 8, type & 255, 0, 1)
  return Buffer.concat([head, nameBytes(name), tail, more])
}

/** A record with this data: `class` and `ttl` are what OPT and TSIG make of them. */
function record(name: Buffer, type: number, klass: number, ttl: number, data: Buffer): Buffer {
  const middle = Buffer.alloc(10)
  middle.writeUInt16BE(type, 0)
  middle.writeUInt16BE(klass, 2)
  middle.writeUInt32BE(ttl >>> 0, 4)
  middle.writeUInt16BE(data.length, 8)
  return Buffer.concat([name, middle, data])
}

function option(code: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(code, 0)
  head.writeUInt16BE(data.length, 2)
  return Buffer.concat([head, data])
}

const ROOT = Buffer.of(0)
const NAMES = [
  'n15.cluster.internal',
  'n15',
  'cluster.internal',
  '5.30.20.10.in-addr.arpa',
  'nosuch.cluster.internal',
  'internal',
  'version.bind',
  'www.example.org',
  '*.cluster.internal',
  '_kickback._tcp.cluster.internal',
  '.',
] as const
const pick = (chance: Chance): string => chance.of(NAMES)

/** The kinds of junk, each a request that no honest client sends (or would rather not). */
export const JUNK: Record<string, (chance: Chance) => Buffer> = {
  random: (chance) => chance.bytes(chance.below(1400)),
  mutated: (chance) => chance.damaged(question(chance.below(65536), pick(chance), chance.of([1, 6, 12, 28, 33, 255]))),
  response: (chance) => question(chance.below(65536), pick(chance), 1, 0x8180),
  opcode: (chance) => question(chance.below(65536), pick(chance), chance.below(300), chance.below(16) << 11),
  notify: (chance) =>
    question(
      chance.below(65536),
      'cluster.internal',
      TYPES.SOA,
      0x2400,
      record(Buffer.of(0xc0, 12), TYPES.SOA, 1, 1, chance.bytes(40)),
      [1, 0, 0],
    ),
  transfer: (chance) =>
    question(
      chance.below(65536),
      pick(chance),
      chance.of([TYPES.AXFR, TYPES.IXFR]),
      0,
      record(Buffer.of(0xc0, 12), TYPES.SOA, 1, 1, Buffer.concat([ROOT, ROOT, chance.bytes(20)])),
      [0, 1, 0],
    ),
  hugeEdns: (chance) =>
    question(
      chance.below(65536),
      pick(chance),
      1,
      0x100,
      record(ROOT, TYPES.OPT, 65535, 0x8000, option(chance.below(65536), Buffer.alloc(chance.below(30_000), 0x41))),
      [0, 0, 1],
    ),
  manyOptions: (chance) =>
    question(
      chance.below(65536),
      pick(chance),
      255,
      0x100,
      record(
        ROOT,
        TYPES.OPT,
        0,
        0xff00_0000,
        Buffer.concat(Array.from({ length: 300 }, () => option(chance.of([3, 8, 10, 15]), Buffer.alloc(0)))),
      ),
      [0, 0, 1],
    ),
  cookie: (chance) =>
    question(
      chance.below(65536),
      pick(chance),
      1,
      0x100,
      record(ROOT, TYPES.OPT, 4096, 0, option(10, chance.bytes(chance.below(50)))),
      [0, 0, 1],
    ),
  tsig: (chance) =>
    question(
      chance.below(65536),
      'cluster.internal',
      chance.of([TYPES.AXFR, 1]),
      0,
      record(
        nameBytes('key.example'),
        TYPES.TSIG,
        255,
        0,
        chance.of([
          chance.bytes(60),
          Buffer.concat([nameBytes('hmac-sha256'), chance.bytes(8), Buffer.of(0, 32), chance.bytes(40)]),
        ]),
      ),
      [0, 0, 1],
    ),
  pointers: (chance) =>
    Buffer.concat([
      Buffer.of(1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0),
      chance.of([Buffer.of(0xc0, 12), Buffer.of(0xc0, 14, 0xc0, 12), Buffer.alloc(600, 1), Buffer.alloc(300, 63)]),
      Buffer.of(0, 1, 0, 1),
    ]),
  counts: (chance) => question(chance.below(65536), pick(chance), 1, 0x100, Buffer.alloc(0), [65535, 65535, 65535]),
  label: (chance) =>
    question(chance.below(65536), `${chance.bytes(20).toString('latin1')}.cluster.internal`, chance.below(65536)),
  forwarded: (chance) => question(chance.below(65536), `r${chance.below(1 << 30)}.example.org`, chance.of([1, 28, 16])),
}

/** What a reply says: whether it is one, its id and code, and its last bytes, where the data of a single record ends. */
export function readReply(bytes: Buffer): { id: number; rcode: number; answers: number; cut: boolean } | undefined {
  if (bytes.length < 12 || bytes.readUInt16BE(2) < 0x8000) return undefined
  const flags = bytes.readUInt16BE(2)
  return { id: bytes.readUInt16BE(0), rcode: flags & 15, answers: bytes.readUInt16BE(6), cut: (flags & 0x200) !== 0 }
}
