import { connect } from 'node:net'
import t from 'tap'
import { NodeJudge } from '../../../src/daemon/judge/node-judge.ts'
import { Follower, type FollowerOptions } from '../../../src/kickback/node/follower.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import { type Place, placeName } from '../../../src/kickback/transport/link.ts'
import type { Snapshot } from '../../../src/resolver/index.ts'
import type { Clock } from '../../../src/values/index.ts'
import { counted, quick, WaitClock } from '../../clocks.ts'
import { follows, node, says } from '../../daemon/nodes/node.ts'
import type { Tap } from '../../folder.ts'
import { until } from '../../patience.ts'
import { service, silent } from '../../sockets.ts'
import { logOf } from '../cluster.ts'
import { key, master, signed } from './masters.ts'
import { honest, type Middle, middle } from './middle.ts'

/** A clock that runs fast and notes for how long it is asked to wait. */
function noting(): { clock: Clock; waits: number[] } {
  const waits: number[] = []
  const after: Clock['after'] = (ms, then) => {
    waits.push(ms)
    return quick.after(ms, then)
  }
  return { clock: { now: quick.now, after }, waits }
}

/** The pauses between rounds over all masters; with a `random` of 1 they are whole. */
const PAUSES = new Set([1000, 2000, 4000, 8000, 16_000])

t.test(
  'pauses between rounds double while all masters are dead, and are short again once one was followed',
  async (t) => {
    const { clock, waits } = noting()
    const pauses = (): number[] => waits.filter((ms) => PAUSES.has(ms))
    const { server, place } = await master(t, signed(1, 5))
    await server.close()
    const one = await node(t, [place], { clock, random: () => 1 })
    await until(() => pauses().length === 3)
    t.same(pauses(), [1000, 2000, 4000])
    const { server: back } = await master(t, signed(1, 5), {}, place)
    await follows(one)
    const before = pauses().length
    await back.close()
    await until(() => pauses().length > before)
    t.equal(pauses()[before], 1000)
  },
)

t.test('with several masters a round is over before there is a pause', async (t) => {
  const { clock, waits } = noting()
  const dead = [1, 2, 3].map((port) => ({ host: '127.0.0.1', port }))
  const one = await node(t, dead, { clock, random: () => 1 })
  await until(() => waits.filter((ms) => PAUSES.has(ms)).length === 1)
  for (const port of [1, 2, 3]) t.match(one.reason(), new RegExp(`127\\.0\\.0\\.1:${port}: `))
  t.match(one.proxy.report().following?.masters, [{ state: 'lost' }, { state: 'lost' }, { state: 'lost' }])
})

t.test(
  'two masters that share a number with other content: the node follows the one that it is in step with',
  async (t) => {
    const { server, place } = await master(t, signed(5, 5))
    const { server: other, place: second } = await master(t, signed(5, 6))
    const one = await node(t, [place, second])
    await follows(one)
    await server.close()
    await says(one, /it has other content than this node under the same number, 5/)
    t.equal(one.proxy.current?.count('passwd'), 5)
    t.equal(one.proxy.report().following?.state, 'searching')
    other.serve(signed(6, 6, { contentTime: 9 }))
    await follows(one)
    t.equal(one.proxy.current?.count('passwd'), 6)
  },
)

t.test('a node that is in step is so for its master at once, by its digest', async (t) => {
  const { server, place } = await master(t, signed(5, 5))
  const one = await node(t, [place])
  await follows(one)
  await until(() => server.report().reported === 1 && server.report().behind === 0)
  server.serve(signed(9, 5))
  await until(() => one.proxy.current?.generation === 9)
  t.equal(server.report().behind, 0, 'equal content is in step while its number is still on its way')
})

/** What a node holds from before. */
const HELD = signed(7, 40)

/** The judge of a node that holds this, which is in step. */
function judgeOf(current: () => Snapshot | undefined, isInsecure = false): NodeJudge {
  return new NodeJudge({ isInsecure, current, isNumbered: () => true, age: () => 0 })
}

/** A follower of nobody who lives. */
function forlorn(more: Partial<FollowerOptions> = {}): Follower {
  return new Follower({
    masters: [{ host: '127.0.0.1', port: 1 }],
    trust: new Trust({ key: undefined }),
    software: 'test',
    clock: quick,
    log: logOf(),
    random: () => 1,
    judge: judgeOf(() => undefined, true),
    current: () => undefined,
    take: () => {},
    adopt: () => {},
    confirm: () => {},
    ...more,
  })
}

t.test(
  'each order to take what is offered gets an answer, however many come at once, and at the end too',
  async (t) => {
    const follower = forlorn()
    follower.start()
    const outcomes = await Promise.all([follower.takeOffered(), follower.takeOffered(), follower.takeOffered()])
    t.same(outcomes.slice(0, 2), ['another order came', 'another order came'])
    t.match(outcomes[2], /127\.0\.0\.1:1: .*connection refused/)
    const last = follower.takeOffered()
    await follower.close()
    t.equal(await last, 'the daemon ends')
    t.equal(await follower.takeOffered(), 'the daemon ends')
  },
)

t.test('at the end no connection to a master is waited for', async (t) => {
  const { clock, waiting } = counted()
  const { place } = await silent(t)
  const follower = forlorn({ masters: [place], clock })
  follower.start()
  t.not(waiting.size, 0)
  await follower.close()
  t.equal(waiting.size, 0)
})

/** How long a master may dawdle before the next one is tried too, and how long it must have been followed to be left for others. */
const PATIENCE = 10_000

/** In which steps time passes, and how long the answer to a question for a sign of life may take, in milliseconds. */
const [STEP, SIGN] = [1000, 90_000]

/** A follower on a clock that is turned by hand, and what it takes and logs. */
function following(t: Tap, masters: readonly Place[], more: Partial<FollowerOptions> = {}) {
  const clock = new WaitClock()
  const lines: string[] = []
  const keep = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const node: { current: Snapshot | undefined; taken: number[] } = { current: undefined, taken: [] }
  const follower = new Follower({
    masters,
    trust: new Trust({ key }),
    software: 'test',
    clock,
    log: { ...logOf(), info: keep, warn: keep },
    random: () => 1,
    judge: judgeOf(more.current ?? (() => node.current)),
    current: () => node.current,
    take: (snapshot) => {
      node.current = snapshot
      node.taken.push(snapshot.generation)
    },
    adopt: () => {},
    confirm: () => {},
    ...more,
  })
  follower.start()
  t.teardown(() => follower.close())
  const states = (): string[] => follower.status().masters.map(({ state }) => state)
  const isAt = (index: number) => (): boolean => states()[index] === 'following' && hasSettled(index)
  const hasSettled = (index: number): boolean => states().every((state, i) => i === index || state !== 'following')
  /** Time passes, and what is asked of masters meanwhile has its answer. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= STEP) {
      clock.turn(Math.min(STEP, left))
      await settled()
      await until(() => !clock.waits.includes(SIGN))
    }
  }
  return { follower, clock, lines, node, states, isAt, pass }
}

/** Masters of equal content behind somebody in the middle, who keeps connections to them for a test to break. */
async function masters(t: Tap, count: number, generation = 7): Promise<Middle[]> {
  const all: Middle[] = []
  for (let i = 0; i < count; i++) all.push(await middle(t, (await master(t, signed(generation, 5))).place, honest))
  return all
}

/** A place of loopback where a master was and nobody is now. */
async function vacant(t: Tap): Promise<Place> {
  const { server, place } = await master(t, signed(1, 5))
  await server.close()
  return place
}

/** This machine's address towards masters on loopback. */
const HERE = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) } as const

/** Waits until what was set going has had its turn. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Where nobody listens. */
const DEAD: readonly Place[] = [1, 2, 3].map((port) => ({ host: '127.0.0.1', port }))

const broken = ({ sockets }: Middle): void => {
  for (const socket of sockets) socket.destroy()
}

t.test('what is told of a master before it is followed, while it is, and once it is lost', async (t) => {
  const [one] = await masters(t, 1)
  if (one === undefined) throw new Error('no master')
  const name = `127.0.0.1:${one.place.port}`
  const early = forlorn({ masters: [one.place], trust: new Trust({ key }) })
  t.same(early.status(), {
    ...{ master: name, state: 'searching', seconds: 0, insecure: false },
    ...{ masters: [{ master: name, state: 'idle' }], refusals: [] },
  })
  t.same([early.here, early.proved], [undefined, undefined])
  t.notOk(early.isLiving(HERE))
  await early.close()

  const { follower, clock, isAt, lines } = following(t, [one.place])
  await until(isAt(0))
  const { digest } = signed(7, 5)
  clock.turn(1499)
  t.same(follower.status(), {
    ...{ master: name, state: 'following', seconds: 1, insecure: false, refusals: [] },
    masters: [
      { master: name, state: 'following', proof: 1, generation: 7, digest: Buffer.from(digest).toString('hex') },
    ],
  })
  clock.turn(1)
  t.match(follower.status(), { seconds: 2, masters: [{ proof: 2 }] }, 'seconds are rounded')
  t.same(follower.here, HERE)
  t.ok(follower.proved)
  t.ok(follower.isLiving(HERE))
  t.notOk(follower.isLiving({ family: 4, bytes: Uint8Array.of(127, 0, 0, 2) }))

  broken(one)
  await until(() => follower.status().state === 'searching')
  t.notOk(follower.isLiving(HERE))
  t.equal(follower.proved, undefined)
  t.match(follower.status(), { seconds: 0, masters: [{ state: 'lost' }] })
  t.ok(follower.status().reason?.startsWith(`${name}: `))
  t.equal(follower.status().masters[0]?.reason, follower.status().reason?.slice(name.length + 2))
  t.same(follower.here, HERE, 'our address stays what it was')
  t.same(
    lines.map((line) => line.replace(/,"reason".*/, '')),
    [`following {"master":"${name}"}`, `master is lost {"master":"${name}"`],
  )
})

t.test('a node without a key says that it is insecure', async (t) => {
  t.equal(following(t, DEAD.slice(0, 1), { trust: new Trust({ key: undefined }) }).follower.status().insecure, true)
})

t.test('masters are tried in their order, the next one at once where one was followed for long enough', async (t) => {
  const all = await masters(t, 3)
  const { clock, isAt } = following(
    t,
    all.map(({ place }) => place),
  )
  for (const index of [0, 1, 2, 0]) {
    await until(isAt(index))
    clock.turn(PATIENCE)
    const lost = all[index]
    if (lost !== undefined) broken(lost)
  }
  await until(isAt(1))
  t.same(
    all.map(({ sockets }) => sockets.length),
    [2, 2, 1],
    'and none is asked while another is followed',
  )
})

t.test('masters that all take us and lose us at once are not asked in turn without a pause', async (t) => {
  const [one, two] = await masters(t, 2)
  if (one === undefined || two === undefined) throw new Error('no masters')
  const { follower, clock, isAt, states } = following(t, [one.place, two.place])
  await until(isAt(0))
  clock.turn(PATIENCE - 1)
  broken(one)
  await until(isAt(1))
  t.pass('the first that does so costs no pause')
  clock.turn(PATIENCE - 1)
  broken(two)
  await until(() => follower.status().state === 'searching')
  await settled()
  t.equal(clock.timers, 1, 'a pause')
  t.same(states(), ['lost', 'lost'])
  clock.turn(999)
  await settled()
  t.same(states(), ['lost', 'lost'])
  clock.turn(1)
  await until(isAt(0))
  clock.turn(PATIENCE - 1)
  broken(one)
  await until(isAt(1))
  t.pass('after a pause it is as at first')
})

/** How long it is until preferred masters are tried, and how long one has to stay in step then. */
const [TRIED_AFTER, STEADY] = [30_000, 30_000]

/** Two masters, of which the first is not there at first; the second is followed. */
async function withoutFirst(t: Tap, options: Parameters<typeof master>[2] = {}) {
  const place = await vacant(t)
  const [second] = await masters(t, 1)
  if (second === undefined) throw new Error('no master')
  const made = following(t, [place, second.place])
  await until(made.isAt(1))
  /** The first comes up. */
  const up = () => master(t, signed(7, 5), options, place)
  /** Lets time pass until preferred masters are tried, and until what is asked then has an answer. */
  const tried = async (state: string): Promise<void> => {
    await made.pass(TRIED_AFTER)
    await until(() => made.states()[0] === state)
    await made.pass(1)
  }
  return { ...made, place, second, up, tried, master: () => made.follower.status().master }
}

t.test('the first master is followed again when it is back and has stayed in step for half a minute', async (t) => {
  const { up, tried, pass, isAt, states, master, second, place, lines } = await withoutFirst(t)
  await up()
  t.same(states(), ['lost', 'following'], 'it is not tried at once')
  await tried('following')
  t.same(states(), ['following', 'following'])
  t.equal(master(), placeName(second.place), 'and not followed at once')
  await pass(STEADY - 2)
  t.equal(master(), placeName(second.place))
  await pass(1)
  await until(isAt(0))
  t.equal(master(), placeName(place))
  await until(() => second.sockets.every((socket) => socket.destroyed))
  t.equal(lines.at(-1), `following {"master":"${placeName(place)}"}`)
})

t.test('a preferred master that is lost before that is not followed, and costs the other one nothing', async (t) => {
  const { up, tried, pass, states, master, second, follower } = await withoutFirst(t)
  const first = await up()
  await tried('following')
  await first.server.close()
  await until(() => states()[0] === 'lost')
  await pass(STEADY)
  t.equal(master(), placeName(second.place))
  t.match(follower.status(), { state: 'following', seconds: 60 }, 'followed all the time')
})

t.test('a preferred master that is in conflict is not gone back to', async (t) => {
  const { up, tried, follower, master, second } = await withoutFirst(t, { conflict: () => true })
  await up()
  await tried('lost')
  await until(() => /in conflict/.test(follower.status().masters[0]?.reason ?? ''))
  t.equal(master(), placeName(second.place))
  t.match(follower.status(), { state: 'following' })
})

t.test('where the master is lost while a preferred one is in step, that one is followed at once', async (t) => {
  const { up, tried, isAt, second } = await withoutFirst(t)
  await up()
  await tried('following')
  broken(second)
  await until(isAt(0))
  t.pass('no time passed')
})

t.test('where the master is lost while a preferred one does not answer, the next one is tried at once', async (t) => {
  const deaf = await silent(t)
  const [second, third] = await masters(t, 2)
  if (second === undefined || third === undefined) throw new Error('no masters')
  const { clock, pass, states, isAt } = following(t, [deaf.place, second.place, third.place])
  clock.turn(PATIENCE)
  await until(isAt(1))
  await pass(TRIED_AFTER - 1)
  clock.turn(1)
  await until(() => states()[0] === 'trying')
  broken(second)
  await until(isAt(2))
  t.pass('no time passed')
})

t.test('the first master is the first that is tried, where what is held names others from the start', async (t) => {
  const [first, second] = await masters(t, 2)
  if (first === undefined || second === undefined) throw new Error('no masters')
  const { isAt } = following(t, [first.place], { further: () => [second.place] })
  await until(isAt(0))
  t.same(second.sockets, [])
})

t.test(
  'masters that what is held names are asked behind those of the settings, and left when it names them no more',
  async (t) => {
    const [first, second] = await masters(t, 2)
    if (first === undefined || second === undefined) throw new Error('no masters')
    let named: readonly Place[] = []
    const { follower, clock, isAt, states } = following(t, [first.place], { further: () => named })
    await until(isAt(0))
    t.equal(states().length, 1)
    named = [first.place, second.place]
    clock.turn(PATIENCE)
    broken(first)
    await until(isAt(1))
    t.same(
      follower.status().masters.map((one) => one.master),
      [first.place, second.place].map(placeName),
    )
    named = []
    broken(second)
    await until(isAt(0))
    t.equal(states().length, 1)
  },
)

t.test('a master that dawdles has its time, and is let go when another is in step before it', async (t) => {
  const { place } = await master(t, signed(7, 5))
  const dawdler = await middle(t, place, ({ op, reply, send }) => (op === 'SNAPSHOT' ? undefined : send(reply)))
  const [second] = await masters(t, 1)
  if (second === undefined) throw new Error('no master')
  const { clock, isAt, states, node, lines } = following(t, [dawdler.place, second.place])
  await until(() => dawdler.asked.includes('SNAPSHOT'))
  clock.turn(PATIENCE - 1)
  await settled()
  t.same(states(), ['trying', 'idle'])
  clock.turn(1)
  await until(isAt(1))
  await until(() => dawdler.sockets.every((socket) => socket.destroyed))
  t.same(states(), ['idle', 'following'])
  t.same(node.taken, [7])
  t.same(lines, [`following {"master":"${placeName(second.place)}"}`], 'and is not told of as lost')
})

t.test('a reason is told once, and again when it is another', async (t) => {
  const place = await vacant(t)
  const { follower, clock, lines } = following(t, [place])
  const rounds = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await until(() => clock.timers === 1)
      clock.turn(30_000)
      await until(() => clock.timers === 1)
    }
  }
  await rounds(3)
  t.equal(lines.length, 1)
  t.equal(follower.status().seconds, 90, 'it has been sought all the time')
  t.match(follower.status(), { state: 'searching', master: placeName(place), reason: /refused/ })
  const { server } = await master(t, signed(7, 5), { conflict: () => true }, place)
  await rounds(2)
  await server.close()
  t.equal(lines.length, 2)
  t.match(lines[1], /master is lost .*in conflict/)
})

t.test('while a new generation is fetched the state says so, and following is no news then', async (t) => {
  const { server, place } = await master(t, signed(7, 5))
  const held: (() => void)[] = []
  const slow = await middle(t, place, ({ op, request, reply, send }) => {
    if (op === 'SNAPSHOT' && request.generation === 8) held.push(() => send(reply))
    else send(reply)
  })
  const { follower, isAt, lines, node } = following(t, [slow.place])
  await until(isAt(0))
  server.serve(signed(8, 6))
  await until(() => held.length > 0)
  t.equal(follower.status().state, 'updating')
  t.ok(follower.isLiving(HERE))
  for (const send of held.splice(0)) send()
  await until(() => follower.status().state === 'following')
  t.same(node.taken, [7, 8])
  t.equal(lines.length, 1)
})

t.test('an order takes what the first master has, whatever is lost, though another is followed', async (t) => {
  const [second] = await masters(t, 1)
  if (second === undefined) throw new Error('no master')
  const place = await vacant(t)
  const { follower, isAt, node } = following(t, [place, second.place])
  await until(isAt(1))
  t.notOk('reason' in follower.status(), 'why another is lost is no reason while one is followed')
  node.current = signed(7, 40)
  await master(t, signed(3, 5), {}, place)
  const outcome = follower.takeOffered()
  t.equal(follower.status().state, 'searching')
  t.equal(follower.proved, undefined, 'what is given up is of no use from then on')
  t.equal(await outcome, undefined)
  t.same(node.taken, [7, 3])
  t.equal(follower.status().master, placeName(place))
})

t.test('what was refused is told until something is taken', async (t) => {
  const { server, place } = await master(t, signed(9, 5))
  const { follower, node, clock } = following(t, [place], { current: () => node.current ?? HELD })
  await until(() => follower.status().refusals.length === 1)
  t.match(follower.status(), { state: 'searching', refusals: [{ generation: 9 }] })
  await until(() => clock.timers === 1)
  server.serve(signed(11, 39))
  clock.turn(1000)
  await until(() => node.taken.length === 1)
  t.same(follower.status().refusals, [])
})

t.test('an order that all masters disappoint ends with the reason of each', async (t) => {
  const { follower } = following(t, DEAD.slice(0, 2))
  const outcome = String(await follower.takeOffered())
  t.same(outcome.split('; ').sort(), ['127.0.0.1:1: connection refused', '127.0.0.1:2: connection refused'])
  t.equal(follower.status().reason, outcome)
})

t.test('an order is carried out at once, though a pause is on', async (t) => {
  const place = await vacant(t)
  const { follower, clock, node } = following(t, [place])
  await until(() => clock.timers === 1)
  await master(t, signed(7, 5), {}, place)
  t.equal(await follower.takeOffered(), undefined)
  t.same(node.taken, [7])
})

t.test('an order forgets what was refused, even where nobody is left to take it from', async (t) => {
  const { server, place } = await master(t, signed(9, 5))
  const { follower, clock } = following(t, [place], { current: () => HELD })
  await until(() => clock.timers === 1)
  t.equal(follower.status().refusals.length, 1)
  await server.close()
  t.match(await follower.takeOffered(), /refused/)
  t.same(follower.status().refusals, [])
})

/** A master that holds back the snapshots that a test names. */
async function dawdling(t: Tap, isHeld: (generation: unknown) => boolean, offered = signed(7, 5)) {
  const { server, place } = await master(t, offered)
  /** How many transfers were begun. */
  let begun = 0
  const one = await middle(t, place, ({ op, request, reply, send }) => {
    if (op === 'SNAPSHOT' && request.offset === 0) begun++
    if (op !== 'SNAPSHOT' || !isHeld(request.generation)) send(reply)
  })
  return { server, ...one, begun: () => begun }
}

t.test(
  'an order waits for a master that dawdles as for any, asks each once, and has an answer at the end',
  async (t) => {
    const first = await dawdling(t, () => true, signed(9, 8))
    const second = await dawdling(t, (generation) => generation === 8)
    const { follower, pass, isAt, states } = following(t, [first.place, second.place])
    await until(() => first.asked.includes('SNAPSHOT'))
    await pass(PATIENCE)
    await until(isAt(1))
    second.server.serve(signed(8, 6))
    await until(() => second.begun() === 2)
    const outcome = follower.takeOffered()
    await until(() => first.begun() === 2)
    t.same(states(), ['trying', 'idle'])
    await pass(PATIENCE)
    await until(() => second.begun() === 3)
    t.same(states(), ['trying', 'trying'])
    await pass(PATIENCE)
    await settled()
    t.same(states(), ['trying', 'trying'])
    t.same([first.sockets.length, second.sockets.length], [2, 2])
    await follower.close()
    t.equal(await outcome, 'the daemon ends')
  },
)

t.test(
  'while one master dawdles each of the others has its time, and those that are lost are left alone',
  async (t) => {
    const first = await dawdling(t, () => true)
    let asked = 0
    const deaf = await service(t, (socket) => {
      asked++
      socket.destroy()
    })
    const third = await dawdling(t, () => true)
    const { follower, pass, states } = following(t, [first.place, deaf.place, third.place])
    await until(() => first.asked.includes('SNAPSHOT'))
    await pass(PATIENCE)
    await until(() => states()[1] === 'lost')
    await settled()
    t.same(states(), ['trying', 'lost', 'idle'], 'the loss of one is no reason to hurry')
    t.equal(follower.status().master, deaf.place.path, 'the last that was lost')
    await pass(PATIENCE)
    await until(() => third.asked.includes('SNAPSHOT'))
    t.same(states(), ['trying', 'lost', 'trying'])
    await pass(PATIENCE - 1)
    await settled()
    t.equal(asked, 1)
  },
)

t.test('a round is over when each master was asked once, while one of them dawdles', async (t) => {
  const first = await dawdling(t, () => true)
  const place = await vacant(t)
  const { pass, states, lines } = following(t, [first.place, place])
  await until(() => first.asked.includes('SNAPSHOT'))
  await pass(PATIENCE)
  await until(() => states()[1] === 'lost')
  const { server } = await master(t, signed(7, 5), {}, place)
  await pass(PATIENCE)
  await settled()
  t.same(states(), ['trying', 'lost'])
  t.equal(server.report().connections, 0)
  t.equal(lines.length, 1)
})

t.test('a master that dawdles with a new generation is left for the next that is in step with it', async (t) => {
  const first = await dawdling(t, (generation) => generation === 8)
  const place = await vacant(t)
  const { server, place: third } = await master(t, signed(7, 5))
  const { follower, pass, isAt, states, lines, node } = following(t, [first.place, place, third])
  await until(isAt(0))
  first.server.serve(signed(8, 6))
  server.serve(signed(8, 6))
  await until(() => follower.status().state === 'updating')
  await pass(PATIENCE)
  await until(() => states()[1] === 'lost')
  t.match(follower.status(), { state: 'updating', master: placeName(first.place) }, 'it stays the one that is followed')
  await pass(PATIENCE)
  await until(isAt(2))
  t.match(follower.status(), { state: 'following', master: placeName(third) })
  t.same(node.taken, [7, 8])
  t.equal(lines.at(-1), `following {"master":"${placeName(third)}"}`)
})

t.test(
  'a master that was followed for long enough and is lost is asked again after all others and a pause, and told of again',
  async (t) => {
    const [one] = await masters(t, 1)
    if (one === undefined) throw new Error('no master')
    const { follower, clock, pass, isAt, lines, states } = following(t, [one.place, ...DEAD.slice(0, 1)])
    for (const times of [1, 2]) {
      await until(isAt(0))
      t.notOk('reason' in (follower.status().masters[0] ?? {}))
      await pass(PATIENCE)
      broken(one)
      await until(() => follower.status().state === 'searching')
      await until(() => clock.timers === 1)
      t.same(states(), ['lost', 'lost'])
      t.equal(one.sockets.length, times)
      clock.turn(1000)
    }
    t.same(
      lines.map((line) => line.split(' {')[0]),
      ['following', 'master is lost', 'master is lost', 'following', 'master is lost'],
    )
  },
)

/** A master behind a Unix socket; what it says is held back until a test lets it go, piece by piece. */
async function behindSocket(t: Tap, { host, port }: Middle['place']) {
  const said: (() => void)[] = []
  const { place } = await service(t, (socket) => {
    const upstream = connect(port, host)
    socket.pipe(upstream)
    upstream.on('data', (bytes) => said.push(() => socket.write(bytes)))
    for (const end of [socket, upstream]) end.on('error', () => {})
    upstream.on('close', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
  })
  return { place, said }
}

t.test(
  'a master counts from its proof on, before its snapshot has come, and one that proved nothing does not',
  async (t) => {
    const [one] = await masters(t, 1)
    if (one === undefined) throw new Error('no master')
    const silent = await behindSocket(t, one.place)
    const second = await dawdling(t, () => true)
    const { follower, pass, states } = following(t, [silent.place, second.place])
    await until(() => silent.said.length === 1)
    await pass(PATIENCE - 1)
    // Its HELLO is let go; the proof is not.
    silent.said.shift()?.()
    await until(() => silent.said.length === 1)
    t.same([follower.proved, follower.here], [undefined, undefined])
    await pass(1)
    await until(() => second.asked.includes('SNAPSHOT'))
    t.same(states(), ['trying', 'trying'])
    t.ok(follower.proved)
    t.same(follower.here, HERE)
    t.equal(follower.status().state, 'searching')
    t.notOk(follower.isLiving(HERE), 'it is not followed yet')
  },
)

t.test('a master on a Unix socket has no address, and does not tell us ours', async (t) => {
  const [one] = await masters(t, 1)
  if (one === undefined) throw new Error('no master')
  const { place, said } = await behindSocket(t, one.place)
  const { follower, isAt } = following(t, [place])
  await until(() => {
    for (const say of said.splice(0)) say()
    return isAt(0)()
  })
  t.notOk(follower.isLiving(HERE))
  t.equal(follower.here, undefined)
  t.ok(follower.proved)
})
