/** A server that followed generations answers as one that has just started with the last of them, and works out only what they changed. */
import t from 'tap'
import { BatchSockets } from '../../src/dns/batch/batch-sockets.ts'
import { Service } from '../../src/dns/service.ts'
import { readExcerpt } from '../../src/kickback/index.ts'
import { type Snapshot, ZONE_SECTIONS } from '../../src/resolver/index.ts'
import { HandClock } from '../clocks.ts'
import { user } from '../kickback/cluster.ts'
import { type Numbers, numbers } from '../numbers.ts'
import { nativePackets } from './batch/native.ts'
import { opt, query } from './client.ts'
import { contentsOf, endpoint, SILENT, type SnapshotSettings, settingsOf, snapshotWith } from './cluster.ts'

const LONG = process.env.KICKBACK_LONG !== undefined
const ROUNDS = LONG ? 50 : 3
const STEPS = LONG ? 12 : 6
/** Of so many questions one is asked after each step. */
const ASKED = LONG ? 1 : 8
const SECONDARY = { address: '127.0.0.1', port: 5353 }
const TYPES = ['A', 'AAAA', 'PTR', 'SOA', 'NS', 'SRV', 'ANY', 16] as const
/** Names of the domain, and of devices that come and go: with dots of their own, and below one another. */
const DEVICES = [
  'nas',
  'pdu.rack',
  'deep.pdu.rack',
  'server',
  'a.b.example.org',
  'n1.cluster.internal',
  '_kickback',
] as const
const LINKS = ['n0', 'n1', 'n7', 'n99', 'master', '*', ...DEVICES]

/** What a configuration and its settings are made of, all of which changes. */
interface Scene {
  users: number
  nodes: number
  first: number
  readonly devices: Map<string, number>
  settings: SnapshotSettings
}

/** Every kind of change, by what it touches. `accounts` is the one that DNS has nothing of. */
const CHANGES: { readonly [kind: string]: (scene: Scene, next: Numbers) => void } = {
  accounts: (scene) => void scene.users++,
  nodes: (scene, next) => {
    scene.nodes = 1 + next(9)
  },
  addresses: (scene, next) => {
    scene.first = 1 + next(200)
  },
  device: ({ devices }, next) => {
    const name = DEVICES[next(DEVICES.length)] ?? 'nas'
    if (!devices.delete(name)) devices.set(name, 1 + next(200))
  },
  settings: (scene, next) => {
    const ns = [{ name: next(2) === 0 ? 'server' : 'ns.example.org', addresses: [] }]
    const cut = { family: 4, prefix: Uint8Array.of(10, ...(next(2) === 0 ? [] : [20, 31])) } as const
    scene.settings = {
      domain: next(6) === 0 ? 'example.org' : 'cluster.internal',
      ttl: 30 + next(2),
      negativeTtl: 5 + next(2),
      rname: next(2) === 0 ? '' : 'me.example.org',
      ...(next(2) === 0 && { ns }),
      ...(next(2) === 0 && { cuts: [cut] }),
    }
  },
}

function snapshotOfScene({ users, nodes, first, devices, settings }: Scene, generation: number): Snapshot {
  const hosts = [...devices].map(([name, last], i) => `host 02:00:00:00:00:${10 + i} 10.20.31.${last} ${name}\n`)
  const text = `nodes ${nodes}\niprange 10.20.30.${first} 10.20.30.${first + 20}\nhostrange 10.20.31.1 10.20.31.250\n${hosts.join('')}`
  const contents = contentsOf(text, settings)
  return snapshotWith({ ...contents, passwd: Array.from({ length: users }, (_, i) => user(i + 1)) }, generation)
}

/** Questions that a scene's names and addresses give, those that it had before too. */
function questions(next: Numbers): readonly Buffer[] {
  const addresses = [30, 31].flatMap((third) =>
    Array.from({ length: 12 }, () => `${next(256)}.${third}.20.10.in-addr.arpa`),
  )
  const zones = ['10.in-addr.arpa', '20.10.in-addr.arpa', '30.20.10.in-addr.arpa', '31.20.10.in-addr.arpa']
  const domains = ['cluster.internal', 'example.org'].flatMap((domain) => [
    domain,
    ...[...LINKS, 'rack', 'b', '_kickback._tcp', `gone${next(3)}`].map((name) => `${name}.${domain}`),
  ])
  const all = [...LINKS, ...domains, ...addresses, ...zones, 'org'].flatMap((name) =>
    TYPES.flatMap((type) => [query(name, type), query(name, type, { opt: opt(1232), flags: 0 })]),
  )
  return all.filter(() => next(ASKED) === 0)
}

/** A server whose clock stands still. */
function serviceOf(snapshot: Snapshot, batch?: BatchSockets): Service {
  const settings = settingsOf({
    secondaries: [{ endpoint: endpoint(SECONDARY.address, SECONDARY.port), key: undefined }],
  })
  const parts = { settings, log: SILENT, clock: new HandClock(), time: () => 1_700_000_000 }
  return new Service({ ...parts, snapshot, batch, cookieSecret: Buffer.alloc(16, 3) })
}

/** The replies to all questions, each asked twice: a reply that is made, and one that is ready. */
function replies(service: Service, asked: readonly Buffer[]): readonly string[] {
  return asked.flatMap((request) =>
    [1, 2].map(() => {
      let reply = 'none'
      service.udp(request, SECONDARY, (bytes) => {
        reply = bytes.toString('hex')
      })
      return reply
    }),
  )
}

/** A zone as it is copied. */
function copied(service: Service, origin: string): string {
  const answer = service.tcp(query(origin, 252), SECONDARY)
  if (answer === undefined || answer instanceof Promise) return 'none'
  if (answer instanceof Uint8Array) return Buffer.from(answer).toString('hex')
  return [...answer]
    .flatMap((message) => (message === undefined ? [] : [Buffer.from(message).toString('hex')]))
    .join(' ')
}

/** The serial that a server tells. */
function serialOf(service: Service): number {
  let reply: Buffer = Buffer.alloc(20)
  for (const domain of ['cluster.internal', 'example.org'])
    service.udp(query(domain, 'SOA'), SECONDARY, (bytes) => {
      if ((bytes[7] ?? 0) === 1) reply = bytes
    })
  return reply.readUInt32BE(reply.length - 20)
}

/** Reads of a snapshot what DNS reads of its file; `counts` counts the reads. */
function excerpt({ bytes }: Snapshot, before: Snapshot | undefined, counts: { reads: number }): Promise<Snapshot> {
  const file = {
    stat: async () => ({ size: bytes.length }),
    async read(into: Uint8Array, offset: number, length: number, position: number) {
      const piece = bytes.subarray(position, position + length)
      if (piece.length > 0) counts.reads++
      into.set(piece, offset)
      return { bytesRead: piece.length }
    },
  }
  return readExcerpt(file, { ids: ZONE_SECTIONS, before, believe() {} })
}

for (const [where, batchOf] of [
  ['in TypeScript', () => undefined],
  ['in C', () => new BatchSockets(nativePackets())],
] as const) {
  t.test(
    `after random generations all answers are those of a server that has just started (ready answers ${where})`,
    async (t) => {
      const seed = Date.now() & 0xffffff
      const next = numbers(seed)
      const kinds = Object.keys(CHANGES)
      const all = { renewed: 0, others: 0 }
      for (let round = 0; round < ROUNDS; round++) {
        const scene: Scene = { users: 1, nodes: 5, first: 5, devices: new Map([['nas', 5]]), settings: {} }
        let generation = 2 ** 32 - 3 + next(2)
        const counts = { reads: 0 }
        let held = await excerpt(snapshotOfScene(scene, generation), undefined, counts)
        const service = serviceOf(held, batchOf())
        let renewals = 0
        for (let step = 0; step < STEPS; step++) {
          const kind = next(2) === 0 ? 'accounts' : (kinds[next(kinds.length)] ?? '')
          CHANGES[kind]?.(scene, next)
          const whole = snapshotOfScene(scene, ++generation)
          counts.reads = 0
          held = await excerpt(whole, held, counts)
          if (kind === 'accounts') renewals++
          if (kind === 'accounts') t.equal(counts.reads, 1, 'nothing but the header and the table is read')
          service.serve(held)
          for (let turns = 0; serialOf(service) !== generation % 2 ** 32 && turns < 1000; turns++)
            await new Promise((resolve) => setImmediate(resolve))
          const asked = questions(next)
          const fresh = serviceOf(whole, batchOf())
          const [ours, theirs] = [replies(service, asked), replies(fresh, asked)]
          const other = ours.findIndex((reply, i) => reply !== theirs[i])
          const differs =
            other < 0 ? '' : `${asked[other >> 1]?.toString('latin1')}: ${ours[other]}, not ${theirs[other]}`
          t.equal(differs, '', `seed ${seed}, round ${round}, step ${step}, ${kind}`)
          for (const origin of ['cluster.internal', 'example.org', '30.20.10.in-addr.arpa', '10.in-addr.arpa'])
            t.equal(copied(service, origin), copied(fresh, origin), `seed ${seed}: ${origin} is copied`)
          fresh.close()
          if (differs !== '') return
        }
        t.ok(service.generations.renewed >= renewals, 'a generation that changes accounts alone is taken over')
        all.renewed += service.generations.renewed
        all.others += service.generations.others
        service.close()
      }
      t.ok(all.renewed >= ROUNDS && all.others > 0, JSON.stringify(all))
    },
  )
}

t.test('what was ready stays ready where only accounts changed, and is made anew where a name did', async (t) => {
  const scene: Scene = { users: 1, nodes: 5, first: 5, devices: new Map(), settings: {} }
  const service = serviceOf(snapshotOfScene(scene, 1), new BatchSockets(nativePackets()))
  t.teardown(() => service.close())
  const asked = [
    query('n1.cluster.internal', 'A'),
    query('n1.cluster.internal', 'AAAA'),
    query('gone.cluster.internal', 'A'),
  ]
  const readyFor = (): number => {
    const before = service.counted.ready
    for (const request of asked) service.udp(request, SECONDARY, () => {})
    return service.counted.ready - before
  }
  t.same([readyFor(), readyFor()], [0, 3])
  CHANGES.accounts?.(scene, numbers(1))
  service.serve(snapshotOfScene(scene, 2))
  t.equal(serialOf(service), 2)
  t.equal(readyFor(), 3)
  scene.devices.set('nas', 9)
  service.serve(snapshotOfScene(scene, 3))
  t.same([readyFor(), readyFor()], [0, 3])
  t.same(service.generations, { renewed: 1, others: 1 })
})
