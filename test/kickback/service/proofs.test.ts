import { createHash, verify } from 'node:crypto'
import t from 'tap'
import { ANSWERS } from '../../../src/kickback/service/operations.ts'
import type { Service } from '../../../src/kickback/service/question.ts'
import { RateLimit } from '../../../src/kickback/service/shares/rate-limit.ts'
import { OtherKeys } from '../../../src/kickback/service/told/other-keys.ts'
import { aliveMessage, lookupMessage } from '../../../src/kickback/wire/proof.ts'
import { type Asker, keyMark, layout, type Snapshot } from '../../../src/resolver/index.ts'
import { HandClock } from '../../clocks.ts'
import { clusterKey } from '../../keys.ts'
import { publicSnapshot } from '../cluster.ts'
import { paperClient, paperService } from './paper.ts'

const { key: PUBLIC, sign } = clusterKey()
const NONCE = Buffer.alloc(32, 7)
const header = ({ bytes }: Snapshot): Buffer => Buffer.from(bytes.subarray(0, layout.HEADER.size))

/** Bounds that allow no signature. */
function noProofs(): Service['proofs'] {
  const none = { perSecond: 0, burst: 0 }
  const limit = new RateLimit(new HandClock(), none, none)
  const limits = { alive: limit, lookup: limit, head: limit, shadow: limit }
  return { root: limits, others: limits }
}

/** A fake service of generation 5, and a client that keeps what it is said to hold. */
function fake(
  more: Partial<Service> = {},
  asker: Asker = { via: 'network', address: Uint8Array.of(10, 0, 0, 11) },
  source = '10.0.0.11',
  isRoot = true,
) {
  const clock = new HandClock()
  const held: [number, string | undefined][] = []
  const client = paperClient(asker, {
    source,
    isRoot,
    holds: (generation, digest) => held.push([generation, digest && Buffer.from(digest).toString('hex')]),
  })
  const service = paperService(clock, { sign, ...more }, publicSnapshot(5))
  const generations = service.public
  const alive = async (request: { nonce?: Uint8Array; held?: Uint8Array; key?: Uint8Array } = {}) =>
    ANSWERS.ALIVE({ id: 1, client, service, request: { nonce: NONCE, ...request } })
  const lookup = async (db: string, key: string | number | Uint8Array, nonce: Uint8Array | null = NONCE) =>
    ANSWERS.LOOKUP({ id: 1, client, service, request: { db, key, ...(nonce !== null && { nonce }) } })
  return { alive, lookup, clock, held, generations, proofs: service.proofs }
}

t.test('the proof of life is the current header, signed over the nonce', async (t) => {
  const { alive, held } = fake()
  const answer = await alive()
  t.match(answer, { status: 1, known: false, conflict: false })
  if (!('header' in answer)) throw new Error('refused')
  t.same(Buffer.from(answer.header), header(publicSnapshot(5)))
  const message = aliveMessage({ nonce: NONCE, header: answer.header, known: false, conflict: false, held: undefined })
  t.ok(verify(null, message, PUBLIC, answer.signature))
  t.same(held, [])
})

t.test('the message of a proof of life is laid out as the page says', async (t) => {
  const held = Buffer.from('what is held')
  const message = aliveMessage({ nonce: NONCE, header: Buffer.from('HEADER'), known: true, conflict: true, held })
  const digest = createHash('sha256').update(held).digest()
  t.same(
    message,
    Buffer.concat([Buffer.from('kickback alive 1\0'), NONCE, Buffer.from('HEADER'), Buffer.of(3), digest]),
  )
  const nothing = { nonce: NONCE, header: Buffer.alloc(0), known: false, conflict: false, held: undefined }
  t.same(aliveMessage(nothing).subarray(49), Buffer.concat([Buffer.of(0), Buffer.alloc(32)]))
})

t.test('what the asker holds is looked up in the history, told to the master first, and noted', async (t) => {
  const theirs = publicSnapshot(4, 7)
  const digest = Buffer.from(theirs.digest).toString('hex')
  const met: Buffer[] = []
  const asked: [number, string][] = []
  const { alive, held, generations } = fake({
    met: (bytes) => {
      met.push(Buffer.from(bytes))
      generations.serve(publicSnapshot(6))
    },
    history: (generation, of) => asked.push([generation, Buffer.from(of).toString('hex')]) > 0,
    conflict: () => true,
  })
  const answer = await alive({ held: header(theirs) })
  t.match(answer, { status: 1, known: true, conflict: true })
  t.same(met, [header(theirs)])
  t.same(asked, [[4, digest]])
  t.same(held, [[4, digest]])
  if (!('header' in answer)) throw new Error('refused')
  t.same(
    Buffer.from(answer.header),
    header(publicSnapshot(6)),
    'the header is the one after the master heard of theirs',
  )
  const proof = { nonce: NONCE, header: answer.header, known: true, conflict: true, held: header(theirs) }
  t.ok(verify(null, aliveMessage(proof), PUBLIC, answer.signature))
  for (const other of [{ nonce: Buffer.alloc(32) }, { known: false }, { conflict: false }, { held: undefined }]) {
    t.notOk(verify(null, aliveMessage({ ...proof, ...other }), PUBLIC, answer.signature), 'every part is signed')
  }
})

t.test('a daemon without a history, and to which nobody is of interest, still proves that it lives', async (t) => {
  const { alive, held } = fake()
  const theirs = publicSnapshot(4, 7)
  t.match(await alive({ held: header(theirs) }), { status: 1, known: false })
  t.equal(held.length, 1)
})

t.test('bytes that are no header of this layout are signed, and taken for nothing', async (t) => {
  const met = (): void => void t.fail('the master was told')
  const good = header(publicSnapshot(4))
  const otherLayout = Buffer.from(good)
  otherLayout.writeUInt32LE(layout.LAYOUT + 1, layout.HEADER.at.layout)
  const tooLate = Buffer.from(good)
  tooLate.writeBigUInt64LE(2n ** 53n, layout.HEADER.at.generation)
  const notOurs = Buffer.from(good)
  notOurs.write('x')
  const longer = Buffer.concat([good, Buffer.alloc(8)])
  for (const bytes of [good.subarray(1), longer, otherLayout, tooLate, notOurs, Buffer.alloc(0)]) {
    const { alive, held } = fake({ met, history: () => true })
    t.match(await alive({ held: bytes }), { status: 1, known: false })
    t.same(held, [])
  }
})

t.test('a nonce of another length, and what is longer than any header, is refused', async (t) => {
  const { alive, lookup } = fake()
  for (const length of [0, 31, 33]) {
    t.match(await alive({ nonce: Buffer.alloc(length) }), { status: -1, error: 'request' })
    t.match(await lookup('passwd', 'user1', Buffer.alloc(length)), { status: -1, error: 'request' })
  }
  t.match(await alive({ held: Buffer.alloc(1024) }), { status: 1 }, 'another layout may have a longer header')
  t.match(await alive({ held: Buffer.alloc(1025) }), { status: -1, error: 'request' })
})

t.test('a proof is for those who may have the snapshot: others are denied before anything is signed', async (t) => {
  const sign = (): never => t.fail('signed') as never
  const askers: readonly Asker[] = [
    { via: 'private' },
    { via: 'network', address: Uint8Array.of(192, 0, 2, 1) },
    { via: 'network', address: Uint8Array.of(10, 0, 0, 9) },
  ]
  for (const asker of askers) t.match(await fake({ sign }, asker).alive(), { status: -1, error: 'denied' })
  t.match(await fake({}, { via: 'local' }).alive(), { status: 1 }, 'everyone on this machine may have the snapshot')
})

t.test('a daemon without a key says so, and answers look-ups unsigned', async (t) => {
  const { alive, lookup } = fake({ sign: undefined })
  t.match(await alive(), { status: -1, error: 'operation', message: /no signing key/ })
  const answer = await lookup('passwd', 'user1')
  t.equal(answer.status, 1)
  t.notOk('signature' in answer)
})

t.test('a look-up with a nonce is signed, found or not; without one it is not', async (t) => {
  const { lookup } = fake()
  for (const [db, key] of [
    ['passwd', 'user1'],
    ['passwd', 1002],
    ['hosts', Buffer.of(10, 0, 0, 11)],
    ['passwd', 'ghost'],
    ['group', 4242],
  ] as const) {
    const answer = await lookup(db, key)
    if (!('generation' in answer) || answer.signature === undefined) throw new Error(`${db} ${key} is not signed`)
    const { status, generation, record, signature } = answer
    const proof = { nonce: NONCE, db, key, status, generation, record }
    t.ok(verify(null, lookupMessage(proof), PUBLIC, signature), `${db} ${key}`)
    const others = [
      { nonce: Buffer.alloc(32) },
      { db: 'netgroup' },
      { key: 'other' },
      { status: 1 - status },
      { generation: generation + 1 },
      { record: Buffer.from('x') },
    ]
    for (const other of others) {
      t.notOk(verify(null, lookupMessage({ ...proof, ...other } as typeof proof), PUBLIC, signature), 'every part is')
    }
  }
  t.notOk('signature' in (await fake().lookup('passwd', 'user1', null)))
})

t.test('self, which differs by who asks, is not signed', async (t) => {
  const { lookup } = fake()
  for (const name of ['self', '.-2']) t.notOk('signature' in (await lookup('hosts', name)), name)
})

t.test('a refusal of a look-up is not signed, and takes nothing of what may be signed', async (t) => {
  const { lookup } = fake({ sign: () => t.fail('signed') as never, proofs: noProofs() })
  const answer = await lookup('shadow', 'user1')
  t.match(answer, { status: -1, error: 'denied' })
  t.notOk('signature' in answer)
})

t.test('look-ups of one asker are signed at a bounded rate', async (t) => {
  const { lookup, clock } = fake()
  let signed = 0
  while (signed < 1000 && !('error' in (await lookup('passwd', 'user1')))) signed++
  t.equal(signed, 500)
  t.match(await lookup('passwd', 'user1'), { status: -2, error: 'busy' })
  t.match(await lookup('passwd', 'user1', null), { status: 1 }, 'what is not signed is answered')
  clock.turn(1000)
  t.match(await lookup('passwd', 'user1'), { status: 1 })
})

t.test('the message of a look-up keeps its parts apart: none can be read as another', async (t) => {
  const base = { nonce: NONCE, status: 1, generation: 5, record: Buffer.from('r') } as const
  const messages = [
    { db: 'group', key: 'a' },
    { db: 'groupa', key: '' },
    { db: 'group', key: Buffer.from('a') },
    { db: 'group', key: 97 },
  ].map((question) => lookupMessage({ ...base, ...question }).toString('hex'))
  t.equal(new Set(messages).size, messages.length)
  t.same(
    lookupMessage({ ...base, db: 'group', key: 'a' }),
    Buffer.concat([
      Buffer.from('kickback lookup 1\0'),
      NONCE,
      Buffer.from('05000000', 'hex'),
      Buffer.from('group'),
      Buffer.from('0101000000', 'hex'),
      Buffer.from('a'),
      Buffer.from('01', 'hex'),
      Buffer.from('0500000000000000', 'hex'),
      Buffer.from('r'),
    ]),
  )
})

t.test('one asker is signed for at a bounded rate, and that costs no other asker its proof', async (t) => {
  const service = fake()
  const root = fake({ proofs: service.proofs }, undefined, '10.0.0.11 root')
  let signed = 0
  while (signed < 1000 && !('error' in (await service.alive()))) signed++
  t.equal(signed, 20)
  t.match(await service.alive(), { status: -2, error: 'busy' })
  t.match(await root.alive(), { status: 1 }, 'the root of that machine is counted for itself')
  service.clock.turn(1000)
  t.match(await service.alive(), { status: 1 })
})

t.test('a user with a program on every node takes no proof and no signature from the nodes', async (t) => {
  const { proofs } = fake()
  for (const [each, what] of [
    [20, 'alive'],
    [500, 'lookup'],
  ] as const) {
    const asked = (one: ReturnType<typeof fake>) => (what === 'alive' ? one.alive() : one.lookup('passwd', 'user1'))
    let isBusy = false
    for (let i = 0; i < 40 && !isBusy; i++) {
      const user = fake({ proofs }, undefined, `10.0.0.${i}`, false)
      for (let j = 0; j < each && !isBusy; j++) isBusy = 'error' in (await asked(user))
    }
    t.ok(isBusy, 'together they use up what is theirs')
    t.match(await asked(fake({ proofs }, undefined, '10.0.0.11 root')), { status: 1 })
  }
})

t.test('a daemon that keeps no list of other keys gives its proof to whoever tells of one', async (t) => {
  t.match(await fake().alive({ key: new Uint8Array(16) }), { status: 1 })
})

t.test('who believes another key is told of, on the word of its root alone', async (t) => {
  const warnings: object[] = []
  const clock = new HandClock()
  const log = { warn: (fields: object) => void warnings.push(fields) }
  const { key: signing } = clusterKey()
  const mark = keyMark(signing)
  const otherKeys = new OtherKeys({ keys: { signing, list: undefined }, clock, log })
  const asker: Asker = { via: 'network', address: Uint8Array.of(10, 0, 0, 11) }
  const user = fake({ otherKeys }, asker, '10.0.0.11', false)
  await user.alive({ key: new Uint8Array(16) })
  t.same(otherKeys.all, [])
  const root = fake({ otherKeys }, asker)
  await root.alive()
  await root.alive({ key: mark })
  t.same(otherKeys.all, [])
  await root.alive({ key: new Uint8Array(16) })
  t.same([otherKeys.all, warnings], [['node 10.0.0.11'], [{ machine: 'node 10.0.0.11' }]])
})
