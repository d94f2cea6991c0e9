import t from 'tap'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import { HEADER, KINDS, LAYOUT, SECTIONS_MAX, STATE_SHADOW_GRANTED, STATES } from '../../../src/resolver/layout.ts'
import { SnapshotError, type SnapshotErrorCode } from '../../../src/resolver/records/decode.ts'
import { buildPublic, stamp } from '../../../src/resolver/snapshot/builder.ts'
import {
  headerOf,
  type OwnIds,
  ownParts,
  signedMessage,
  snapshotOf,
  stateByte,
  stateOf,
  withState,
} from '../../../src/resolver/snapshot/header.ts'
import { fileOf, sourcesOf } from '../configs.ts'

function built(): Buffer {
  const bytes = buildPublic(publicContents(sourcesOf(fileOf('examples/config'))))
  stamp(bytes, { generation: 9, contentTime: 1_700_000_000, forcedAt: 4 }, () => new Uint8Array(64).fill(0xaa))
  return Buffer.from(bytes)
}

t.test('a header says the same whether the rest is there or not', async (t) => {
  const bytes = built()
  const header = headerOf(bytes.subarray(0, HEADER.size))
  t.same(header, headerOf(bytes))
  t.match(header, { generation: 9, contentTime: 1_700_000_000, forcedAt: 4, kind: KINDS.PUBLIC, size: bytes.length })
})

t.test('who keeps a header, its digest or its signature keeps no more of the snapshot', async (t) => {
  const bytes = built()
  const { bytes: own, digest, signature } = headerOf(bytes)
  t.same(own, Uint8Array.from(bytes.subarray(0, HEADER.size)))
  for (const part of [own, digest, signature]) t.equal(part.buffer.byteLength, HEADER.size)
})

t.test('numbers that no snapshot has make no header', async (t) => {
  const cases: readonly [string, SnapshotErrorCode, (bytes: Buffer) => Uint8Array | number][] = [
    ['too short', 'short', (bytes) => bytes.subarray(0, HEADER.size - 1)],
    ['another magic', 'magic', (bytes) => bytes.write('kickbacK')],
    ['another layout', 'layout', (bytes) => bytes.writeUInt32LE(LAYOUT - 1, HEADER.at.layout)],
    ['a size beyond safe numbers', 'size', (bytes) => bytes.writeBigUInt64LE(2n ** 53n, HEADER.at.size)],
    ['a generation beyond safe numbers', 'size', (bytes) => bytes.writeBigUInt64LE(2n ** 53n, HEADER.at.generation)],
    [
      'too many sections, in a file that has room for them',
      'section',
      (bytes) => {
        bytes.writeUInt32LE(SECTIONS_MAX + 1, HEADER.at.section_count)
        return bytes.writeBigUInt64LE(2n ** 40n, HEADER.at.size)
      },
    ],
    ['a table inside the header', 'section', (bytes) => bytes.writeUInt32LE(HEADER.size - 8, HEADER.at.header_size)],
    ['a table that is not aligned', 'section', (bytes) => bytes.writeUInt32LE(HEADER.size + 4, HEADER.at.header_size)],
    ['a table beyond the end', 'section', (bytes) => bytes.writeBigUInt64LE(BigInt(HEADER.size), HEADER.at.size)],
  ]
  for (const [title, code, change] of cases) {
    const bytes = built()
    const changed = change(bytes)
    t.throws(() => headerOf(typeof changed === 'number' ? bytes : changed), { code }, title)
  }
})

t.test(
  'the state word is set and read at one place, and neither number, content nor signature change with it',
  async (t) => {
    const bytes = built()
    const before = Buffer.from(bytes)
    t.equal(stateOf(bytes), STATES.CURRENT)
    t.equal(withState(bytes, STATES.SUPERSEDED | STATE_SHADOW_GRANTED), bytes)
    t.equal(stateOf(bytes), STATES.SUPERSEDED | STATE_SHADOW_GRANTED)
    t.same(signedMessage(bytes), signedMessage(before))
    t.notOk(bytes.equals(before))
    t.ok(withState(bytes, 0).equals(before))
    t.throws(() => stateOf(bytes.subarray(0, HEADER.size - 1)), SnapshotError)
    t.throws(() => withState(bytes.subarray(0, HEADER.size - 1), 0), SnapshotError)
  },
)

t.test('what a machine adds to its header beside the state word goes with it', async (t) => {
  const bytes = built()
  const before = Buffer.from(bytes)
  bytes.fill(7, HEADER.at.state, HEADER.size)
  t.ok(withState(bytes, 0).equals(before))
})

/** A file as a machine writes it: the snapshot, and what it adds. */
function writtenFile(bytes: Buffer, state: number, ids?: OwnIds): Buffer {
  const parts = ownParts(bytes.length, state, ids)
  const end = Math.max(bytes.length, ...parts.map((part) => part.position + part.bytes.length))
  const file = Buffer.concat([bytes, Buffer.alloc(end - bytes.length)])
  for (const part of parts) file.set(part.bytes, part.position)
  return file
}

t.test('the word and the byte that are written into a file are those that are read back', async (t) => {
  const bytes = writtenFile(built(), STATE_SHADOW_GRANTED | STATES.CURRENT)
  t.equal(stateOf(bytes), STATE_SHADOW_GRANTED)
  const byte = stateByte(STATES.EMPTIED)
  t.equal(byte.bytes.length, 1, 'every reader sees one byte whole')
  bytes.set(byte.bytes, byte.position)
  t.equal(stateOf(bytes), STATE_SHADOW_GRANTED | STATES.EMPTIED, 'the flags stay')
})

t.test(
  'floors and exceptions stand in the file, where the module looks, and the snapshot is got back from it',
  async (t) => {
    const bytes = built()
    const ids = { uidMin: 500, gidMin: 600, exceptions: { uids: [64], gids: [6, 64] } }
    const file = writtenFile(bytes, STATES.CURRENT, ids)
    const { at } = HEADER
    const words = [at.uid_floor, at.gid_floor, at.uid_exceptions, at.gid_exceptions]
    t.same(
      words.map((offset) => file.readUInt32LE(offset)),
      [500, 600, 1, 2],
    )
    t.same(
      [0, 4, 8].map((offset) => file.readUInt32LE(bytes.length + offset)),
      [64, 6, 64],
    )
    t.ok(withState(Buffer.from(snapshotOf(file)), 0).equals(bytes))
    t.throws(() => snapshotOf(file.subarray(0, -4)), SnapshotError)
    t.throws(() => snapshotOf(Buffer.concat([file, Buffer.alloc(4)])), SnapshotError)
    const longer = Buffer.concat([file, Buffer.alloc(5)])
    longer.writeUInt32LE(5, at.rest)
    t.ok(withState(Buffer.from(snapshotOf(longer)), 0).equals(bytes), 'the rest is for later releases')
    t.ok(snapshotOf(bytes).equals(bytes), 'a snapshot without exceptions is itself')
  },
)
