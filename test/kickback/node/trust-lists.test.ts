// What a node makes of the trust lists that masters give it, honest or not, over real connections.
import t from 'tap'
import { statementOf } from '../../../src/kickback/node/statement.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import type { OwnKeys } from '../../../src/kickback/service/own-keys.ts'
import { type Bridge, keyMark, parseTrustList } from '../../../src/resolver/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { trustList } from '../../trust-lists.ts'
import { client, publicSnapshot, server } from '../cluster.ts'

const [root, one, stolen, stranger] = [clusterKey(), clusterKey(), clusterKey(), clusterKey()]
const both = trustList({
  number: 5,
  roots: [root],
  signers: [
    [one, 'm1'],
    [stolen, 'm2'],
  ],
})

/** A client of a master that signs with this key, and what it was asked for TRUST. */
async function asking(t: Tap, signer: typeof one, list: OwnKeys['list'], bridge: Bridge = []) {
  let asked = 0
  const keys = {
    signing: signer.key,
    bridge,
    get list() {
      return list
    },
  }
  const made = server(t, { sign: signer.sign, keys }, publicSnapshot(7, 2, signer.sign))
  const place = await made.listen('local', { path: `${folder(t)}/socket` })
  const connection = await client(t, place)
  const ask = connection.ask.bind(connection)
  connection.ask = ((name: 'TRUST', fields: object) => {
    if (name === 'TRUST') asked++
    return ask(name, fields)
  }) as typeof connection.ask
  return { connection, asked: () => asked }
}

/** A statement of a master by what a node believes. */
const stated = (connection: Parameters<typeof statementOf>[0], trust: Trust) =>
  statementOf(connection, { trust, held: undefined, now: 5 })

/** What a master says that it has, whatever it is. */
const said = (number: number, bytes: Buffer): OwnKeys['list'] => ({ ...parseTrustList(both), number, bytes })

t.test('a node takes the list of its master, and believes the key that it lists', async (t) => {
  const { connection, asked } = await asking(t, one, parseTrustList(both))
  const trust = new Trust({ key: root.key })
  t.equal((await stated(connection, trust)).header.generation, 7)
  t.equal(trust.list?.number, 5)
  await stated(connection, trust)
  t.equal(asked(), 1, 'it is asked for once')
  await t.rejects(stated((await asking(t, one, undefined)).connection, new Trust({ key: root.key })), {
    name: 'UntrustedError',
  })
})

t.test(
  'whatever list a master gives that no root signed, nothing of it is believed, and its proof counts as before',
  async (t) => {
    const rogue: readonly (readonly [string, number, Buffer])[] = [
      ['garbage', 9, Buffer.from('garbage')],
      ['a huge one', 9, Buffer.alloc(100_000, 'kickback trust 1\n')],
      ['the greatest number', Number.MAX_SAFE_INTEGER, Buffer.from(`kickback trust 1\nnumber ${2n ** 63n}\n`)],
      [
        'one that the stolen signing key signed',
        9,
        trustList({ number: 9, roots: [root], signers: [[stolen, 'm2']], by: [stolen] }),
      ],
      ['one of a foreign root', 9, trustList({ number: 9, roots: [stranger], signers: [[stolen, 'm2']] })],
      [
        'one with a root that it introduces itself',
        9,
        trustList({ number: 9, roots: [stranger, root], by: [stranger] }),
      ],
      ['an old one that is called new', 9, trustList({ number: 4, roots: [root], signers: [[stranger, 'm3']] })],
      ['another one with the same number', 9, trustList({ number: 5, roots: [root], signers: [[stranger, 'm3']] })],
    ]
    for (const [what, number, bytes] of rogue) {
      const { connection, asked } = await asking(t, stolen, said(number, bytes))
      const trust = new Trust({ key: root.key, list: parseTrustList(both) })
      for (let i = 0; i < 3; i++) t.equal((await stated(connection, trust)).header.generation, 7, what)
      t.equal(asked(), 1, `${what}: asked for once on a connection`)
      t.same(trust.list?.bytes, both, what)
      t.notOk(trust.signedBy(Buffer.from('x'), stranger.sign(Buffer.from('x'))), what)
    }
  },
)

t.test('a master whose key was revoked proves nothing, whatever list it gives', async (t) => {
  const after = parseTrustList(
    trustList({ number: 6, roots: [root], signers: [[one, 'm1']], revoked: [[stolen, 'm2']] }),
  )
  for (const list of [undefined, parseTrustList(both), said(9, both)]) {
    const { connection } = await asking(t, stolen, list)
    await t.rejects(
      stated(connection, new Trust({ key: root.key, list: after })),
      /was revoked|older than trust list 6/,
    )
    const before = new Trust({ key: root.key, list: parseTrustList(both) })
    t.equal((await stated(connection, before)).header.generation, 7, 'control: who has not heard of it')
  }
})

t.test('a node that knows the signing key itself needs no list, and its master is asked for it once', async (t) => {
  const { connection, asked } = await asking(t, one, parseTrustList(both))
  const trust = new Trust({ key: one.key })
  for (let i = 0; i < 3; i++) t.equal((await stated(connection, trust)).header.generation, 7)
  t.equal(asked(), 1)
  t.equal(trust.list, undefined)
})

t.test('a list is for members, and a new one comes from root of the master alone', async (t) => {
  const taken: Uint8Array[] = []
  const keys = { signing: one.key, list: parseTrustList(both), take: (bytes: Uint8Array) => void taken.push(bytes) }
  const made = server(t, { sign: one.sign, keys }, publicSnapshot(7, 2, one.sign))
  const admin = await client(t, await made.listen('admin', { path: `${folder(t)}/admin` }))
  const user = await client(t, await made.listen('local', { path: `${folder(t)}/socket` }))
  const node = await client(t, await made.listen('network', { host: '127.0.0.1', port: 0 }))
  for (const one of [user, node]) {
    t.same((await one.ask('TRUST', {})).list, both)
    await t.rejects(one.ask('TRUST', { list: both }), { code: 'denied' })
  }
  t.same(taken, [])
  await admin.ask('TRUST', { list: both })
  t.same(
    taken.map((bytes) => Buffer.from(bytes)),
    [both],
    'control',
  )
})

t.test('a node that knows an earlier root alone is given the lists that lead on, and no others', async (t) => {
  const [old, next] = [clusterKey(), clusterKey()]
  const begun = trustList({ number: 6, roots: [next, old] })
  const ended = trustList({ number: 7, roots: [next], signers: [[one, 'm1']], revoked: [[old, 'root']] })
  const bridge = [parseTrustList(begun)]
  const { connection } = await asking(t, one, parseTrustList(ended), bridge)
  const passed: number[] = []
  const trust = new Trust({ key: old.key, keep: (_, over) => passed.push(...over.map(({ number }) => number)) })
  t.equal((await stated(connection, trust)).header.generation, 7)
  t.equal(trust.list?.number, 7)
  t.same(passed, [6])
  const bare = await asking(t, one, parseTrustList(ended))
  await t.rejects(stated(bare.connection, new Trust({ key: old.key })), /not signed by a root key/, 'control')

  const mark = (key: typeof one): Buffer => keyMark(key.key)
  const ask = (...roots: readonly Buffer[]) => connection.ask('TRUST', { roots })
  t.same((await ask(mark(old))).bridge, [begun])
  t.same((await ask(mark(stranger), mark(old))).bridge, [begun])
  t.same((await ask()).bridge, [begun], 'all, where none is named')
  t.equal((await ask(mark(next))).bridge, undefined)
  t.equal((await ask(mark(stranger))).bridge, undefined)
  t.equal((await connection.ask('TRUST', {})).bridge, undefined, 'who does not ask, as an earlier release, gets none')
  await t.rejects(ask(...Array.from({ length: 65 }, () => mark(old))), { code: 'request' })
})

t.test('lists that a master gives as a bridge lead to nothing that a believed root did not sign', async (t) => {
  const [old, next] = [clusterKey(), clusterKey()]
  const current = trustList({ number: 7, roots: [next], signers: [[one, 'm1']], revoked: [[old, 'root']] })
  const theirs = trustList({ number: 9, roots: [stranger], signers: [[stolen, 'm2']] })
  // Signed by who has the root that was revoked, by nobody that is known, or too many.
  const link = trustList({ number: 8, roots: [stranger, old], by: [old] })
  for (const [what, bridge] of [
    ['the revoked root', [link]],
    ['a stranger', [trustList({ number: 8, roots: [stranger] })]],
    ['too many', Array.from({ length: 200 }, () => link)],
    ['garbage', [Buffer.from('garbage')]],
  ] as const) {
    const trust = new Trust({ key: old.key, list: parseTrustList(current) })
    t.match(trust.takeIfProved(theirs, bridge), { name: 'TrustListError' }, what)
    t.same(trust.list?.bytes, current, what)
  }
  t.equal(
    new Trust({ key: old.key }).takeIfProved(theirs, [link]),
    undefined,
    'control: who never heard of the new root',
  )
})
