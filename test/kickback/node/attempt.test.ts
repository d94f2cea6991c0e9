// One master and a node, on a clock that is turned by hand: what is asked when, and what is taken.
import t from 'tap'
import { NodeJudge } from '../../../src/daemon/judge/node-judge.ts'
import { Attempt } from '../../../src/kickback/node/attempt.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import type { ServerOptions } from '../../../src/kickback/service/server-options.ts'
import type { MachineReport } from '../../../src/kickback/wire/machine.ts'
import { encodeFrame } from '../../../src/kickback/wire/message.ts'
import { type Header, headerOf, type Snapshot } from '../../../src/resolver/index.ts'
import { WaitClock } from '../../clocks.ts'
import type { Tap } from '../../folder.ts'
import { Gate } from '../../gate.ts'
import { until } from '../../patience.ts'
import { key, master, signed } from './masters.ts'
import { honest, middle, type Tamper, type Told } from './middle.ts'

const MINUTE = 60_000
/** How long the node waits between two proofs of life, and before it asks a busy master again. */
const [HEARTBEAT, BUSY_PAUSE] = [30_000, 2000]

/** How long a master may be silent until it is asked for a sign of life. */
const SILENCE = 6000

/** Whether this is all that a node waits for, besides that the master is silent. */
function waitsFor(clock: WaitClock, ms: number): boolean {
  const waits = clock.waits.filter((wait) => wait > SILENCE || wait === BUSY_PAUSE)
  return waits.length === 1 && waits[0] === ms
}

interface Options {
  readonly tamper?: Tamper
  readonly held?: Snapshot
  readonly age?: number
  readonly isForced?: boolean
  readonly isInsecure?: boolean
  /** The judge of an attempt before this one, and the node that it judges for. */
  readonly before?: { readonly judge: NodeJudge; readonly node: Node }
  readonly server?: Partial<ServerOptions>
  /** Whether the master sends signs of life, by the clock of the node. */
  readonly withBeats?: boolean
  /** A field that no request has when it comes to the master. */
  readonly forgets?: string
  /** Resolves when what is held is on disk; at once unless set. */
  readonly written?: Promise<void>
  /** The header of what was on disk last; what is held unless set. */
  readonly lastWritten?: () => Uint8Array | undefined
  readonly machine?: () => MachineReport
}

/** What a node holds, and for how long nobody confirmed it. */
interface Node {
  current: Snapshot | undefined
  age: number
}

function judged(isInsecure: boolean, turn?: () => Promise<void>): { judge: NodeJudge; node: Node } {
  const node: Node = { current: undefined, age: 0 }
  const judge = new NodeJudge({
    isInsecure,
    current: () => node.current,
    isNumbered: () => true,
    age: () => node.age,
    turn,
  })
  return { judge, node }
}

/** An attempt at a master behind somebody in the middle, and all that the node is told of. */
async function attempted(t: Tap, offered: Snapshot, options: Options = {}) {
  const { tamper = honest, held, age = 0, isForced = false, isInsecure = false } = options
  const { judge, node } = options.before ?? judged(isInsecure)
  node.current = held
  node.age = age
  const clock = new WaitClock()
  const { withBeats = false, forgets = '', written, lastWritten, machine } = options
  const { server, place } = await master(t, offered, { ...(withBeats && { clock }), ...options.server })
  const between = await middle(t, place, tamper, withBeats ? forgets : 'beat')
  const told: { taken: number[]; adopted: number[]; confirmed: number; states: string[] } = {
    taken: [],
    adopted: [],
    confirmed: 0,
    states: [],
  }
  const attempt = new Attempt({
    place: between.place,
    trust: new Trust({ key: isInsecure ? undefined : key }),
    software: 'test',
    clock,
    judge,
    holder: {
      current: () => node.current,
      isForced: () => isForced,
      take: (snapshot: Snapshot) => {
        node.current = snapshot
        told.taken.push(snapshot.generation)
      },
      ...(written !== undefined && { written: async () => node.current && written }),
      ...(lastWritten !== undefined && { lastWritten }),
      ...(machine !== undefined && { machine }),
      adopt: (header: Header) => void told.adopted.push(header.generation),
      confirm: () => void told.confirmed++,
    },
    changed: () => void told.states.push(attempt.state),
  })
  const run = attempt.run()
  t.teardown(async () => {
    attempt.close()
    await run
  })
  const asked = (op: string): number => between.asked.filter((one) => one === op).length
  /** Waits until the node rests: all that it waits for is the next proof, or news. */
  const rests = (): Promise<void> => until(() => attempt.state === 'following' && waitsFor(clock, HEARTBEAT))
  return { attempt, run, server, between, clock, told, node, asked, rests, judge }
}

t.test('a master that has something is followed: what it offers is taken once, and confirmed', async (t) => {
  const one = await attempted(t, signed(7, 5))
  const { attempt, told, between } = one
  t.equal(attempt.state, 'trying')
  t.equal(attempt.proofAge, undefined)
  t.equal(attempt.proved, undefined)
  t.equal(attempt.offered, undefined)
  t.same([attempt.peer, attempt.here], [undefined, undefined])
  await one.rests()
  t.same(told.taken, [7])
  t.same(told.states, ['following'])
  t.ok(told.confirmed > 0)
  t.equal(attempt.offered?.generation, 7)
  t.equal(attempt.reason, undefined)
  t.match(attempt.peer, { via: 'tcp', port: between.place.port })
  t.same(attempt.here?.bytes, Uint8Array.of(127, 0, 0, 1))
  t.equal(attempt.place, between.place)
  t.ok(attempt.proved)
  t.notOk(attempt.isClosed)
})

t.test('every thirty seconds a master proves that it lives, and what is held is confirmed', async (t) => {
  const one = await attempted(t, signed(7, 5))
  await one.rests()
  const [beats, confirmed] = [one.asked('ALIVE'), one.told.confirmed]
  one.clock.turn(29_999)
  t.equal(one.attempt.proofAge, 29.999)
  t.ok(waitsFor(one.clock, HEARTBEAT), 'nothing is asked before')
  one.clock.turn(1)
  await until(() => one.told.confirmed > confirmed)
  t.equal(one.asked('ALIVE'), beats + 1)
  t.equal(one.attempt.proofAge, 0)
  t.same(one.told.states, ['following'])
})

t.test('a master learns what is held when it is on disk', async (t) => {
  let write = (): void => {}
  const written = new Promise<void>((done) => {
    write = done
  })
  const one = await attempted(t, signed(7, 5), { written })
  await until(() => one.told.taken.length === 1 && one.clock.waits.includes(5000))
  t.equal(one.asked('ALIVE'), 1, 'it is not told yet')
  write()
  await one.rests()
  t.equal(one.asked('ALIVE'), 2, 'it is told now')
  await until(() => one.server.report().behind === 0)
})

t.test('while the disk needs long a master is asked, and learns what is on disk', async (t) => {
  for (const [what, lastWritten] of [
    ['nothing yet', undefined],
    ['the generation before', signed(6, 5)],
  ] as const) {
    const options = { written: new Promise<void>(() => {}), lastWritten: () => lastWritten?.header.bytes }
    const one = await attempted(t, signed(7, 6), { ...options, ...(lastWritten && { held: lastWritten }) })
    if (lastWritten !== undefined) await until(() => one.clock.waits.includes(5000)).then(() => one.clock.turn(5000))
    await until(() => one.told.taken.length === 1 && one.clock.waits.includes(5000))
    const asked = one.asked('ALIVE')
    one.clock.turn(5000)
    await until(() => one.asked('ALIVE') > asked)
    await until(() => one.attempt.state === 'following')
    t.same(one.told.taken, [7], `${what}: it is taken once`)
    const { behind = 0, reported = 0 } = one.server.report()
    t.same(
      [reported - behind, one.told.confirmed > 0],
      [0, true],
      `${what}: it is not told that this node has the new one`,
    )
  }
})

t.test('what a master publishes is taken at once, and the state says so meanwhile', async (t) => {
  const one = await attempted(t, signed(7, 5))
  await one.rests()
  one.clock.turn(1000)
  one.server.serve(signed(8, 6))
  await until(() => one.told.taken.length === 2 && one.attempt.state === 'following')
  await one.rests()
  t.same(one.told.taken, [7, 8])
  t.same(one.told.states, ['following', 'updating', 'following'])
  t.equal(one.attempt.since, 1000)
  t.equal(one.attempt.offered?.generation, 8)
  await until(() => one.server.report().behind === 0)
})

t.test('a greater number of what is held is adopted without a body', async (t) => {
  const one = await attempted(t, signed(9, 5), { held: signed(7, 5) })
  await until(() => one.told.adopted.length > 0)
  t.equal(one.told.adopted[0], 9)
  t.equal(one.asked('SNAPSHOT'), 0)
  t.same(one.told.taken, [])
  await until(() => one.asked('ALIVE') > 1)
  t.pass('the master learns it at once')
})

t.test('what is in step is confirmed, and neither fetched nor adopted', async (t) => {
  const one = await attempted(t, signed(7, 5), { held: signed(7, 5) })
  await one.rests()
  t.same([one.told.taken, one.told.adopted, one.asked('SNAPSHOT')], [[], [], 0])
  t.ok(one.told.confirmed > 0)
})

t.test('a loss that nobody decided about is refused, and is not fetched for the same refusal again', async (t) => {
  const held = signed(7, 40)
  const one = await attempted(t, signed(9, 5), { held })
  await one.run
  t.equal(one.attempt.state, 'lost')
  t.same([one.told.taken, one.told.confirmed], [[], 0])
  t.equal(one.judge.refusals.length, 1)
  t.equal(one.attempt.reason, one.judge.refusals[0]?.reason)
  const again = await attempted(t, signed(9, 5), { held, before: one })
  await again.run
  t.equal(again.asked('SNAPSHOT'), 0)
  t.equal(again.attempt.reason, one.attempt.reason)
})

t.test(
  'a loss is taken by order, by a known history, and by a copy of seven days, refused before or not',
  async (t) => {
    const held = signed(7, 40)
    const before = await attempted(t, signed(9, 5), { held })
    await before.run
    for (const options of [{ isForced: true }, { age: 7 * 86_400 }, { server: { history: () => true } }]) {
      const one = await attempted(t, signed(9, 5), { held, before, ...options })
      await one.rests()
      t.same(one.told.taken, [9])
    }
  },
)

t.test('a master that offers what is older is left, with the reason', async (t) => {
  const one = await attempted(t, signed(5, 5), { held: signed(7, 40) })
  await one.run
  t.same([one.told.states, one.told.confirmed, one.asked('SNAPSHOT')], [['lost'], 0, 0])
  t.match(one.attempt.reason, /generation 5/)
  await until(() => one.between.sockets.every((socket) => socket.destroyed))
})

t.test('who ends an attempt gets its end, whether it followed, or waited for a connection or an answer', async (t) => {
  const following = await attempted(t, signed(7, 5))
  await following.rests()
  const mute = await attempted(t, signed(7, 5), { tamper: () => {} })
  await until(() => mute.asked('HELLO') === 1)
  const early = await attempted(t, signed(7, 5))
  for (const { attempt, run, between } of [early, mute, following]) {
    attempt.close()
    await run
    t.ok(attempt.isClosed)
    t.equal(attempt.state, 'lost')
    t.equal(attempt.proved, undefined)
    await until(() => between.sockets.every((socket) => socket.destroyed))
  }
  t.same(early.told.taken, [])
})

t.test('a busy master is asked again every two seconds for as long as its last proof lasts', async (t) => {
  let isBusy = false
  const tamper: Tamper = ({ op, reply, send }) => {
    if (isBusy && op === 'ALIVE') send({ id: reply.id, status: -2, error: 'busy', message: 'later' })
    else send(reply)
  }
  const one = await attempted(t, signed(7, 5), { tamper })
  await one.rests()
  const beats = one.asked('ALIVE')
  isBusy = true
  one.clock.turn(HEARTBEAT)
  for (let tries = 1; tries <= 16; tries++) {
    await until(() => one.asked('ALIVE') === beats + tries && waitsFor(one.clock, BUSY_PAUSE))
    t.equal(one.attempt.state, 'following')
    one.clock.turn(BUSY_PAUSE)
  }
  await one.run
  t.equal(one.attempt.state, 'lost')
  t.match(one.attempt.reason, /later/)
  t.equal(one.asked('ALIVE'), beats + 17)
  isBusy = true
  const first = await attempted(t, signed(7, 5), { tamper })
  await first.run
  t.equal(first.asked('ALIVE'), 1, 'a master that never proved itself has no time to be busy')
})

t.test('a busy master that has time again is followed on', async (t) => {
  let isBusy = false
  const one = await attempted(t, signed(7, 5), {
    tamper: ({ op, reply, send }) => {
      if (isBusy && op === 'ALIVE') send({ id: reply.id, status: -2, error: 'busy', message: 'later' })
      else send(reply)
    },
  })
  await one.rests()
  const [beats, confirmed] = [one.asked('ALIVE'), one.told.confirmed]
  isBusy = true
  one.clock.turn(HEARTBEAT)
  await until(() => one.asked('ALIVE') > beats && waitsFor(one.clock, BUSY_PAUSE))
  isBusy = false
  one.clock.turn(BUSY_PAUSE)
  await until(() => one.told.confirmed > confirmed)
  t.same(one.told.states, ['following'])
})

t.test('a proof lasts for a minute: a connection is good for look-ups no longer than that', async (t) => {
  const one = await attempted(t, signed(7, 5), { tamper: ({ op, reply, send }) => op !== 'SUBSCRIBE' && send(reply) })
  await until(() => one.asked('SUBSCRIBE') === 1)
  t.ok(one.attempt.proved, 'before anything is fetched')
  one.clock.turn(9999)
  t.ok(one.attempt.proved)
  one.clock.turn(1)
  await one.run
  t.equal(one.attempt.proved, undefined, 'a master that is lost is not asked')
})

/** Lets replies wait until the test gives them free. */
function holding(isHeld: (told: Told) => boolean): { tamper: Tamper; held: (() => void)[] } {
  const held: (() => void)[] = []
  const tamper: Tamper = (told) => {
    if (isHeld(told)) held.push(() => told.send(told.reply))
    else told.send(told.reply)
  }
  return { tamper, held }
}

/** Whether a reply is the first piece of a snapshot. */
const isFirstPiece = ({ op, request }: Told): boolean => op === 'SNAPSHOT' && request.offset === 0

t.test('a hundred announcements between two statements are news; one more is the end', async (t) => {
  for (const [count, state] of [
    [100, 'following'],
    [101, 'lost'],
  ] as const) {
    let announcement: Buffer | undefined
    let beats = 0
    const one = await attempted(t, signed(7, 5), {
      held: signed(7, 5),
      tamper: ({ op, reply, socket, send }) => {
        if (op === 'SUBSCRIBE') announcement = encodeFrame(reply)
        if (op === 'ALIVE' && ++beats === 2) {
          socket.write(Buffer.concat(Array.from({ length: count }, () => announcement ?? Buffer.alloc(0))))
        }
        send(reply)
      },
    })
    if (state === 'lost') await one.run
    else await until(() => beats >= 3 && waitsFor(one.clock, HEARTBEAT))
    t.equal(one.attempt.state, state)
    if (state === 'following') t.equal(beats, 3, 'all of them are one reason to ask')
  }
})

t.test('a generation that is gone by now is no reason to leave: the master is asked what it has', async (t) => {
  let refused = 0
  const one = await attempted(t, signed(7, 5), {
    tamper: ({ op, reply, send }) => {
      if (op === 'SNAPSHOT' && refused++ === 0) send({ id: reply.id, status: -2, error: 'generation', message: 'gone' })
      else send(reply)
    },
  })
  await one.rests()
  t.same(one.told.taken, [7])
  t.same(one.told.states, ['following'])
  const other = await attempted(t, signed(7, 5), {
    tamper: ({ op, reply, send }) =>
      send(op === 'SNAPSHOT' ? { id: reply.id, status: -2, error: 'denied', message: 'no' } : reply),
  })
  await other.run
  t.same(other.told.states, ['lost'], 'any other refusal is one')
})

t.test('while a long transfer goes on the master goes on to prove itself, or is left', async (t) => {
  const large = signed(7, 10_000)
  for (const lives of [true, false]) {
    const { tamper, held } = holding(({ op, request }) => op === 'SNAPSHOT' && Number(request.offset) > 60_000)
    let isMute = false
    const one = await attempted(t, large, { tamper: (told) => !(isMute && told.op === 'ALIVE') && tamper(told) })
    await until(() => held.length === 3)
    const beats = one.asked('ALIVE')
    isMute = !lives
    one.clock.turn(HEARTBEAT)
    await until(() => one.asked('ALIVE') === beats + 1)
    if (!lives) {
      one.clock.turn(10_000)
      await one.run
      t.match(one.attempt.reason, /no answer in time/)
      t.same(one.told.taken, [])
      continue
    }
    await until(() => one.attempt.proofAge === 0)
    const released = setInterval(() => held.shift()?.(), 1)
    t.teardown(() => clearInterval(released))
    await one.rests()
    t.same(one.told.taken, [7])
  }
})

t.test('what was fetched is judged again by what is held by then', async (t) => {
  for (const [meanwhile, taken, state] of [
    [signed(7, 7), [9], 'following'],
    [signed(9, 6), [], 'following'],
    [signed(8, 6), [], 'following'],
    [signed(12, 6), [], 'following'],
    [signed(12, 7), [], 'lost'],
    [signed(8, 40), [], 'lost'],
  ] as const) {
    const { tamper, held } = holding(isFirstPiece)
    const one = await attempted(t, signed(9, 6), { held: signed(7, 7), tamper })
    await until(() => held.length === 1)
    one.node.current = meanwhile
    held[0]?.()
    await until(() => one.attempt.state === state)
    t.same(one.told.taken, taken, `${meanwhile.generation}, ${meanwhile.count('passwd')} users`)
    t.equal(one.told.states[0], state, 'and nothing is confirmed before')
    // The same content is in step, also where another master gave it; other content is confirmed by nobody here.
    t.equal(one.told.confirmed > 0, state === 'following')
    if (meanwhile.generation === 8 && state === 'following') await until(() => one.told.adopted.includes(9))
  }
})

t.test(
  'what a master knows is of what was held when it was asked: what is held since has the loss limit',
  async (t) => {
    const { tamper, held } = holding(isFirstPiece)
    const options = { held: signed(7, 40), tamper, server: { history: () => true } }
    const one = await attempted(t, signed(9, 6), options)
    await until(() => held.length === 1)
    one.node.current = signed(8, 40, { contentTime: 7 })
    held[0]?.()
    await one.run
    t.same(one.told.taken, [])
    t.equal(one.judge.refusals.length, 1)
    t.match(one.attempt.reason, /lose 34 of 40 records of passwd/)
  },
)

t.test('what comes after the end is not taken', async (t) => {
  const { tamper, held } = holding(isFirstPiece)
  const one = await attempted(t, signed(9, 6), { tamper })
  await until(() => held.length === 1)
  one.attempt.close()
  held[0]?.()
  await one.run
  one.clock.turn(MINUTE)
  t.same([one.told.taken, one.told.confirmed], [[], 0])
})

t.test('a connection is good for look-ups for a minute after a proof, and no longer', async (t) => {
  for (const [age, isGood] of [
    [MINUTE, true],
    [MINUTE + 1, false],
  ] as const) {
    const one = await attempted(t, signed(7, 5))
    await one.rests()
    one.clock.turn(age)
    t.equal(one.attempt.proved !== undefined, isGood)
  }
})

t.test('a master that closes the connection is lost at once', async (t) => {
  const one = await attempted(t, signed(7, 5))
  await one.rests()
  for (const socket of one.between.sockets) socket.destroy()
  await one.run
  t.equal(one.attempt.state, 'lost')
  t.notOk(one.attempt.isClosed)
})

t.test('an insecure node takes what is offered, older and with a loss', async (t) => {
  const one = await attempted(t, signed(3, 5), { held: signed(7, 40), isInsecure: true })
  await one.rests()
  t.same(one.told.taken, [3])
})

t.test('who holds nothing takes what is offered, though an insecure master says that it knows it', async (t) => {
  const tamper: Tamper = ({ op, reply, send }) => send(op === 'ALIVE' ? { ...reply, known: true } : reply)
  const one = await attempted(t, signed(7, 5), { isInsecure: true, tamper })
  await until(() => one.attempt.state !== 'trying')
  t.same([one.attempt.state, one.told.taken], ['following', [7]])
})

/** Users of which so many go that a comparison of both has steps, and few enough for the loss limit. */
const [FEW, MANY] = [10_900, 12_000]

t.test('what another master gives while an offer is compared with what is held is compared with it, too', async (t) => {
  const gate = new Gate()
  const one = await attempted(t, signed(300, FEW), { held: signed(100, MANY), before: judged(false, gate.pass) })
  await until(() => gate.reached > 0)
  t.same([one.attempt.state, one.told.taken], ['trying', []], 'nothing is taken before it is compared')
  one.node.current = signed(200, MANY + 1300)
  gate.open()
  await one.run
  t.match(one.attempt.reason, /generation 300 would lose 2400 of 13300 records of passwd/)
  t.same(one.told.taken, [])
})

t.test('an offer that is as good for what another master gave meanwhile is taken', async (t) => {
  const gate = new Gate()
  const one = await attempted(t, signed(300, FEW), { held: signed(100, MANY), before: judged(false, gate.pass) })
  await until(() => gate.reached > 0)
  one.node.current = signed(200, MANY + 1)
  gate.open()
  await one.rests()
  t.same(one.told.taken, [300])
})

t.test('a node that ends while it compares takes nothing', async (t) => {
  const gate = new Gate()
  const one = await attempted(t, signed(300, FEW), { held: signed(100, MANY), before: judged(false, gate.pass) })
  await until(() => gate.reached > 0)
  one.attempt.close()
  gate.open()
  await one.run
  t.same(one.told.taken, [])
})

t.test(
  'a master that sends signs of life proves itself with each second of them, unasked, and wakes the node for nothing else',
  async (t) => {
    const one = await attempted(t, signed(7, 5), { withBeats: true })
    await until(() => one.attempt.state === 'following' && one.server.report().operations.ALIVE === 2)
    const heard = (): number => one.between.replies
    await until(() => one.server.report().behind === 0)
    for (let proofs = 1; proofs <= 3; proofs++) {
      const [before, confirmed] = [heard(), one.told.confirmed]
      one.clock.turn(10_000)
      await until(() => heard() === before + 1)
      t.same([one.told.confirmed, one.asked('ALIVE')], [confirmed, 1 + proofs], 'a sign of life')
      one.clock.turn(10_000)
      await until(() => one.told.confirmed > confirmed && one.server.report().operations.ALIVE === 2 + proofs)
      t.equal(heard(), before + 2, 'the proof, in place of a sign of life')
      t.equal(one.attempt.proofAge, 20)
    }
    t.equal(one.asked('HELLO'), 1)
    t.same(one.told.states, ['following'])
  },
)

t.test(
  'a master is told how the machine is along with the proof that it is asked for anyway, once a minute',
  async (t) => {
    const machine = () => ({ uptime: 5, load: 7, cpus: 2, memory: 100, available: 50, kernel: '6.1', boot: 'b' })
    const one = await attempted(t, signed(7, 5), { withBeats: true, machine })
    await until(() => one.attempt.state === 'following' && one.server.report().operations.ALIVE === 2)
    for (let proofs = 1; proofs <= 6; proofs++) {
      for (let beats = 0; beats < 2; beats++) {
        const before = one.between.replies
        one.clock.turn(10_000)
        await until(() => one.between.replies > before)
      }
      await until(() => one.server.report().operations.ALIVE === 2 + proofs)
    }
    const asked = one.between.requests.filter((_, i) => one.between.asked[i] === 'ALIVE')
    t.same(
      asked.map(({ machine: told }) => told !== undefined),
      [false, true, false, false, true, false, false, true],
      'the first question is for the proof: who has not proved to live is told nothing',
    )
    t.same(one.server.shared.service.nodeFacts?.machines.size, 1)
    t.equal(one.asked('HELLO'), 1)
  },
)

t.test('a master that sends signs of life proves itself with the news, and what is new is taken', async (t) => {
  const one = await attempted(t, signed(7, 5), { withBeats: true })
  await until(() => one.attempt.state === 'following' && one.server.report().operations.ALIVE === 2)
  await until(() => one.server.report().behind === 0)
  one.clock.turn(3000)
  one.server.serve(signed(8, 6))
  await until(() => one.told.taken.length === 2 && one.asked('ALIVE') === 3)
  t.same(one.told.taken, [7, 8])
  t.equal(one.asked('ALIVE'), 3, 'nothing is asked but what waits for the next news')
  await until(() => one.server.report().behind === 0)
})

t.test('a master that answers at once though there is no news is asked as one without signs of life', async (t) => {
  // The request is changed on its way: what is to wait does not.
  const one = await attempted(t, signed(7, 5), { withBeats: true, forgets: 'wait' })
  await until(() => one.attempt.state === 'following' && one.clock.waits.includes(HEARTBEAT))
  const asked = one.asked('ALIVE')
  t.ok(asked <= 4, `${asked} questions`)
  one.clock.turn(HEARTBEAT - 1)
  t.equal(one.asked('ALIVE'), asked)
})

/** Somebody in the middle: all that tells of generation 7 is passed on, and what tells of another one is not, or says 7 in its place. */
const withholding = (kept: readonly string[]): Tamper =>
  function withhold({ op, reply, send }): void {
    if (op === 'SUBSCRIBE' && kept.includes(op)) send({ ...reply, ...('generation' in reply && { generation: 7 }) })
    else if (op !== 'ALIVE' || !kept.includes(op)) send(reply)
    else if (headerOf(Buffer.from(reply.header as Uint8Array)).generation === 7) send(reply)
  }

t.test(
  'whoever passes a proof on and then drops the announcements keeps back nothing: the proof tells of the news',
  async (t) => {
    const one = await attempted(t, signed(7, 5), { withBeats: true, tamper: withholding(['SUBSCRIBE']) })
    await until(() => one.attempt.state === 'following' && one.server.report().operations.ALIVE === 2)
    await until(() => one.server.report().behind === 0)
    one.server.serve(signed(8, 6))
    await until(() => one.told.taken.length === 2)
    t.same(one.told.taken, [7, 8])
  },
)

t.test(
  'whoever keeps back the proof that tells of news, and sends signs of life, is left when the last proof is a minute old',
  async (t) => {
    const one = await attempted(t, signed(7, 5), { withBeats: true, tamper: withholding(['SUBSCRIBE', 'ALIVE']) })
    await until(() => one.attempt.state === 'following' && one.server.report().operations.ALIVE === 2)
    await until(() => one.server.report().behind === 0)
    const turned = async (ms: number): Promise<void> => {
      const heard = one.between.replies
      one.clock.turn(ms)
      await until(() => one.between.replies > heard)
    }
    await turned(10_000)
    const confirmed = one.told.confirmed
    one.clock.turn(10_000)
    await until(() => one.told.confirmed > confirmed && one.server.report().operations.ALIVE === 3)
    t.equal(one.attempt.proofAge, 20, 'control: the proof is of the moment when it was asked for')
    one.server.serve(signed(8, 6))
    for (let signs = 0; signs < 3; signs++) await turned(10_000)
    one.clock.turn(9_999)
    t.same([one.attempt.state, one.told.taken], ['following', [7]], 'control: the node knows nothing of the news')
    one.clock.turn(1)
    await one.run
    t.match(one.attempt.reason, /gave no proof for 60 seconds/)
  },
)
