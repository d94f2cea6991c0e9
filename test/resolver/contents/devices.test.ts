import t from 'tap'
import { answer } from '../../../src/resolver/answers/answers.ts'
import { exportedLines } from '../../../src/resolver/answers/export.ts'
import { DATABASES } from '../../../src/resolver/databases/table.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { Zones } from '../../../src/resolver/zone/zones.ts'
import { formatAddress, formatMac } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { configured } from '../configs.ts'

const RANGES = 'hostrange 10.0.9.1 10.0.9.99\nhostrange fd00::1 fd00::9\n'

/** What a name of hosts leads to: addresses, then the names that the answer has. */
function named(snapshot: Snapshot, name: string): string | undefined {
  const record = answer(snapshot, 'hosts', { name })
  if (record === undefined) return undefined
  const { names, addresses } = DATABASES.hosts.decode(record)
  return `${addresses.map((one) => formatAddress(one)).join(' ')} is ${names.join(' ')}`
}

/** The MAC that a name leads to. */
function macOf(snapshot: Snapshot, name: string): string | undefined {
  const record = answer(snapshot, 'ethers', { name })
  return record && formatMac(DATABASES.ethers.decode(record).mac)
}

function nameAt(snapshot: Snapshot, address: string): string | undefined {
  const record = answer(snapshot, 'hosts', { address: ip(address).bytes })
  return record && DATABASES.hosts.decode(record).names.join(' ')
}

const nas = configured(`${RANGES}
host 0:0:0:0:0:6 10.0.9.6 nas nas-a both
host 0:0:0:0:0:7 10.0.9.7 nas nas-b both
host - 10.0.9.8 NAS nas-c
`)

t.test('the first name leads to all addresses of a device, an alias to those of the lines that have it', async (t) => {
  t.equal(named(nas, 'nas'), '10.0.9.6 10.0.9.7 10.0.9.8 is nas nas-a both nas-b nas-c')
  t.equal(named(nas, 'nas-a'), '10.0.9.6 is nas nas-a both')
  t.equal(named(nas, 'nas-b'), '10.0.9.7 is nas nas-b both')
  t.equal(named(nas, 'Both'), '10.0.9.6 10.0.9.7 is nas nas-a both nas-b')
  t.equal(named(nas, 'nas-c.cluster.internal.'), '10.0.9.8 is nas nas-c')
  t.equal(named(nas, 'nas-d'), undefined)
})

t.test('an address leads to its line, and a listing has the lines', async (t) => {
  t.equal(nameAt(nas, '10.0.9.7'), 'nas nas-b both')
  t.equal(
    [...exportedLines(nas, 'hosts')].join(''),
    '10.0.9.6 nas nas-a both\n10.0.9.7 nas nas-b both\n10.0.9.8 nas nas-c\n',
  )
})

t.test('a MAC belongs to its line: an alias gives that of its own lines, or none', async (t) => {
  t.equal(macOf(nas, 'nas'), '0:0:0:0:0:6')
  t.equal(macOf(nas, 'nas-b'), '0:0:0:0:0:7')
  t.equal(macOf(nas, 'NAS-B.cluster.internal'), '0:0:0:0:0:7')
  t.equal(macOf(nas, 'both.'), '0:0:0:0:0:6')
  t.equal(macOf(nas, 'nas-c'), undefined, 'its line has no MAC')
  const record = answer(nas, 'ethers', { mac: Uint8Array.of(0, 0, 0, 0, 0, 7) })
  t.equal(record && DATABASES.ethers.decode(record).name, 'nas', 'a MAC gives the canonical name')
})

t.test(
  'the zone has at each name what a look-up by that name gives, and at each address the canonical name',
  async (t) => {
    const zones = new Zones(nas)
    const forward = Array.from(
      zones.forward?.records() ?? [],
      ({ owner, data }) => `${owner} ${'address' in data ? data.address.join('.') : data.type}`,
    )
    t.same(forward.filter((line) => line.includes('nas') || line.startsWith('both')).sort(), [
      'both.cluster.internal 10.0.9.6',
      'both.cluster.internal 10.0.9.7',
      'nas-a.cluster.internal 10.0.9.6',
      'nas-b.cluster.internal 10.0.9.7',
      'nas-c.cluster.internal 10.0.9.8',
      'nas.cluster.internal 10.0.9.6',
      'nas.cluster.internal 10.0.9.7',
      'nas.cluster.internal 10.0.9.8',
    ])
  },
)

t.test('lines with the same aliases are one record, listed with all its addresses', async (t) => {
  const snapshot = configured(`${RANGES}host 0:0:0:0:0:1 10.0.9.1 disk raid\nhost 0:0:0:0:0:2 fd00::1 DISK RAID\n`)
  t.equal(snapshot.count('hosts'), 1)
  t.equal(named(snapshot, 'raid'), '10.0.9.1 fd00::1 is disk raid')
  t.equal(macOf(snapshot, 'raid'), '0:0:0:0:0:1')
})

t.test('a host line at a master’s address names that master, which keeps the name that it has by rule', async (t) => {
  const own = configured(`interface eth1 10.0.0.1 255.255.255.0\nhost - 10.0.0.1 hpc1 head\n`)
  t.equal([...exportedLines(own, 'hosts')].join(''), '10.0.0.1 hpc1 head master\n')
  t.equal(named(own, 'master'), '10.0.0.1 is hpc1 head master')
  t.equal(named(own, '.-1'), '10.0.0.1 is hpc1 head master')
  t.equal(nameAt(own, '10.0.0.1'), 'hpc1 head master')
  const asked = configured('interface eth1\nhostrange 10.0.0.1 10.0.0.9\nhost - 10.0.0.1 hpc1\n', {
    interfaceAddresses: [ip('10.0.0.1')],
  })
  t.equal(named(asked, 'master'), '10.0.0.1 is hpc1 master', 'the system told the address')
})

t.test(
  'that holds in both families: the master’s other address has the same names, unless a line says whose it is',
  async (t) => {
    const both = 'interface eth1 10.0.0.1 255.255.255.0\ninterface eth1 fd00::1 64\n'
    const four = configured(`${both}host 0:0:0:0:0:1 10.0.0.1 hpc1 head\n`)
    t.equal([...exportedLines(four, 'hosts')].join(''), '10.0.0.1 hpc1 head master\nfd00::1 hpc1 head master\n')
    for (const name of ['hpc1', 'head', 'master', '.-1']) {
      t.equal(named(four, name), '10.0.0.1 fd00::1 is hpc1 head master', name)
    }
    t.equal(nameAt(four, 'fd00::1'), 'hpc1 head master')
    const six = configured(`interface eth1 fd00::1 64\nhost - fd00::1 hpc1\n`)
    t.equal([...exportedLines(six, 'hosts')].join(''), 'fd00::1 hpc1 master\n')
    t.equal(named(six, '.-1'), 'fd00::1 is hpc1 master')
  },
)

t.test(
  'of several masters each has its own name; one with further addresses has them by its first name alone',
  async (t) => {
    const snapshot = configured(`${RANGES}
masterorder - 10.0.0.1 10.0.0.2 10.0.0.3
host 0:0:0:0:0:5 10.0.9.5 hpc2
host 0:0:0:0:0:2 10.0.0.2 hpc2
host 0:0:0:0:0:1 10.0.0.1 hpc1
`)
    t.equal(named(snapshot, 'master0'), '10.0.0.1 is hpc1 master0')
    t.equal(named(snapshot, 'master1'), '10.0.0.2 is hpc2 master1')
    t.equal(named(snapshot, 'master2'), '10.0.0.3 is master2')
    t.equal(named(snapshot, 'hpc2'), '10.0.9.5 10.0.0.2 is hpc2 master1')
    t.equal(macOf(snapshot, 'master1'), '0:0:0:0:0:2')
    t.equal(macOf(snapshot, 'hpc2'), '0:0:0:0:0:5')
  },
)
