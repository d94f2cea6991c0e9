import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import type { DnsServer, DnsSettings } from '../../../src/dns/index.ts'
import { HandClock } from '../../clocks.ts'
import { numbers } from '../../numbers.ts'
import { until } from '../../patience.ts'
import { askUdp, opt, query } from '../client.ts'
import { endpoint, outsideAddress, snapshotOf, startServer } from '../cluster.ts'
import { anyRequest, fuzzSnapshot } from '../fuzz.ts'
import { randomMessage } from '../mutate.ts'
import { nativePackets } from './native.ts'

/** How long packets are drawn, in milliseconds. */
const TIME_BOX = 4000
/** How many packets are under way together. */
const ROUND = 40
const KEY = { name: 'transfer.key', secret: Buffer.from('not a secret') }
/** The last question of a round, which is always answered: what came before it has been looked at by then. */
const LAST = query('n15.cluster.internal', 'A', { id: 0xfffe, opt: opt(1232) })

/** A name whose reply is long, and fits. */
const SEVENTY = `nodes 20\niprange 10.1.1.0 10.1.1.19\nhostrange 10.1.2.0 10.1.2.99\n${Array.from(
  { length: 70 },
  (_, i) => `host 02:00:00:00:01:${i.toString(16).padStart(2, '0')} 10.1.2.${i} many\n`,
).join('')}`

/** A server, and who asks it. */
interface Side {
  readonly server: DnsServer
  readonly asker: Socket
  readonly replies: Map<number, string[]>
}

/** Two servers that differ in one thing: one has its packets by the native part. Their clocks stand still. */
async function sides(
  more: Partial<DnsSettings>,
  host = '127.0.0.1',
  snapshot = fuzzSnapshot(),
): Promise<readonly [Side, Side]> {
  const parts = { cookieSecret: Buffer.alloc(16, 3), time: () => 1_700_000_000, clock: new HandClock() }
  const side = async (packets: ReturnType<typeof nativePackets> | undefined): Promise<Side> => {
    const server = await startServer(snapshot, { tsig: [KEY], ...more }, { ...parts, packets })
    const asker = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const replies = new Map<number, string[]>()
    asker.on('message', (reply) => {
      const id = reply.readUInt16BE(0)
      replies.set(id, [...(replies.get(id) ?? []), reply.toString('hex')])
    })
    asker.bind(0, host)
    await once(asker, 'listening')
    return { server, asker, replies }
  }
  return [await side(nativePackets()), await side(undefined)]
}

/** Sends the same packets to both, each with an id of its own, and says where the replies differ, or what is counted. */
async function differences(both: readonly [Side, Side], packets: readonly Buffer[], host: string): Promise<string[]> {
  const numbered = packets.map((packet, i) => {
    const copy = Buffer.from(packet)
    if (copy.length >= 2) copy.writeUInt16BE(i, 0)
    return copy
  })
  const before = both.map(counted)
  for (const { asker, server, replies } of both) {
    replies.clear()
    const port = server.endpoints[0]?.port ?? 0
    for (const packet of numbered) asker.send(packet, port, host)
    asker.send(LAST, port, host)
    await until(() => replies.has(0xfffe), 'the last question is answered')
  }
  const [native, plain] = both
  const [ours, theirs] = both.map((side, k) =>
    counted(side)
      .map((count, i) => count - (before[k]?.[i] ?? 0))
      .join(' '),
  )
  if (ours !== theirs) return [`counts: ${ours}, not ${theirs}`]
  return numbered.flatMap((packet, i) => {
    const [one, other] = [native, plain].map(({ replies }) => replies.get(i)?.join(' ') ?? 'none')
    return one === other ? [] : [`${packet.toString('hex')}: ${one}, not ${other}`]
  })
}

/** Gives both a generation, and waits until they answer from it: a little later than they are given it. */
async function published(both: readonly [Side, Side], generation: number): Promise<void> {
  for (const { server } of both) server.serve(fuzzSnapshot(generation))
  const isTaken = async ({ server }: Side): Promise<boolean> => {
    const reply = await askUdp(server.endpoints[0]?.port ?? 0, query('cluster.internal', 'SOA'))
    return reply?.readUInt32BE(reply.length - 20) === generation
  }
  for (const side of both) {
    let asked = 0
    while (!(await isTaken(side)))
      if (++asked > 1000) throw new Error(`it stays with the generation before ${generation}`)
  }
}

/** What both count, in one order; all but what only one of them has. */
function counted({ server }: Side): number[] {
  const { batched, batches, ...rest } = server.counters
  return Object.values(rest).flat()
}

function end({ server, asker }: Side): Promise<void> {
  asker.close()
  return server.close()
}

t.test('random and mutated packets get the same bytes from both, and count the same', async (t) => {
  const seed = Date.now() & 0xffffff
  const next = numbers(seed)
  const both = await sides({})
  t.teardown(() => Promise.all(both.map(end)))
  let rounds = 0
  for (const stop = performance.now() + TIME_BOX; performance.now() < stop; rounds++) {
    const packets = Array.from({ length: ROUND }, () => anyRequest(next).request)
    const found = await differences(both, packets, '127.0.0.1')
    t.same(found, [], `seed ${seed}`)
    if (found.length > 0) return
    if (rounds % 20 === 19) await published(both, 1000 + rounds)
  }
  const [native, plain] = both
  const { batched, batches, udp } = native.server.counters
  t.ok(batched > rounds && batches > rounds, `${batched} of ${udp} were answered in ${batches} batches`)
  t.equal(plain.server.counters.batched, 0)
})

t.test('packets of each length from 0 to 600 get the same bytes from both', async (t) => {
  const next = numbers(7)
  const both = await sides({})
  t.teardown(() => Promise.all(both.map(end)))
  const good = query('n15.cluster.internal', 'A', { opt: opt(4096) })
  const packets = Array.from({ length: 601 }, (_, length) => {
    const noise = Buffer.concat([randomMessage(next), Buffer.alloc(600, 0)])
    return [
      Buffer.concat([good, noise]).subarray(0, length),
      Buffer.concat([good.subarray(0, 12), noise]).subarray(0, length),
    ]
  }).flat()
  const far = [639, 640, 641, 1472, 9000, 65_000].map((size) =>
    Buffer.concat([good, Buffer.alloc(size)]).subarray(0, size),
  )
  for (let at = 0; at < packets.length; at += ROUND)
    t.same(await differences(both, packets.slice(at, at + ROUND), '127.0.0.1'), [])
  t.same(await differences(both, far, '127.0.0.1'), [], 'longer ones too')
})

t.test('who may not ask, and whose replies are bounded, has the same from both', async (t) => {
  const outside = outsideAddress()
  if (outside === undefined) return t.comment('this machine has loopback alone')
  const long = query('many.cluster.internal', 'A', { opt: opt(1232) })
  const short = query('n15.cluster.internal', 'A')
  for (const allow of [[], [{ first: endpoint(outside, 0).address, last: endpoint(outside, 0).address }]]) {
    const access = { allow } as unknown as DnsSettings['access']
    const both = await sides({ listen: [endpoint('0.0.0.0', 0)], access }, outside, snapshotOf(SEVENTY))
    t.teardown(() => Promise.all(both.map(end)))
    for (const { server, asker, replies } of both) {
      const port = server.endpoints[0]?.port ?? 0
      const settled = () => [...replies.values()].flat().length + server.counters.limited
      // The answers are ready: what who may not ask gets is not for want of them.
      for (const ready of [long, short]) t.ok(await askUdp(port, ready))
      for (let i = 0; i < 1200; i++) {
        const packet = Buffer.from(i % 2 === 0 ? long : short)
        packet.writeUInt16BE(i, 0)
        asker.send(packet, port, outside)
        // The socket of who asks holds some ninety long replies.
        if (i % 20 === 0) await until(() => settled() >= i, 'it keeps up')
      }
      const { counters } = server
      await until(() => server.counters.udp >= 1202, `all came: ${counters.udp}`)
      await until(() => settled() >= 1200, 'all are answered')
    }
    const [native, plain] = both
    t.strictSame(counted(native), counted(plain), allow.length === 0 ? 'strangers' : 'members of a network')
    t.strictSame(native.replies, plain.replies)
    const some = allow.length === 0 ? native.server.counters.limited : native.server.counters.shortened
    t.ok(some > 0, `${some} were bounded`)
    t.equal(native.server.counters.batched > 0, allow.length > 0, 'only who may ask is answered by the native part')
  }
})
