import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { lossesOf } from '../../../src/daemon/judge/loss-limit.ts'
import { exportedLines } from '../../../src/resolver/answers/export.ts'
import { decodeMachine, HOST, type HostEntry, hosts } from '../../../src/resolver/databases/hosts.ts'
import { ADDRESS, HOST_FLAGS, HOST_KINDS, NO_NODE } from '../../../src/resolver/format.ts'
import { RecordReader, SnapshotError } from '../../../src/resolver/records/decode.ts'
import { differenceOf } from '../../../src/resolver/snapshot/difference.ts'
import { ip } from '../../addresses.ts'
import { configured } from '../configs.ts'
import { address as anyAddress, ENTRY } from '../contents.ts'
import { unlessDamaged } from '../damage.ts'

const host = (names: readonly string[], addresses: readonly string[], more: Partial<HostEntry> = {}): HostEntry => ({
  kind: HOST_KINDS.HOST,
  number: NO_NODE,
  names,
  addresses: addresses.map(ip),
  ...more,
})
const disk = host(['disk', 'Raid'], ['10.1.1.1', 'fd00::1', '10.1.1.2'])
const INTERFACE = 'interface eth1 10.0.0.254 255.255.255.0\nhostrange 10.0.8.1 10.0.9.99\n'
const { address: byAddress } = hosts.keys
const holds = (entry: HostEntry, text: string) => byAddress?.isIn(hosts.encode(entry), ip(text).bytes)
const keysOf = (entry: HostEntry) => byAddress?.of(entry).map((key) => [...key])

t.test('a record is read to the machine that it was written from, its flags included', async () => {
  const flags = fc.constantFrom({}, ...[1, 2, 3].map((bits) => ({ flags: bits })))
  fc.assert(
    fc.property(ENTRY.hosts, flags, (entry, more) => {
      const wanted = { ...entry, ...more }
      return isDeepStrictEqual(hosts.decode(hosts.encode(wanted)), wanted)
    }),
  )
})

t.test('the canonical name is the first string of a record, after the addresses and the offsets', async (t) => {
  const record = Buffer.from(hosts.encode(disk))
  const start = HOST.size + 3 * ADDRESS.size + 2 * 4
  t.equal(record.toString('latin1', start, start + 'disk\0Raid\0'.length), 'disk\0Raid\0')
  const reader = new RecordReader(HOST, record)
  const offsets = hosts.names(reader)
  reader.strings(reader.u32('strings_size'))
  t.same(
    offsets.map((offset) => reader.string(offset)),
    ['disk', 'Raid'],
  )
})

t.test('the names for the builder alone are in no record', async (t) => {
  t.same(hosts.encode({ ...disk, keys: ['other'] }), hosts.encode(disk))
  t.notOk(Object.hasOwn(hosts.decode(hosts.encode({ ...disk, keys: ['other'] })), 'keys'))
})

t.test('a machine is found by all of its names in small letters, or by those that the builder gives it', async (t) => {
  t.same(hosts.keys.name(disk), ['disk', 'raid'])
  t.same(hosts.keys.name({ ...disk, keys: ['Other'] }), ['other'])
  t.same(hosts.keys.name({ ...disk, keys: [] }), [])
})

t.test('a record has each of its addresses as a key, and no other', async (t) => {
  t.same(keysOf(disk), [
    [10, 1, 1, 1],
    [0xfd, ...Array(14).fill(0), 1],
    [10, 1, 1, 2],
  ])
  for (const text of ['10.1.1.1', '10.1.1.2', 'fd00::1']) t.ok(holds(disk, text), text)
  for (const text of ['10.1.1.3', 'fd00::2', '::1']) t.notOk(holds(disk, text), text)
  t.notOk(holds(host(['n'], []), '10.1.1.1'), 'a machine without addresses')
  fc.assert(
    fc.property(ENTRY.hosts, anyAddress, (entry, other) => {
      const record = hosts.encode(entry)
      const keys = [...entry.addresses, other].map(({ bytes }) => bytes)
      const own = entry.addresses.map(({ bytes }) => String(bytes))
      return keys.every((key) => byAddress?.isIn(record, key) === own.includes(String(key)))
    }),
  )
})

t.test('an address of one family is not found in the first bytes of one of the other', async (t) => {
  t.notOk(holds(host(['six'], ['a01:101::']), '10.1.1.1'))
  t.notOk(holds(host(['four'], ['10.1.1.1']), 'a01:101::'))
  t.ok(holds(host(['both'], ['a01:101::', '10.1.1.1']), '10.1.1.1'))
})

t.test('a machine is told from its record without names and addresses, of a kind that is unknown too', async (t) => {
  const node = { kind: HOST_KINDS.NODE, number: 7, flags: HOST_FLAGS.SPLIT }
  t.same(decodeMachine(hosts.encode({ ...disk, ...node })), node)
  t.same(decodeMachine(hosts.encode(disk)), { kind: HOST_KINDS.HOST, number: NO_NODE, flags: 0 })
  const strange = Buffer.from(hosts.encode(disk))
  strange[HOST.at.kind] = 9
  t.equal(decodeMachine(strange).kind, 9)
  t.equal(hosts.decode(strange).kind, HOST_KINDS.HOST, 'with names and addresses it is a host as others are')
  t.throws(() => decodeMachine(strange.subarray(0, HOST.size - 1)), SnapshotError)
})

t.test('a record that was cut, that has no name or counts more than it has throws SnapshotError', async (t) => {
  t.throws(() => hosts.decode(hosts.encode(host([], ['10.1.1.1']))), { name: 'SnapshotError', code: 'record' })
  for (const field of ['address_count', 'name_count'] as const) {
    const record = Buffer.from(hosts.encode(disk))
    record.writeUInt16LE(0xffff, HOST.at[field])
    t.throws(() => hosts.decode(record), SnapshotError, field)
    t.throws(() => hosts.names(new RecordReader(HOST, record)), SnapshotError, field)
  }
  const crowded = Buffer.from(hosts.encode(disk))
  crowded.writeUInt16LE(0xffff, HOST.at.address_count)
  t.throws(() => byAddress?.isIn(crowded, ip('10.9.9.9').bytes), SnapshotError, 'a key that is looked for')
})

t.test('any bytes are a machine or throw SnapshotError', async () => {
  fc.assert(
    fc.property(ENTRY.hosts, fc.nat(), fc.nat(), fc.nat(255), anyAddress, (entry, cut, at, byte, { bytes }) => {
      const whole = Buffer.from(hosts.encode(entry))
      whole[at % whole.length] = byte
      const record = whole.subarray(0, HOST.size + (cut % (whole.length - HOST.size + 1)))
      unlessDamaged(() => hosts.decode(record))
      unlessDamaged(() => byAddress?.isIn(record, bytes))
    }),
  )
})

t.test('more addresses or names than a record can count throw RangeError', async (t) => {
  t.throws(() => hosts.encode(host(['n'], Array(0x10000).fill('10.1.1.1'))), RangeError)
  t.throws(() => hosts.encode(host(Array(0x10000).fill('n'), [])), RangeError)
})

t.test('a listing leaves out the records that are flagged so, and no others', async (t) => {
  const isListed = (flags: number) => hosts.isListed?.(hosts.encode({ ...disk, flags }))
  t.same([0, HOST_FLAGS.SPLIT].map(isListed), [true, true])
  t.same([HOST_FLAGS.UNLISTED, HOST_FLAGS.UNLISTED | HOST_FLAGS.SPLIT].map(isListed), [false, false])
})

t.test('getent asks for an address where inet_pton reads one, else for a name as it was typed', async (t) => {
  const { key } = hosts.getent
  t.same(key('10.1.1.1'), { address: ip('10.1.1.1').bytes })
  t.same(key('fd00::1'), { address: ip('fd00::1').bytes })
  for (const name of ['Disk', '10.1.1', '010.1.1.1', '10.1.1.1.', 'fd00::g']) t.same(key(name), { name }, name)
})

t.test('getent prints the asked address alone, a name’s addresses of one family, a list’s of both', async (t) => {
  const { lines } = hosts.getent
  t.equal(lines(disk, '10.1.1.2'), '10.1.1.2        disk Raid\n')
  t.equal(lines(disk, '::ffff:10.1.1.2'), '::ffff:10.1.1.2 disk Raid\n')
  t.equal(lines(disk, 'fd00::1'), 'fd00::1         disk Raid\n')
  t.equal(lines(disk, 'raid'), 'fd00::1         disk Raid\n')
  t.equal(lines(host(['four', 'f'], ['10.1.1.1', '10.1.1.2']), 'f'), '10.1.1.1        four f\n10.1.1.2        four f\n')
  t.equal(lines(disk), '10.1.1.1        disk Raid\n10.1.1.2        disk Raid\nfd00::1         disk Raid\n')
})

t.test('getent has not found a machine without addresses, or without the one that was asked', async (t) => {
  t.equal(hosts.getent.lines(host(['n'], []), 'n'), undefined)
  t.equal(hosts.getent.lines(host(['n'], [])), undefined)
  t.equal(hosts.getent.lines(disk, '10.1.1.9'), undefined)
})

t.test('an export has one line for each address, in their order, with all names', async (t) => {
  t.equal(hosts.exported?.(disk), '10.1.1.1 disk Raid\nfd00::1 disk Raid\n10.1.1.2 disk Raid\n')
  t.equal(hosts.exported?.(host(['n'], [])), '')
  const snapshot = configured(`${INTERFACE}host - 10.0.9.1 disk raid\n`)
  t.same([...exportedLines(snapshot, 'hosts')].join('').split('\n'), ['10.0.0.254 master', '10.0.9.1 disk raid', ''])
})

const devices = (count: number, more: (i: number) => string): string =>
  INTERFACE + Array.from({ length: count }, (_, i) => more(i)).join('')
const device = (net: number) => (i: number) => `host - 10.0.${net}.${i + 1} disk${i}\n`
const losses = (before: string, after: string) => lossesOf(differenceOf(configured(before), configured(after)))

t.test('the loss limit counts machines that go, and those that lost an address', async (t) => {
  const twenty = devices(20, device(9))
  t.same(losses(twenty, devices(8, device(9))), [{ database: 'hosts', lost: 12, moved: 0, before: 21 }])
  t.same(losses(twenty, devices(20, device(8))), [{ database: 'hosts', lost: 0, moved: 20, before: 21 }])
  const both = devices(20, (i) => device(9)(i) + device(8)(i))
  t.same(losses(twenty, both), [], 'one more address does not make another host')
  t.same(losses(both, twenty), [{ database: 'hosts', lost: 0, moved: 20, before: 21 }])
})

t.test('the master is there as long as the cluster: where it is left alone all is lost', async (t) => {
  t.same(losses(devices(3, device(9)), INTERFACE), [{ database: 'hosts', lost: 3, moved: 0, before: 4 }])
  t.same(losses(devices(3, device(9)), devices(1, device(9))), [])
  t.same(losses(INTERFACE, ''), [], 'where there was only a master nothing was lost')
})
