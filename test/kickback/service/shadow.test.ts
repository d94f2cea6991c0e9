// Which shadow entries a master gives to whom: each case fails for the attacker.
import { once } from 'node:events'
import t from 'tap'
import { Trust } from '../../../src/kickback/node/trust.ts'
import { ShadowWaits } from '../../../src/kickback/service/waits/shadow-waits.ts'
import { encodeFrame } from '../../../src/kickback/wire/message.ts'
import { shadowMessage } from '../../../src/kickback/wire/proof.ts'
import { OPERATIONS } from '../../../src/kickback/wire/protocol.ts'
import { buildShadow, certificateKeyMark, layout, Snapshot, stamp } from '../../../src/resolver/index.ts'
import { othersTurn } from '../../../src/values/clock.ts'
import { HandClock } from '../../clocks.ts'
import type { Tap } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { until } from '../../patience.ts'
import { authority, CLUSTER, certificate, DAY } from '../../resolver/certificates/cluster.ts'
import { client, shadowSnapshot } from '../cluster.ts'
import { addressOf, secured, shake } from './secure.ts'

const { key, sign } = clusterKey()
const NONCE = Buffer.alloc(32, 7)
const ASK = { nonce: NONCE }
const BYTES = { kind: 2, offset: 0 }

/** The shadow snapshot of a node, with one hash. */
function entries(generation: number, name: string): Snapshot {
  const ages = { lastChange: 1, min: 0, max: 9, warn: 7, inactive: -1, expire: -1, flag: 0xffffffff }
  const shadow = [{ ...ages, name, passwd: `$6$${name}` }]
  const bytes = buildShadow({ inputs: new Map([['granted', '1']]), shadow, complete: true })
  stamp(bytes, { generation, contentTime: generation }, sign)
  return Snapshot.open(bytes)
}

/** A master that grants one user to node 1 and another to node 2, and has a shadow file of all. */
async function granting(t: Tap) {
  const grants = new Map([
    [1, entries(7, 'user1')],
    [2, entries(8, 'user2')],
  ])
  const noted: [number, number][] = []
  const state = {
    ...{
      isKnown: true,
      isConflict: false,
      now: Date.now(),
      disk: true as true | Error,
      noting: Promise.resolve(),
      signed: 0,
    },
    given: new Map<number, readonly string[]>(),
    lost: undefined as number | undefined,
  }
  const granted = {
    get isKnown() {
      return state.isKnown
    },
    of: (node: number) => grants.get(node),
    numbered: (node: number, generation: number) => {
      const one = grants.get(node)
      return one?.generation === generation ? one : undefined
    },
    noted: async (node: number, { generation }: Snapshot) => {
      if (state.disk !== true) throw state.disk
      noted.push([node, generation])
      await state.noting
    },
    givenTo: (node: number) => ({ users: state.given.get(node) ?? [], lost: state.lost }),
    isOver: (until: number) => state.now >= until,
  }
  const counted = (message: Uint8Array): Uint8Array => {
    state.signed++
    return sign(message)
  }
  const made = await secured(t, { granted, sign: counted, conflict: () => state.isConflict })
  made.made.serve(shadowSnapshot(1))
  return { ...made, grants, noted, state }
}

const isSigned = (reply: unknown, node: number): boolean => {
  const { header, signature } = reply as { header?: Uint8Array; signature: Uint8Array }
  return new Trust({ key }).signedBy(shadowMessage({ nonce: NONCE, node, header }), signature)
}

t.test('a node gets the proof and the bytes of its own entries, and what is noted before', async (t) => {
  const { place, nodeCertificate, noted } = await granting(t)
  const { ask } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  const reply = await ask('SHADOW', ASK)
  t.match(reply, { status: 1, node: 1 })
  t.ok(isSigned(reply, 1))
  t.notOk(isSigned(reply, 2), 'the proof is of this node')
  t.same(noted, [[1, 7]])
  const bytes = (await ask('SNAPSHOT', { ...BYTES, generation: 7 })) as { data: Uint8Array }
  const own = Snapshot.open(bytes.data)
  t.same([own.kind, [...own.entries('shadow')].map(({ name }) => name)], [layout.KINDS.SHADOW, ['user1']])
  t.same(Buffer.from(bytes.data).includes('$6$user2'), false)
})

t.test('a node does not get the entries of another node, nor those of the shadow file', async (t) => {
  const { place, nodeCertificate } = await granting(t)
  const { ask } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  t.match(await ask('SNAPSHOT', { ...BYTES, generation: 8 }), { error: 'generation' }, 'the number of another node')
  t.match(await ask('SNAPSHOT', { ...BYTES, generation: 1 }), { error: 'generation' }, 'the number of the master')
  t.match(await ask('LOOKUP', { db: 'shadow', key: 'user1' }), { error: 'denied' })
  t.match(await ask('ENUMERATE', { db: 'shadow' }), { error: 'denied' })
  t.match(await ask('SHADOW', { ...ASK, node: 2 }), { status: 1, node: 1 }, 'who it is it does not say itself')
  const none = await shake(t, place, addressOf(3), await nodeCertificate(3))
  const reply = await none.ask('SHADOW', ASK)
  t.match(reply, { status: 0, node: 3 })
  t.ok(isSigned(reply, 3), 'that there is nothing is proved too')
  t.match(await none.ask('SNAPSHOT', BYTES), { error: 'generation' })
})

t.test(
  'the key of a node is of no use from another address, and the address is of no use without the key',
  async (t) => {
    const { place, nodeCertificate } = await granting(t)
    const stolen = await shake(t, place, addressOf(2), await nodeCertificate(1))
    t.match(await stolen.next(), { id: 0, error: 'denied' })
    const bare = await shake(t, place, addressOf(1))
    for (const [op, fields] of [['SHADOW', ASK] as const, ['SNAPSHOT', BYTES] as const])
      t.match(await bare.ask(op, fields), { error: 'denied' }, `${op} without a certificate`)
  },
)

t.test('nothing goes without TLS, nor by the socket for everyone', async (t) => {
  const { made } = await granting(t)
  const plain = await client(t, await made.listen('network', { host: '127.0.0.1', port: 0 }))
  for (const one of [plain]) {
    await t.rejects(one.ask('SHADOW', ASK), { code: 'denied' })
    await t.rejects(one.ask('SNAPSHOT', BYTES), { code: 'denied' })
    await t.rejects(one.ask('LOOKUP', { db: 'shadow', key: 'user1' }), { code: 'denied' })
  }
})

t.test('an expired certificate and one of another cluster get nothing', async (t) => {
  const { place, clock, nodeCertificate } = await granting(t)
  const foreign = await certificate(
    (await authority()).authority,
    { kind: 'node', node: 1, cluster: CLUSTER },
    clock.now,
  )
  for (const shown of [await nodeCertificate(1, clock.now - 31 * DAY), foreign]) {
    const { next } = await shake(t, place, addressOf(1), shown)
    t.match(await next(), { id: 0, error: 'denied' })
    t.equal(await next(), 'ended')
  }
})

t.test('a certificate that ends while the connection lasts gets nothing more', async (t) => {
  const { place, nodeCertificate, state } = await granting(t)
  const { ask } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  t.match(await ask('SHADOW', ASK), { status: 1 })
  state.now += 31 * DAY
  t.match(await ask('SHADOW', ASK), { error: 'denied', message: /has ended/ })
  t.match(await ask('SNAPSHOT', { ...BYTES, generation: 7 }), { error: 'denied' })
})

t.test('a key that is revoked while it waits is answered nothing, and no TLS session brings it back', async (t) => {
  const { place, made, nodeCertificate, revoked } = await granting(t)
  const shown = await nodeCertificate(1)
  const held = entries(7, 'user1').digest
  const session = await shake(t, place, addressOf(1), shown)
  const kept = once(session.secure, 'session') as Promise<[Buffer]>
  session.secure.write(encodeFrame({ id: 99, op: OPERATIONS.SHADOW, ...ASK, held, wait: true }))
  t.match(await session.ask('HELLO', { versions: [1] }), { status: 1 }, 'it is not answered while nothing is new')
  const [ticket] = await kept
  revoked.add(certificateKeyMark(shown.key))
  made.endUncertified()
  t.match(await session.next(), { id: 0, error: 'revoked' })
  const again = await shake(t, place, addressOf(1), shown, ticket)
  t.notOk(again.secure.isSessionReused())
  t.match(await again.next(), { id: 0, error: 'revoked' })
})

t.test('a node that waits is answered as soon as its own entries are others, and only then', async (t) => {
  const { place, made, nodeCertificate, grants } = await granting(t)
  const held = entries(7, 'user1').digest
  const { secure, ask, next } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  secure.write(encodeFrame({ id: 99, op: OPERATIONS.SHADOW, ...ASK, held, wait: true }))
  grants.set(2, entries(9, 'user3'))
  made.grantsChanged()
  t.match(await ask('HELLO', { versions: [1] }), { id: 1, status: 1 }, 'those of another node are no news')
  grants.set(1, entries(10, 'user3'))
  made.grantsChanged()
  t.match(await next(), { id: 99, status: 1 })
})

t.test(
  'a master gives nothing while it does not know what is granted, is in conflict, or cannot note it',
  async (t) => {
    const { place, nodeCertificate, state } = await granting(t)
    const { ask } = await shake(t, place, addressOf(1), await nodeCertificate(1))
    state.isKnown = false
    t.match(await ask('SHADOW', ASK), { status: -2, error: 'starting' })
    Object.assign(state, { isKnown: true, isConflict: true })
    t.match(await ask('SHADOW', ASK), { status: -2, error: 'busy' })
    Object.assign(state, { isConflict: false, disk: Object.assign(new Error('no space'), { code: 'ENOSPC' }) })
    t.match(await ask('SHADOW', ASK), { status: -2, error: 'busy' }, 'the disk is full')
    t.match(await ask('SNAPSHOT', { ...BYTES, generation: 7 }), { status: -2, error: 'busy' })
    Object.assign(state, { disk: new TypeError('a fault') })
    t.match(await ask('SHADOW', ASK), { error: 'internal' })
    Object.assign(state, { disk: true })
    t.match(await ask('SHADOW', ASK), { status: 1 }, 'it is asked again')
  },
)

t.test('a nonce of another length is refused', async (t) => {
  const { place, nodeCertificate } = await granting(t)
  const { ask } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  t.match(await ask('SHADOW', { nonce: Buffer.alloc(31) }), { error: 'request' })
})

t.test(
  'what is noted for many nodes at once is signed in later turns of the event loop, for a few in each',
  async (t) => {
    const { place, nodeCertificate, noted, state } = await granting(t)
    let write = (): void => {}
    state.noting = new Promise((resolve) => {
      write = resolve
    })
    const { secure, next } = await shake(t, place, addressOf(1), await nodeCertificate(1))
    for (let id = 1; id <= 30; id++) secure.write(encodeFrame({ id, op: OPERATIONS.SHADOW, ...ASK }))
    await until(() => noted.length === 30)
    const before = state.signed
    write()
    await new Promise<void>((resolve) => process.nextTick(resolve))
    t.equal(state.signed, before, 'not in the turn in which the disk took it')
    t.match(await next(), { status: 1 })
    const waits = new ShadowWaits(new HandClock())
    let resolved = 0
    for (let i = 0; i < 200; i++) void waits.turn().then(() => resolved++)
    const turns: number[] = []
    for (let last = 0; last < 200; last = resolved) {
      await othersTurn()
      turns.push(resolved - last)
    }
    t.ok(Math.max(...turns) <= 64, `${turns}`)
  },
)

t.test('bytes that are granted no longer when they have been noted at last do not go', async (t) => {
  const { place, nodeCertificate, noted, state, grants } = await granting(t)
  let write = (): void => {}
  state.noting = new Promise((resolve) => {
    write = resolve
  })
  const { ask } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  const asked = ask('SNAPSHOT', { ...BYTES, generation: 7 })
  await until(() => noted.length === 1)
  grants.delete(1)
  write()
  t.match(await asked, { error: 'generation' })
})

t.test(
  'a node that floods with questions, and with ones that are odd, gets a few proofs of its own entries alone',
  async (t) => {
    const { place, nodeCertificate, state } = await granting(t)
    const flooding = await shake(t, place, addressOf(1), await nodeCertificate(1))
    const odd = [
      { nonce: Buffer.alloc(0) },
      { nonce: Buffer.alloc(4000) },
      { ...ASK, held: Buffer.alloc(4000) },
      { ...ASK, node: 2 },
    ]
    const replies = [] as { readonly error?: string; readonly node?: number; readonly status: number }[]
    for (let i = 0; i < 400; i++)
      replies.push((await flooding.ask('SHADOW', i % 5 === 4 ? (odd[i % 4] ?? ASK) : ASK)) as (typeof replies)[number])
    const proved = replies.filter(({ status }) => status === 1)
    t.same(new Set(proved.map(({ node }) => node)), new Set([1]))
    t.equal(proved.length, state.signed)
    t.ok(state.signed < 200, `${state.signed} proofs of 400 questions`)
    t.same(new Set(replies.map(({ error }) => error)), new Set([undefined, 'request', 'busy']))
  },
)
