// Look-ups of a node that has no copy yet: its master answers them, and is believed as far as it signs.
import t from 'tap'
import type { ProxyOptions } from '../../../src/daemon/proxy.ts'
import { filesIn } from '../../../src/kickback/files/folders.ts'
import type { KickbackClient } from '../../../src/kickback/node/client.ts'
import { PassOn } from '../../../src/kickback/node/pass-on.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import type { Fields } from '../../../src/kickback/wire/message.ts'
import { lookupMessage } from '../../../src/kickback/wire/proof.ts'
import type { PublicContents } from '../../../src/resolver/databases/contents.ts'
import { DATABASES, IdFloor } from '../../../src/resolver/index.ts'
import { monotonic } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { HandClock } from '../../clocks.ts'
import { node } from '../../daemon/nodes/node.ts'
import type { Tap } from '../../folder.ts'
import { heapUsed } from '../../memory.ts'
import { until } from '../../patience.ts'
import { client, contents, user } from '../cluster.ts'
import { key, master, sign, signed } from './masters.ts'
import { type Middle, middle, type Tamper } from './middle.ts'

/** Lets everything through but the snapshot: the node has no copy for as long as the test takes. */
const noCopy =
  (tamper: Tamper): Tamper =>
  (told) => {
    if (told.op === 'LOOKUP') tamper(told)
    else if (told.op !== 'SNAPSHOT') told.send(told.reply)
  }

/** A client of such a node, once its master has proved that it lives. */
async function asking(
  t: Tap,
  tamper: Tamper,
  of: PublicContents | number = 5,
  options: Partial<ProxyOptions> = {},
): Promise<{ asker: KickbackClient; place: { readonly path: string }; rogue: Middle }> {
  const { place } = await master(t, signed(7, of))
  const rogue = await middle(t, place, noCopy(tamper))
  const one = await node(t, [rogue.place], options)
  await until(() => rogue.asked.includes('SNAPSHOT'))
  const socket = { path: filesIn(one.runDir).socket }
  return { asker: await client(t, socket), place: socket, rogue }
}

const pass: Tamper = ({ reply, send }) => send(reply)

t.test('a node without a copy passes look-ups on, and gives the answers that its master signs', async (t) => {
  const { asker } = await asking(t, pass)
  const record = await asker.lookup('passwd', 'user1')
  t.equal(record && DATABASES.passwd.decode(record).uid, 1001)
  t.equal(await asker.lookup('passwd', 'ghost'), undefined, 'absence is signed too')
  t.ok(await asker.lookup('passwd', 1002))
  t.ok(await asker.lookup('hosts', Buffer.of(10, 0, 0, 11)))
})

t.test('an answer that is not signed, or signed for something else, is no answer', async (t) => {
  let first: object | undefined
  const attacks: readonly Tamper[] = [
    ({ reply, send }) => send({ ...reply, signature: undefined }),
    ({ reply, send }) => send({ ...reply, signature: Buffer.alloc(64) }),
    ({ reply, send }) => send({ ...reply, generation: 8 }),
    ({ reply, send }) => send({ ...reply, status: 0, record: undefined }),
    ({ reply, send }) => {
      const record = Buffer.from(reply.record as Uint8Array)
      record.writeUInt32LE(1003, 4)
      send({ ...reply, record })
    },
    ({ reply, send }) => {
      first ??= reply
      send({ ...first, id: reply.id })
    },
  ]
  for (const [i, attack] of attacks.entries()) {
    const { asker } = await asking(t, attack)
    if (i === attacks.length - 1) await asker.lookup('passwd', 'user1')
    await t.rejects(asker.lookup('passwd', 'user2'), { code: 'incomplete' }, `attack ${i}`)
  }
})

t.test('what is passed on obeys the floor of the node', async (t) => {
  const low = {
    ...contents(2),
    passwd: [
      { ...user(1), gid: 1000 },
      { ...user(2), uid: 33, gid: 1000 },
      { ...user(3), gid: 6 },
    ],
    group: [{ name: 'disk', passwd: '*', gid: 6, members: [] }],
    initgroups: [{ name: 'user1', gids: [1000, 6] }],
  }
  const rule = { uidMin: 1000, gidMin: 1000, users: [], groups: [] }
  const { asker } = await asking(t, pass, low, { ids: rule })
  t.ok(await asker.lookup('passwd', 'user1'))
  for (const name of ['user2', 'user3']) t.equal(await asker.lookup('passwd', name), undefined, name)
  t.equal(await asker.lookup('group', 6), undefined)
  const groups = await asker.lookup('initgroups', 'user1')
  t.same(groups && DATABASES.initgroups.decode(groups).gids, [1000])
  const { asker: other } = await asking(t, pass, low, { ids: { ...rule, groups: ['6'] } })
  t.ok(await other.lookup('group', 6), 'control: an id that the settings name passes')
})

t.test('equal look-ups are one to the master, and only so many different ones are on their way', async (t) => {
  const held: (() => void)[] = []
  const hold: Tamper = ({ reply, send }) => void held.push(() => send(reply))
  const { place, rogue } = await asking(t, hold, 5, { clock: monotonic })
  // One client waits for one answer at a time.
  const askers = await Promise.all(Array.from({ length: 84 }, () => client(t, place)))
  const equal = Promise.all(askers.slice(64).map((asker) => asker.lookup('passwd', 'user1')))
  await until(() => held.length === 1)
  const refused = new Set<number>()
  const others = askers.slice(0, 64).map((asker, i) =>
    asker.lookup('passwd', `ghost${i}`).catch((error: { readonly code: string }) => {
      if (error.code === 'busy') refused.add(i)
    }),
  )
  await until(() => refused.size > 0)
  t.equal(refused.size, 1, 'one is too many')
  for (let sent = 0; sent < 64; sent++) {
    await until(() => held.length > sent)
    held[sent]?.()
  }
  t.equal((await equal).filter((record) => record !== undefined).length, 20)
  await Promise.all(others)
  t.equal(rogue.asked.filter((op) => op === 'LOOKUP').length, 64)
})

t.test('nothing is passed on without a key, for shadow, or to a master that has not proved to live', async (t) => {
  const { asker } = await asking(t, pass, 5, { trust: new Trust({ key: undefined }) })
  await t.rejects(asker.lookup('passwd', 'user1'), { code: 'starting' })
  const { asker: secure, place, rogue } = await asking(t, pass)
  await t.rejects(secure.lookup('shadow', 'user1'))
  const { path } = place
  const root = await client(t, { path: path.replace(/socket$/, 'private/socket') })
  await t.rejects(root.lookup('shadow', 'user1'))
  t.notOk(rogue.asked.includes('LOOKUP'))
  const { place: real } = await master(t, signed(7, 5))
  const mute = await middle(t, real, ({ op, reply, send }) => (op === 'ALIVE' ? undefined : send(reply)))
  const one = await node(t, [mute.place])
  await until(() => mute.asked.includes('ALIVE'))
  await t.rejects((await client(t, { path: filesIn(one.runDir).socket })).lookup('passwd', 'user1'), {
    code: 'starting',
  })
  t.notOk(mute.asked.includes('LOOKUP'))
})

/** What passes look-ups on to a master behind somebody in the middle, on a clock that is turned by hand. */
async function passing(t: Tap, tamper: Tamper) {
  const { place } = await master(t, signed(7, 5))
  const rogue = await middle(t, place, tamper)
  const connection = await client(t, rogue.place)
  const clock = new HandClock()
  const floor = new IdFloor(undefined, { uidMin: 100, gidMin: 100, users: [], groups: [] })
  const parts = { trust: new Trust({ key }), clock, proved: () => connection, floor: () => floor }
  const asked = (): number => rogue.asked.filter((op) => op === 'LOOKUP').length
  return { passOn: new PassOn(parts), parts, clock, asked }
}

t.test('who asks waits two seconds at most; the look-up goes on, and an answer in time leaves no timer', async (t) => {
  const held: (() => void)[] = []
  const { passOn, clock, asked } = await passing(t, ({ op, reply, send }) => {
    if (op === 'LOOKUP') held.push(() => send(reply))
    else send(reply)
  })
  const question = { db: 'passwd', key: 'user1' }
  const answer = passOn.ask(question)
  await until(() => held.length === 1)
  clock.turn(1999)
  t.equal(clock.timers, 1)
  clock.turn(1)
  t.match(await answer, { status: -2, error: 'busy', message: /in time/ })
  t.equal(passOn.ask(question), answer, 'it is on its way still')
  held[0]?.()
  await until(() => passOn.ask(question) !== answer)
  t.match(await passOn.ask(question), { status: 1, generation: 7 }, 'what comes late is kept for who asks then')
  clock.turn(5000)
  const later = passOn.ask(question)
  await until(() => held.length === 2)
  held[1]?.()
  t.match(await later, { status: 1, generation: 7 })
  t.equal(clock.timers, 0)
  t.equal(asked(), 2)
})

t.test('look-ups are equal where database, type and bytes of the key are', async (t) => {
  const { passOn, asked } = await passing(t, ({ op, reply, send }) => {
    if (op !== 'LOOKUP') send(reply)
  })
  const questions = [
    { db: 'passwd', key: '1001' },
    { db: 'passwd', key: 1001 },
    { db: 'passwd', key: Buffer.from('1001') },
    { db: 'group', key: '1001' },
    { db: 'passwd', key: Buffer.of(0xff) },
    { db: 'passwd', key: Buffer.of(0xfe) },
  ]
  const answers = questions.map((question) => passOn.ask(question))
  t.equal(new Set(answers).size, questions.length)
  t.same(
    questions.map((question, i) => passOn.ask(question) === answers[i]),
    questions.map(() => true),
  )
  await until(() => asked() === questions.length)
})

t.test('what a master refuses, or signs without making sense, is told as what it is', async (t) => {
  let change = (reply: Fields, _nonce: Uint8Array): object => reply
  const { passOn, clock } = await passing(t, ({ op, request, reply, send }) =>
    send(op === 'LOOKUP' ? change(reply, request.nonce as Uint8Array) : reply),
  )
  const question = { db: 'passwd', key: 'user1' }
  const refusal = (error: string) => (reply: Fields) => ({ id: reply.id, status: -2, error, message: 'a reason' })
  change = refusal('busy')
  t.match(await passOn.ask(question), { status: -2, error: 'busy' })
  change = refusal('denied')
  t.match(await passOn.ask(question), { status: -1, error: 'incomplete', message: /did not answer: .*a reason/ })

  const resigned =
    (said: { readonly status: 0 | 1; readonly record: Buffer }) =>
    ({ id }: Fields, nonce: Uint8Array): object => {
      const answer = { ...said, generation: 7 }
      return { id, ...answer, signature: sign(lookupMessage({ ...question, nonce, ...answer })) }
    }
  const record = Buffer.from(signed(7, 5).lookup('passwd', { name: 'user1' }) ?? [])
  change = resigned({ status: 1, record })
  t.match(await passOn.ask(question), { status: 1, record }, 'control: this is how a master signs')
  clock.turn(5000)
  change = resigned({ status: 0, record })
  t.same(await passOn.ask(question), { status: 0, generation: 7 }, 'absence has no record')
  clock.turn(5000)
  change = resigned({ status: 1, record: Buffer.of(1, 2) })
  t.match(await passOn.ask(question), { status: -1, error: 'internal' })
})

t.test('what this node does not take is not found, and what nobody expected is no answer', async (t) => {
  const { parts } = await passing(t, pass)
  const question = { db: 'passwd', key: 'user1' }
  const high = new IdFloor(undefined, { uidMin: 60_000, gidMin: 100, users: [], groups: [] })
  t.same(await new PassOn({ ...parts, floor: () => high }).ask(question), { status: 0, generation: 7 })
  const broken = new PassOn({
    ...parts,
    floor: () => {
      throw new TypeError('a fault')
    },
  })
  await t.rejects(Promise.resolve(broken.ask(question)), new TypeError('a fault'))
})

t.test('nobody is asked of a database that is none, or of shadow, without a key, or without a master', async (t) => {
  const { passOn, parts, asked } = await passing(t, pass)
  const question = { db: 'passwd', key: 'user1' }
  for (const db of ['nonsense', 'shadow', '']) t.equal(passOn.ask({ ...question, db }), undefined, db)
  t.equal(new PassOn({ ...parts, trust: new Trust({ key: undefined }) }).ask(question), undefined)
  t.equal(new PassOn({ ...parts, proved: () => undefined }).ask(question), undefined)
  t.equal(asked(), 0)
})

t.test(
  'an answer counts for five seconds: who has all signatures used up keeps nobody from names that all use',
  async (t) => {
    let isBusy = false
    const { passOn, clock, asked } = await passing(t, ({ op, reply, send }) =>
      send(isBusy && op === 'LOOKUP' ? { id: reply.id, status: -2, error: 'busy' } : reply),
    )
    const ask = (key: string) => passOn.ask({ db: 'passwd', key })
    t.match(await ask('user1'), { status: 1 })
    t.match(await ask('ghost'), { status: 0 })
    isBusy = true
    t.match(await ask('user2'), { error: 'busy' })
    clock.turn(4999)
    t.match(await ask('user1'), { status: 1 })
    t.match(await ask('ghost'), { status: 0 }, 'absence too')
    t.equal(asked(), 3)
    clock.turn(1)
    t.match(await ask('user1'), { error: 'busy' }, 'no longer')
  },
)

t.test('answers that are kept have so many bytes, and keep nothing of what came with them', async (t) => {
  for (const [least, kept] of [
    [0, 5],
    [2 ** 21, 2],
    [2 ** 21 + 1, 1],
  ] as const) {
    const { passOn, asked } = await passing(t, ({ op, request, reply, send }) => {
      if (op !== 'LOOKUP') return send(reply)
      const { nonce, db, key } = request as { nonce: Uint8Array; db: string; key: string }
      const real = reply.record as Uint8Array
      const record = Buffer.concat([real, Buffer.alloc(Math.max(0, least - real.length))])
      const answer = { status: 1, generation: 7, record } as const
      send({ id: reply.id, ...answer, signature: sign(lookupMessage({ nonce, db, key, ...answer })) })
    })
    const names = ['user1', 'user2', 'user3', 'user4', 'user5']
    for (const key of names) {
      const answer = await passOn.ask({ db: 'passwd', key })
      t.match(answer, { status: 1 })
      const record = answer && 'record' in answer ? answer.record : undefined
      t.equal(record?.buffer.byteLength, record?.length)
    }
    for (const key of names.slice(-kept)) await passOn.ask({ db: 'passwd', key })
    t.equal(asked(), 5, `the newest ${kept} are kept`)
    await passOn.ask({ db: 'passwd', key: 'user1' })
    t.equal(asked(), kept === 5 ? 5 : 6, 'the oldest as far as there is room')
  }
})

/** Answers each look-up in passwd with a signed absence, as often as it is asked. */
const absent: Tamper = ({ op, request, reply, send }) => {
  if (op !== 'LOOKUP') return send(reply)
  const asked = request as { id: number; nonce: Uint8Array; key: string }
  const { id, nonce, key } = asked
  const answer = { status: 0 as const, generation: 7 }
  send({ id, ...answer, signature: sign(lookupMessage({ db: 'passwd', key, nonce, record: undefined, ...answer })) })
  // Whoever is in the middle keeps the request: a test of memory would measure that.
  asked.key = ''
}

t.test('so many answers are kept and no more: the oldest is forgotten', async (t) => {
  const { passOn, asked } = await passing(t, absent)
  const ask = (key: string) => passOn.ask({ db: 'passwd', key })
  for (let i = 0; i <= 1024; i++) await ask(`ghost${i}`)
  t.equal(asked(), 1025)
  await ask('ghost1')
  t.equal(asked(), 1025)
  await ask('ghost0')
  t.equal(asked(), 1026)
})

t.test('an answer that was asked for anew is the newest', async (t) => {
  const { passOn, clock, asked } = await passing(t, absent)
  const ask = (key: string) => passOn.ask({ db: 'passwd', key })
  for (let i = 0; i < 1024; i++) await ask(`ghost${i}`)
  clock.turn(5000)
  for (const name of ['ghost0', 'another']) await ask(name)
  t.equal(asked(), 1026)
  await ask('ghost0')
  t.equal(asked(), 1026)
})

t.test('who asks for names as long as a request can be has no more kept than who asks for short ones', async (t) => {
  const { passOn, asked } = await passing(t, absent)
  const before = heapUsed()
  for (let i = 0; i < 500; i++) await passOn.ask({ db: 'passwd', key: `ghost${i}`.padEnd(60_000, 'x') })
  t.equal(asked(), 500)
  const mib = (heapUsed() - before) / 2 ** 20
  t.ok(mib < 20, `${mib} MiB for 500 answers`)
})

t.test('self is not believed of a master behind another machine: it would be the self of that machine', async (t) => {
  const hosts = [{ kind: 3 as const, number: 4, names: ['n4'], addresses: [ip('127.0.0.1')] }]
  const { asker, rogue } = await asking(t, pass, { ...contents(2), hosts })
  t.ok(await asker.lookup('hosts', 'n4'), 'control: other hosts are')
  await t.rejects(asker.lookup('hosts', 'self'), { code: 'incomplete' })
  t.ok(rogue.asked.includes('LOOKUP'))
})
