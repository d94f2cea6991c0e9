import fc from 'fast-check'
import t from 'tap'
import { lossesOf } from '../../../src/daemon/judge/loss-limit.ts'
import { readAccounts } from '../../../src/resolver/accounts/accounts.ts'
import { exportedLines } from '../../../src/resolver/answers/export.ts'
import { NETWORK, networks } from '../../../src/resolver/databases/networks.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { differenceOf } from '../../../src/resolver/snapshot/difference.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { snapshotOf, sourcesOf } from '../configs.ts'

const read = (text: string) =>
  readAccounts({ passwd: undefined, group: undefined, networks: Buffer.from(text, 'latin1') })
const told = (text: string): string[] =>
  read(text).diagnostics.map(({ file, code, severity, line }) => `${file}:${line} ${severity} ${code}`)
const served = (text: string): Snapshot => snapshotOf(sourcesOf('', { accounts: read(text) }))
const numbersOf = (text: string) => read(text).files.networks.map(({ number }) => number >>> 0)

t.test('a number is octets as C writes them, those that are missing at the end are 0', async (t) => {
  const lines = ['a 10', 'b 169.254', 'c 192.168.1', 'd 1.2.3.4', 'e 0x0a.x10.010', 'f 0', 'g 00', 'h 255.255.255.254']
  const numbers = [0x0a000000, 0xa9fe0000, 0xc0a80100, 0x01020304, 0x0a100800, 0, 0, 0xfffffffe]
  t.same(numbersOf(lines.join('\n')), numbers)
})

t.test('a line that holds no number of a network is left out and told, and costs no other line', async (t) => {
  const faults = ['10.', '.10', '1..2', '1.2.3.4.5', '256', '08', '0x', '0xg', 'x', '-1', '1.2.3.4x', '255.255.255.255']
  for (const fault of faults) {
    t.same(told(`lan 10\nbad ${fault}\nlab 11\n`), ['networks:2 warning account-number'], fault)
    t.same(numbersOf(`lan 10\nbad ${fault}\nlab 11\n`), [0x0a000000, 0x0b000000], fault)
  }
  for (const fault of ['bad', 'bad # 10', 'bad#1 10', 'bad\u0000 10']) {
    t.same(told(`lan 10\n${fault}\nlab 11`), ['networks:2 warning account-malformed'], fault)
    t.same(numbersOf(`lan 10\n${fault}\nlab 11`).length, 2, fault)
  }
  t.same(told(`${'n'.repeat(256)} 10\n`), ['networks:1 warning account-too-long'])
  t.same(told(`${'n'.repeat(255)} 10 ${'a'.repeat(255)}\n`), [])
})

t.test(
  'blanks at the end of a line, comments and empty lines are nothing; a name that comes again is told',
  async (t) => {
    t.same(told('# all\n\n \t\n  lan 10 \t\nlab 11\r\n'), [])
    t.same(told('lan 10\nlan 11\n'), ['networks:2 warning account-repeated'])
    t.same(told('lan 10\nl\u00c2\u00a0ab 11\n'), ['networks:2 warning account-invisible'])
  },
)

t.test('names and aliases are found in any case, numbers as they are, the first line wins', async (t) => {
  const snapshot = served('Lan 10 Private\nsame 10.0.0.0 lan\nzero 0\n')
  for (const name of ['lan', 'LAN', 'private']) t.same(snapshot.find('networks', { name })?.names, ['Lan', 'Private'])
  t.same(snapshot.find('networks', { name: 'same' })?.names, ['same', 'lan'])
  t.same(snapshot.find('networks', { id: 0x0a000000 })?.names[0], 'Lan')
  t.same(snapshot.find('networks', { id: 0 })?.names[0], 'zero')
  t.equal(snapshot.find('networks', { id: 10 }), undefined)
  t.ok(snapshot.isComplete('networks'))
  t.ok(served('').isComplete('networks'), 'without a file there are no networks: a fact')
})

t.test('what is exported is read to the same again', async () => {
  const name = fc.stringMatching(/^[a-zA-Z][a-z0-9_.-]{0,9}$/)
  const line = fc
    .tuple(name, fc.integer({ min: 0, max: 0xfffffffe }), fc.array(name, { maxLength: 3 }))
    .map(([own, number, aliases]) => [own, `0x${(number >>> 24).toString(16)}.${(number >>> 16) & 255}`, ...aliases])
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      const first = served(lines.map((words) => `${words.join(' \t')}\n`).join(''))
      const again = served([...exportedLines(first, 'networks')].join(''))
      return first.count('networks') === lines.length && Buffer.from(again.digest).equals(first.digest)
    }),
  )
})

t.test('the loss limit counts networks that go, and those that get another number', async (t) => {
  const file = (count: number, octet: number): string =>
    Array.from({ length: count }, (_, i) => `net${i} ${octet}.${i}`).join('\n')
  const losses = (before: string, after: string) => lossesOf(differenceOf(served(before), served(after)))
  t.match(losses(file(20, 10), file(20, 11)), [{ database: 'networks', lost: 0, moved: 20, before: 20 }])
  t.match(losses(file(20, 10), file(8, 10)), [{ database: 'networks', lost: 12, moved: 0, before: 20 }])
  t.match(losses(file(3, 10), ''), [{ database: 'networks', lost: 3 }])
  t.same(losses(file(20, 10), file(19, 10)), [])
})

t.test('a network without a name is damage', async (t) => {
  const record = Buffer.from(networks.encode({ names: ['lan'], number: 1 }))
  record.writeUInt32LE(0, NETWORK.at.name_count)
  t.throws(() => networks.decode(record), SnapshotError)
})
