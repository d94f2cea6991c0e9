// Random histories of masters, clones, backups, clocks, nodes and secondaries, against the promises of docs/masters.md.
import fc from 'fast-check'
import t from 'tap'
import { sameDigest } from '../../../src/resolver/generations/header.ts'
import { serialOf } from '../../../src/resolver/generations/serial.ts'
import { digestOf, type MasterMachine, type Node, World } from './world.ts'

const YEAR_2100 = 4_102_444_800
const RUNS = { numRuns: 400, interruptAfterTimeLimit: 60_000 }

/** One thing that happens; `a` and `b` choose among what is there, `n` is a number for what is done. */
type Event = readonly [name: keyof typeof EVENTS, a: number, b: number, n: number]

const machineAt = (world: World, i: number) => world.masters[i % world.masters.length] as MasterMachine
const nodeAt = (world: World, i: number) => world.nodes[i % world.nodes.length] as Node
const times = (now: number, n: number) => [now, now, now - 86_400 * n, 1, YEAR_2100][n % 5] as number
const offs = [0, 0, -86_400, 3600, -1_790_000_000, 2_400_000_000] as const

const EVENTS = {
  wait: (world: World, a: number, _b: number, n: number) => {
    world.now += [1, 11, 3600, 8 * 86_400][a % 4] as number
    world.now += n
  },
  edit: (world: World, a: number, b: number, n: number) => {
    machineAt(world, a).files = { content: 1 + (b % 5), mtime: times(world.now, n) }
  },
  reload: (world: World, a: number) => {
    if (machineAt(world, a).isOn) machineAt(world, a).reload()
  },
  force: (world: World, a: number) => {
    if (machineAt(world, a).isOn) machineAt(world, a).reload(true)
  },
  copyFiles: (world: World, a: number, b: number, n: number) => {
    const { content, mtime } = machineAt(world, a).files
    machineAt(world, b).files = { content, mtime: n % 2 === 0 ? mtime : world.now }
  },
  stop: (world: World, a: number) => {
    machineAt(world, a).isOn = false
  },
  start: (world: World, a: number) => machineAt(world, a).start(machineAt(world, a).disk),
  loseState: (world: World, a: number) => {
    const { files, lineage } = machineAt(world, a).disk
    machineAt(world, a).start({ files, served: undefined, history: '', lineage })
  },
  loseHistory: (world: World, a: number) => machineAt(world, a).start({ ...machineAt(world, a).disk, history: '' }),
  backUp: (world: World, a: number) => {
    world.backups.push(machineAt(world, a).disk)
  },
  restore: (world: World, a: number, b: number) => {
    const backup = world.backups[b % Math.max(1, world.backups.length)]
    if (backup !== undefined) machineAt(world, a).start(backup)
  },
  clone: (world: World, a: number) => world.clone(machineAt(world, a).disk, machineAt(world, a).index),
  setClock: (world: World, a: number, b: number) => {
    machineAt(world, a).clockIsOff = offs[b % offs.length] as number
  },
  meet: (world: World, a: number, b: number) => {
    if (machineAt(world, a) !== machineAt(world, b)) world.meet(machineAt(world, a), machineAt(world, b))
  },
  ask: (world: World, a: number, b: number) => world.ask(nodeAt(world, a), machineAt(world, b)),
  askUnheard: (world: World, a: number, b: number) =>
    world.ask(nodeAt(world, a), machineAt(world, b), { isHeard: false }),
  forceNode: (world: World, a: number, b: number) =>
    world.ask(nodeAt(world, a), machineAt(world, b), { isForced: true }),
  newNode: (world: World, a: number) => {
    nodeAt(world, a).held = undefined
  },
  replay: (world: World, a: number, b: number) => {
    const header = world.log[b % world.log.length]
    if (header !== undefined) world.replay(nodeAt(world, a), header)
  },
  transfer: (world: World, a: number) => world.transfer(machineAt(world, a)),
} as const

const names = fc.constantFrom(...(Object.keys(EVENTS) as (keyof typeof EVENTS)[]))
const event: fc.Arbitrary<Event> = fc.tuple(names, fc.nat(4), fc.nat(4), fc.nat(9))
type History = readonly [masters: number, events: readonly Event[]]
const histories: fc.Arbitrary<History> = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.array(event, { maxLength: 60, size: 'max' }),
)

/** A cluster after a history. Throws where a promise was broken on the way. */
function lived([masters, events]: History): World {
  const world = new World(masters)
  for (const [name, a, b, n] of events) EVENTS[name](world, a, b, n)
  return world
}

t.test(
  'numbers only grow, stale content never wins by itself, replays are refused, masters share no number',
  async (t) => {
    fc.assert(
      fc.property(histories, (history) => void lived(history)),
      RUNS,
    )
    t.pass()
  },
)

t.test(
  'a change that a master published does not get lost to files of its second that were copied in part',
  async (t) => {
    for (const first of [0, 1, 2]) {
      for (const earlier of [0, 1, 2]) {
        const world = new World(3)
        const [one, other, third] = [0, 1, 2].map((i) => machineAt(world, first + i)) as [
          MasterMachine,
          MasterMachine,
          MasterMachine,
        ]
        // Numbers run ahead of the clock where much was changed: then the time says nothing of the next one.
        for (let i = 0; i < earlier * 40; i++) {
          machineAt(world, earlier).files = { content: 2 + (i % 2), mtime: world.now }
          machineAt(world, earlier).reload()
        }
        for (const machine of world.masters) {
          machine.files = machineAt(world, earlier).files
          machine.reload()
        }
        world.settle()
        const mtime = world.now
        one.files = { content: 7, mtime }
        one.reload()
        const node = nodeAt(world, 0)
        for (const machine of [other, third]) world.meet(one, machine)
        world.ask(node, one)
        t.same(node.held?.digest, digestOf(7))
        for (const machine of [other, third]) {
          machine.files = { content: 8, mtime }
          machine.reload()
          for (const another of world.masters) if (another !== machine) world.meet(machine, another)
          for (const each of world.masters) world.ask(node, each)
          t.same(node.held?.digest, digestOf(7), 'the change is there')
          t.ok(machine.isInConflict)
        }
        for (const machine of [other, third]) {
          machine.files = { content: 7, mtime }
          machine.reload()
        }
        world.settle()
        t.notOk(world.masters.some((machine) => machine.isInConflict))
        for (const { held } of world.nodes) t.same(held?.digest, digestOf(7))
      }
    }
  },
)

const IN_A_SECOND = ['edit', 'reload', 'copyFiles', 'meet', 'ask', 'askUnheard'] as const

t.test(
  'whatever happened within a second, equal files bring all in step again, and nobody has to decide',
  async (t) => {
    const events = fc.array(fc.tuple(fc.constantFrom(...IN_A_SECOND), fc.nat(4), fc.nat(4), fc.constant(0)), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), events, fc.nat(2), (masters, history, chosen) => {
        const world = lived([masters, history])
        const { files } = machineAt(world, chosen)
        for (const machine of world.masters) {
          machine.files = { ...files, mtime: world.now }
          machine.reload()
        }
        world.settle()
        for (const machine of world.masters) if (machine.isInConflict) throw new Error('still in conflict')
        for (const { held } of world.nodes)
          if (held === undefined || !sameDigest(held, { digest: digestOf(files.content) }))
            throw new Error('not in step')
      }),
      RUNS,
    )
    t.pass()
  },
)

t.test('where no master says that it is in conflict, all nodes and masters are in step', async (t) => {
  fc.assert(
    fc.property(histories, (history) => {
      const world = lived(history)
      for (const machine of world.masters) {
        machine.clockIsOff = 0
        machine.start(machine.disk)
      }
      world.settle()
      if (world.masters.some((machine) => machine.isInConflict)) return
      const [first] = world.masters
      for (const { held } of [...world.nodes, ...world.masters.map(({ served }) => ({ held: served }))]) {
        if (first === undefined || held === undefined || !sameDigest(held, first.served)) throw new Error('not in step')
      }
    }),
    RUNS,
  )
  t.pass()
})

/** Where the masters stayed in conflict: what gave way to one generation held back from a forced one too, or got a number below it. */
const STAYED_IN_CONFLICT: [History, number][] = [
  [
    [
      1,
      [
        ['clone', 0, 0, 0],
        ['clone', 0, 0, 0],
        ['wait', 3, 0, 0],
        ['edit', 0, 1, 3],
        ['force', 0, 0, 0],
        ['edit', 1, 2, 7],
      ],
    ],
    2,
  ],
  [
    [
      1,
      [
        ['clone', 0, 0, 0],
        ['clone', 0, 0, 0],
        ['edit', 4, 1, 0],
        ['edit', 0, 2, 2],
        ['wait', 2, 0, 0],
        ['force', 0, 0, 0],
      ],
    ],
    2,
  ],
]

t.test('whatever happened, one forced reload and equal files bring all in step again, secondaries too', async (t) => {
  fc.assert(
    fc.property(histories, fc.nat(4), (history, chosen) => {
      const world = lived(history)
      const first = machineAt(world, chosen)
      for (const machine of world.masters) {
        machine.clockIsOff = 0
        machine.start(machine.disk)
      }
      world.settle()
      first.reload(true)
      for (const machine of world.masters) if (machine !== first) machine.files = first.files
      for (const machine of world.masters) if (machine !== first) machine.reload()
      world.settle()
      for (const machine of world.masters) {
        if (machine.isInConflict) throw new Error(`master ${machine.index} is in conflict still`)
        if (!sameDigest(machine.served, first.served)) throw new Error('masters differ')
        world.transfer(machine)
        const { serial, digest = new Uint8Array() } = world.secondaryOf(machine)
        if (serial !== serialOf(machine.served.generation)) throw new Error('a secondary does not follow')
        if (!sameDigest({ digest }, machine.served)) throw new Error('a secondary has other content')
      }
      for (const { held } of world.nodes) {
        if (held === undefined || !sameDigest(held, first.served)) throw new Error('a node is not in step')
      }
    }),
    { ...RUNS, examples: STAYED_IN_CONFLICT },
  )
  t.pass()
})
