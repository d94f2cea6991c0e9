import t from 'tap'
import { ETHER, type EtherEntry, ethers } from '../../../src/resolver/databases/ethers.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { mac } from '../../addresses.ts'

const disk: EtherEntry = { mac: mac('00:A0:D1:0E:87:CA'), name: 'Disk' }

t.test('a MAC is a line of ethers(5) in small letters, each number as short as it is', async (t) => {
  t.equal(ethers.exported?.(disk), '0:a0:d1:e:87:ca Disk\n')
})

t.test('getent prints the name that was typed, or that of the MAC that was', async (t) => {
  const { lines } = ethers.getent
  t.equal(lines(disk, 'disk'), '0:a0:d1:e:87:ca disk\n')
  t.equal(lines(disk, '0:A0:D1:E:87:CA'), '0:a0:d1:e:87:ca Disk\n')
  t.equal(lines(disk), '0:a0:d1:e:87:ca Disk\n')
})

t.test('getent asks for a MAC where ether_aton reads one, else for a name as it was typed', async (t) => {
  const { key } = ethers.getent
  t.same(key('0:a0:D1:e:87:ca'), { mac: disk.mac })
  for (const name of ['Disk', '0:a0:d1:e:87', '00-a0-d1-0e-87-ca', '0:a0:d1:e:87:g']) t.same(key(name), { name }, name)
})

t.test('a record is found by its whole MAC, and by its name in small letters', async (t) => {
  const record = ethers.encode(disk)
  const holds = (bytes: Uint8Array) => ethers.keys.mac?.isIn(record, bytes)
  t.ok(holds(disk.mac))
  for (let i = 0; i < 6; i++) t.notOk(holds(disk.mac.map((byte, at) => (at === i ? byte ^ 1 : byte))), `byte ${i}`)
  t.throws(() => ethers.keys.mac?.isIn(record.subarray(0, ETHER.at.mac + 5), disk.mac), SnapshotError)
  t.same(ethers.keys.name(disk), ['disk'])
})

t.test(
  'a MAC is the same one whatever its name is, and another machine where that differs by more than case',
  async (t) => {
    const { identity, moved } = ethers.loss
    t.equal(identity?.(disk), identity?.({ ...disk, name: 'printer' }))
    t.not(identity?.(disk), identity?.({ ...disk, mac: mac('00:A0:D1:0E:87:CB') }))
    t.equal(moved?.what, 'name')
    t.equal(moved?.isMoved(disk, { ...disk, name: 'printer' }), true)
    t.equal(moved?.isMoved(disk, { ...disk, name: 'DISK' }), false)
  },
)
