// Rogue masters over loopback TCP: without the key, in the middle, slow, or talkative. Each attack has its control.
import type { Socket } from 'node:net'
import t from 'tap'
import { Trust } from '../../../src/kickback/node/trust.ts'
import { encodeFrame, type Fields } from '../../../src/kickback/wire/message.ts'
import { CHUNK_MAX } from '../../../src/kickback/wire/protocol.ts'
import type { PublicContents } from '../../../src/resolver/databases/contents.ts'
import { headerOf, layout, type Snapshot } from '../../../src/resolver/index.ts'
import { rootDigest } from '../../../src/resolver/snapshot/digest.ts'
import { clusterKey } from '../../keys.ts'
import { contents } from '../../kickback/cluster.ts'
import { master, signed } from '../../kickback/node/masters.ts'
import { honest, type Middle, middle, type Tamper } from '../../kickback/node/middle.ts'
import { until } from '../../patience.ts'
import { follows, node, says, type TestNode } from './node.ts'

/** A node behind somebody who does this with the replies of a real master. */
async function behind(t: Tap, tamper: Tamper, users = 5): Promise<{ one: TestNode; rogue: Middle }> {
  const { place } = await master(t, signed(7, users))
  const rogue = await middle(t, place, tamper)
  return { one: await node(t, [rogue.place]), rogue }
}
type Tap = Parameters<typeof master>[0]

t.test('control: a middle that changes nothing is a master like any other', async (t) => {
  const { one } = await behind(t, honest)
  await follows(one)
  t.equal(one.proxy.current?.generation, 7)
})

t.test('a proof of life that was recorded is refused, by a node without any state too', async (t) => {
  let recorded: Fields | undefined
  const replay: Tamper = ({ op, reply, send }) => {
    if (op === 'ALIVE') recorded ??= reply
    send(op === 'ALIVE' ? { ...recorded, id: reply.id } : reply)
  }
  const { server, place } = await master(t, signed(7, 5))
  const rogue = await middle(t, place, replay)
  const first = await node(t, [rogue.place])
  await until(() => first.proxy.current?.generation === 7)
  server.serve(signed(8, 6))
  const fresh = await node(t, [rogue.place])
  await says(fresh, /did not prove that it has the cluster's key/)
  t.equal(fresh.proxy.current, undefined)
  const insecure = await node(t, [rogue.place], { trust: new Trust({ key: undefined }) })
  await until(() => insecure.proxy.current !== undefined)
  t.pass('control: who asks for no proof believes the recording')
})

t.test('nothing of a proof of life can be changed on its way', async (t) => {
  const changes: readonly ((reply: Fields) => object)[] = [
    (reply) => ({ ...reply, known: !reply.known }),
    (reply) => ({ ...reply, conflict: true }),
    (reply) => ({ ...reply, header: Buffer.from(reply.header as Uint8Array).fill(9, layout.HEADER.at.generation, 90) }),
    (reply) => ({ ...reply, signature: Buffer.alloc(64) }),
    (reply) => ({ ...reply, signature: Buffer.alloc(0) }),
    (reply) => ({ ...reply, header: Buffer.alloc(0) }),
  ]
  for (const change of changes) {
    const { one, rogue } = await behind(t, ({ op, reply, send }) => send(op === 'ALIVE' ? change(reply) : reply))
    await says(one, /did not prove that it has the cluster's key/)
    t.notOk(rogue.asked.includes('SNAPSHOT'), 'not one byte of a body was asked for')
  }
})

t.test('a master with another key proves nothing, however new and large what it offers is', async (t) => {
  const { place } = await master(t, signed(2 ** 40, 5), { sign: clusterKey().sign })
  const rogue = await middle(t, place, honest)
  const one = await node(t, [rogue.place])
  await says(one, /did not prove that it has the cluster's key/)
  t.notOk(rogue.asked.includes('SNAPSHOT'))
})

t.test('a body that is another than the header stands for ends at its first wrong section', async (t) => {
  // The header, the table and the settings are before that.
  const rest = 4096
  const junk: Tamper = ({ op, request, reply, send }) => {
    const { data } = reply
    if (op !== 'SNAPSHOT' || !(data instanceof Uint8Array)) return send(reply)
    const changed = Buffer.from(data)
    if (Number(request.offset) >= rest) changed[0] = (changed[0] ?? 0) ^ 1
    send({ ...reply, data: changed })
  }
  const { one } = await behind(t, junk, 40_000)
  await says(one, /the snapshot is damaged: section \d+ is damaged/)
  t.equal(one.proxy.current, undefined)
})

/** Contents of the same size as contents(5), with other bytes. */
function changedContents(): PublicContents {
  const { passwd, ...rest } = contents(5)
  return { ...rest, passwd: passwd.map((entry) => ({ ...entry, gecos: entry.gecos.replace('User', 'Resu') })) }
}

/** The header of a snapshot with another number, which nobody signed. */
function renumbered({ bytes }: Snapshot, generation: number): Buffer {
  const header = Buffer.from(bytes.subarray(0, layout.HEADER.size))
  header.writeBigUInt64LE(BigInt(generation), layout.HEADER.at.generation)
  return header
}

t.test('who proves a newer generation and sends another is left, and what is held stays', async (t) => {
  const [held, newer] = [signed(7, 5), signed(8, changedContents())]
  t.equal(newer.bytes.length, held.bytes.length, 'a difference of size does not tell one from the other')
  const headOf = ({ bytes }: Snapshot): Buffer => Buffer.from(bytes.subarray(0, layout.HEADER.size))
  const bodyOf = ({ bytes }: Snapshot): Buffer => Buffer.from(bytes.subarray(layout.HEADER.size))
  const whole = (header: Buffer, of: Snapshot): Buffer => Buffer.concat([header, bodyOf(of)])
  for (const [what, sent, reason] of [
    ['the one that is held', whole(headOf(held), held), /damaged: the header is not the one/],
    ['the one that is held, under the new header', whole(headOf(newer), held), /damaged: the section table/],
    ['the new one, under the header that is held', whole(headOf(held), newer), /damaged: the header is not the one/],
    ['the new one, under a number that nobody signed', whole(renumbered(newer, 2 ** 45), newer), /damaged: the header/],
    ['what it proved', whole(headOf(newer), newer), undefined],
  ] as const) {
    const { server, place } = await master(t, held)
    const rogue = await middle(t, place, ({ op, request, reply, send }) => {
      const isNewer = op === 'SNAPSHOT' && request.generation === 8
      const at = Number(request.offset)
      send(isNewer ? { ...reply, data: sent.subarray(at, at + Number(request.length)) } : reply)
    })
    const one = await node(t, [rogue.place])
    await follows(one)
    server.serve(newer)
    if (reason === undefined) await until(() => one.proxy.current?.generation === 8)
    else await says(one, reason)
    const { generation, digest } = reason === undefined ? newer : held
    t.match(one.proxy.current, { generation, digest }, what)
  }
})

t.test('a master that gives a byte in place of a chunk is left at once, and one that goes on and on too', async (t) => {
  for (const data of [Buffer.alloc(1), Buffer.alloc(0), Buffer.alloc(CHUNK_MAX + 1)]) {
    const { one } = await behind(t, ({ op, reply, send }) => send(op === 'SNAPSHOT' ? { ...reply, data } : reply), 3000)
    await says(one, new RegExp(`a chunk of ${data.length} bytes? in place of`))
  }
  const { one } = await behind(t, ({ op, reply, send }) =>
    send(op === 'SNAPSHOT' ? { ...reply, data: Buffer.alloc(20 * CHUNK_MAX) } : reply),
  )
  await says(one, /the service did not answer in the kickback protocol: a frame of \d+ bytes/)
})

t.test('a transfer that drips is given up', async (t) => {
  const drips: { readonly byte: Buffer; readonly socket: Socket }[] = []
  const dripping = setInterval(() => {
    const drip = drips.shift()
    drip?.socket.write(drip.byte)
  }, 5)
  t.teardown(() => clearInterval(dripping))
  const drip: Tamper = ({ op, reply, send, socket }) => {
    if (op !== 'SNAPSHOT') return send(reply)
    for (const byte of encodeFrame(reply)) drips.push({ byte: Buffer.of(byte), socket })
  }
  const { one } = await behind(t, drip)
  await says(one, /bytes came in \d+ s, which is too slow/)
})

t.test('while the first master dawdles the second is tried, and followed', async (t) => {
  const { place: real } = await master(t, signed(7, 5))
  const dawdler = await middle(t, real, ({ op, reply, send }) => (op === 'SNAPSHOT' ? undefined : send(reply)))
  const { place: second } = await master(t, signed(7, 5))
  const one = await node(t, [dawdler.place, second])
  await follows(one)
  t.match(one.proxy.report().following, { masters: [{ state: 'idle' }, { state: 'following' }] })
  await until(() => dawdler.sockets.every((socket) => socket.destroyed))
  t.pass('and the first was let go')
})

t.test('text of a master does nothing to who reads it', async (t) => {
  const message = 'x\x1b[2J\x1b]0;owned\x07\u202e\n<4>forged'
  const { one } = await behind(t, ({ reply, send }) =>
    send({ id: reply.id, status: -1, error: 'denied', message: message + 'y'.repeat(10_000) }),
  )
  await says(one, /owned/)
  t.notMatch(one.reason(), /[^ -~]/)
  t.ok(one.reason().length < 1000)
  t.notOk(['\x1b', '\u202e'].some((character) => one.lines.join('').includes(character)))
})

t.test('a master that sends what nobody asked for is left', async (t) => {
  const { one, rogue } = await behind(t, ({ reply, send }) => {
    send({ id: 999, status: 1, generation: 9, digest: Buffer.alloc(32) })
    send(reply)
  })
  await says(one, /a reply without a question/)
  await until(() => rogue.sockets.every((socket) => socket.destroyed))
})

t.test('announcements are a reason to ask, and nothing more: what counts is what the master proves', async (t) => {
  const { one, rogue } = await behind(t, ({ op, reply, send }) => {
    send(op === 'SUBSCRIBE' ? { ...reply, generation: 2 ** 45, digest: Buffer.alloc(32) } : reply)
  })
  await follows(one)
  const fetched = rogue.asked.filter((op) => op === 'SNAPSHOT').length
  await until(() => rogue.asked.filter((op) => op === 'ALIVE').length > 3)
  t.equal(rogue.asked.filter((op) => op === 'SNAPSHOT').length, fetched, 'nothing was fetched for it')
  t.equal(one.proxy.current?.generation, 7)
  t.equal(one.proxy.report().following?.state, 'following')
})

t.test('a master that announces without end is left', async (t) => {
  const floods: NodeJS.Timeout[] = []
  t.teardown(() => floods.forEach(clearInterval))
  const flood: Tamper = ({ op, reply, send }) => {
    if (op === 'ALIVE' && floods.length > 0) return
    send(reply)
    if (op !== 'SUBSCRIBE') return
    const many = Buffer.concat(Array.from({ length: 50 }, () => encodeFrame(reply)))
    floods.push(setInterval(() => rogue.sockets.at(-1)?.write(many), 5))
  }
  const { one, rogue } = await behind(t, flood)
  await says(one, /closed/)
  await until(() => rogue.sockets[0]?.destroyed === true)
})

t.test('a master that proves nothing any more is dead: the node says so and follows another', async (t) => {
  let isMute = false
  const { place: real } = await master(t, signed(7, 5))
  const mute = await middle(t, real, ({ op, reply, send }) => {
    if (!isMute || op !== 'ALIVE') send(reply)
  })
  const { place: second } = await master(t, signed(7, 5))
  const one = await node(t, [mute.place, second])
  await follows(one)
  isMute = true
  await until(() => one.proxy.report().following?.masters[1]?.state === 'following')
  t.match(
    one.lines.find((line) => line.startsWith('master is lost')),
    /no answer in time/,
  )
})

t.test('a master that is too busy to prove anything is dead after a minute', async (t) => {
  let isBusy = false
  const { one } = await behind(t, ({ op, reply, send }) => {
    if (isBusy && op === 'ALIVE') send({ id: reply.id, status: -2, error: 'busy', message: 'ask later' })
    else send(reply)
  })
  await follows(one)
  isBusy = true
  await says(one, /ask later/)
  t.ok(Number(one.proxy.report().following?.masters[0]?.proof) >= 60)
})

t.test(
  'a proof of life is asked for again and again while nothing happens, each with a nonce of its own',
  async (t) => {
    const nonces = new Set<string>()
    const { one } = await behind(t, ({ op, request, reply, send }) => {
      if (op === 'ALIVE') nonces.add(Buffer.from(request.nonce as Uint8Array).toString('hex'))
      send(reply)
    })
    await follows(one)
    await until(() => nonces.size >= 5)
    t.ok([...nonces].every((nonce) => nonce.length === 64))
  },
)

t.test('a master in conflict with another one is not followed, and the node says why', async (t) => {
  const { place } = await master(t, signed(7, 5), { conflict: () => true })
  const one = await node(t, [place])
  await says(one, /it is in conflict with another master/)
  t.equal(one.proxy.current, undefined)
})

/** A whole and well-made snapshot whose last section claims to be of this size; all but that section is there. */
function claiming(size: number): Buffer {
  const bytes = Buffer.from(signed(7, 5).bytes)
  const view = headerOf(bytes)
  const entry = view.tableEnd - layout.SECTION.size
  const offset = bytes.readBigUInt64LE(entry + layout.SECTION.at.offset)
  bytes.writeBigUInt64LE(BigInt(size), entry + layout.SECTION.at.size)
  bytes.writeBigUInt64LE(offset + BigInt(size), layout.HEADER.at.size)
  bytes.set(rootDigest(bytes), layout.HEADER.at.digest)
  return bytes
}

t.test('a claim of a large snapshot takes no memory, whoever is believed', async (t) => {
  const claim =
    (bytes: Buffer): Tamper =>
    ({ op, request, reply, send }) => {
      const offset = Number(request.offset ?? 0)
      const isFirst = op === 'SNAPSHOT' && offset < bytes.length
      const data = Buffer.alloc(Number(request.length ?? 0))
      if (offset < bytes.length) bytes.copy(data, 0, offset)
      if (op === 'ALIVE') send({ ...reply, header: bytes.subarray(0, layout.HEADER.size) })
      else if (op !== 'SNAPSHOT' || isFirst) send(isFirst ? { ...reply, data } : reply)
    }
  const trust = new Trust({ key: undefined })
  const { place } = await master(t, signed(7, 5))
  const huge = await middle(t, place, claim(claiming(2 ** 40)))
  await says(await node(t, [huge.place], { trust }), /a snapshot of 10995116\d+ bytes/)
  const before = process.memoryUsage().arrayBuffers
  const large = await middle(t, place, claim(claiming(2 ** 29)))
  await node(t, [large.place], { trust })
  // The table, the first chunk, and the three after it, which do not come.
  await until(() => large.asked.filter((op) => op === 'SNAPSHOT').length >= 5)
  t.ok(process.memoryUsage().arrayBuffers - before < 32 * 1024 * 1024, 'a chunk has come, and no more is kept')
})
