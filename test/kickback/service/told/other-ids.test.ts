// What nodes tell of their own accounts: bounded, from root alone, and logged where it is news.
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { OtherIds, otherAccounts } from '../../../../src/kickback/service/told/other-ids.ts'
import { MessageError } from '../../../../src/kickback/wire/message.ts'
import type { OtherIdsReport } from '../../../../src/kickback/wire/other-ids.ts'
import { OTHER_IDS_MAX, OTHER_NAME_MAX } from '../../../../src/kickback/wire/protocol.ts'
import { HandClock } from '../../../clocks.ts'
import { folder } from '../../../folder.ts'
import { client, logOf, server } from '../../cluster.ts'

const MINUTE = 60_000
const SLURM = { kind: 'user', name: 'slurm', id: 64_030, cluster_id: 991 }
const NONE: OtherIdsReport = { count: 0, accounts: [] }
const one = (id = SLURM.id): OtherIdsReport => ({ count: 1, accounts: [{ ...SLURM, id }] })

/** The connection of a node by its last byte. */
const node = (last: number, isRoot = true) =>
  ({ asker: { via: 'network', address: Uint8Array.of(10, 0, 0, last) }, isRoot }) as const

function made() {
  const clock = new HandClock()
  const lines: string[] = []
  const keep = ({ machine, first }: { machine?: string; first?: unknown }): void =>
    void lines.push(first === undefined ? String(machine) : `${machine} ${first}`)
  return { clock, lines, ids: new OtherIds({ clock, log: { info: keep, warn: keep } }) }
}

t.test('what a node told is known until it tells something else, or ends', async (t) => {
  const { ids } = made()
  const [a, b] = [node(5), node(6)]
  ids.note(a, one(), 'node 10.0.0.5')
  ids.note(b, one(7), 'node 10.0.0.6')
  t.equal(ids.machines, 2)
  t.same([ids.of(a), ids.of(b), ids.of(node(7))], [one(), one(7), undefined])
  ids.note(a, NONE, 'node 10.0.0.5')
  t.same([ids.of(a), ids.machines], [undefined, 1])
  ids.forget(b)
  t.equal(ids.machines, 0)
})

t.test(
  'of two connections of a node the one that told last counts, and the end of the other changes nothing',
  async (t) => {
    const { ids } = made()
    const [old, now] = [node(5), node(5)]
    ids.note(old, one(1), 'node 10.0.0.5')
    ids.note(now, one(2), 'node 10.0.0.5')
    ids.forget(old)
    t.same([ids.machines, ids.of(old), ids.of(now)], [1, undefined, one(2)])
  },
)

t.test('no user of a node speaks for it, and no local client does', async (t) => {
  const { ids, lines } = made()
  ids.note(node(5), one(), 'node 10.0.0.5')
  ids.note(node(5, false), NONE, 'node 10.0.0.5')
  ids.note(node(6, false), one(), 'node 10.0.0.6')
  ids.note({ asker: { via: 'local' }, isRoot: false }, one(), 'local')
  t.equal(ids.machines, 1)
  t.equal(lines.length, 1)
})

t.test('each change is logged once, over new connections too', async (t) => {
  const { ids, lines, clock } = made()
  for (let i = 0; i < 5; i++) {
    const a = node(5)
    ids.note(a, one(), 'node 10.0.0.5')
    ids.forget(a)
    clock.turn(MINUTE)
  }
  ids.note(node(5), one(7), 'node 10.0.0.5')
  ids.note(node(5), NONE, 'node 10.0.0.5')
  ids.note(node(5), NONE, 'node 10.0.0.5')
  t.same(lines, [
    'node 10.0.0.5 user "slurm" has the id 64030 there, and 991 in the cluster',
    'node 10.0.0.5 user "slurm" has the id 7 there, and 991 in the cluster',
    'node 10.0.0.5',
  ])
})

t.test('neither a node that goes back and forth nor a thousand of them fill the log', async (t) => {
  const { ids, lines, clock } = made()
  for (let i = 0; i < 3600; i++) {
    ids.note(node(5), one(i), 'node 10.0.0.5')
    clock.turn(1000)
  }
  t.ok(lines.length <= 12, `${lines.length} lines in an hour`)
  for (let i = 0; i < 1000; i++) ids.note(node(i % 250), one(), `node ${i}`)
  t.ok(lines.length <= 12 + 64 + 60, `${lines.length} lines`)
})

t.test('what is kept of a message is bounded and printable, whatever it says', async (t) => {
  const text = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString())
  const account = fc.record(
    {
      kind: text,
      name: text,
      id: fc.nat(),
      cluster_id: fc.nat(),
      cluster_name: text,
    },
    { requiredKeys: ['kind', 'name', 'id'] },
  )
  const isBounded = fc.property(fc.nat(), fc.array(account, { maxLength: 12 }), (count, accounts) => {
    const kept = otherAccounts({ count, accounts, later: 'x'.repeat(9999) })
    const names = kept.accounts.flatMap(({ kind, name, cluster_name: owner = '' }) => [kind, name, owner])
    return (
      kept.accounts.length === Math.min(accounts.length, OTHER_IDS_MAX) &&
      kept.count === Math.max(count, kept.accounts.length) &&
      names.every((text) => text.length <= OTHER_NAME_MAX && /^[ -~]*$/.test(text)) &&
      Object.keys(kept).length === 2
    )
  })
  t.doesNotThrow(() => fc.assert(isBounded, { seed: 3, numRuns: 60 }))
})

t.test('a node that floods its master keeps as much there as one that does not', async (t) => {
  const lines: string[] = []
  const one = server(t, { log: logOf(lines) })
  const node = await client(t, await one.listen('network', { host: '127.0.0.1', port: 0 }))
  const root = await client(t, await one.listen('admin', { path: join(folder(t), 'admin') }))
  await node.hello(1)
  await node.subscribe(() => {})
  const tell = (other_ids: object) => node.ask('HELLO', { versions: [1], other_ids: { ...other_ids } })
  const long = { kind: 'user', name: `\x1b[2J${'x'.repeat(600)}`, id: 1, cluster_name: '\u202e'.repeat(100) }
  for (let i = 0; i < 300; i++) {
    await tell({ count: i, accounts: Array.from({ length: 40 }, () => ({ ...long, id: i })), more: 'x'.repeat(999) })
  }
  const { nodes } = await root.ask('NODES', {})
  t.ok(JSON.stringify(nodes).length < 2000)
  t.match(nodes, [{ other_ids: { count: 299, accounts: { length: OTHER_IDS_MAX } } }])
  t.notMatch(JSON.stringify(nodes), /[^ -~]|\\u/)
  t.equal((await root.status()).other_ids, 1)
  t.ok(lines.filter((line) => /accounts of its own/.test(line)).length <= 5)
  await t.rejects(tell({ count: 'x', accounts: [] }), { code: 'request' })
  t.match(await node.lookup('passwd', 'user1'), Buffer, 'the connection is still there')
  await tell(NONE)
  t.equal((await root.status()).other_ids, 0)
})

t.test('what makes no sense is refused', async (t) => {
  const wrong = [
    {},
    { count: -1, accounts: [] },
    { count: 1, accounts: {} },
    { count: 1, accounts: [{}] },
    { count: 1, accounts: [{ ...SLURM, id: 1.5 }] },
    { count: 1, accounts: [{ ...SLURM, cluster_name: Buffer.of(1) }] },
    7,
  ]
  for (const told of wrong) t.throws(() => otherAccounts(told), MessageError)
})
