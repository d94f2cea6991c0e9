import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { MasterPeers, type PeersOptions } from '../../../src/kickback/node/peers.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import type { Place } from '../../../src/kickback/transport/link.ts'
import { type Header, parseTrustList } from '../../../src/resolver/index.ts'
import { type Clock, monotonic } from '../../../src/values/index.ts'
import { counted } from '../../clocks.ts'
import { folder } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { until } from '../../patience.ts'
import { silent } from '../../sockets.ts'
import { trustList } from '../../trust-lists.ts'
import { logOf, publicSnapshot, server } from '../cluster.ts'

const { key, sign } = clusterKey()

/** A master that signs with this key, and what it heard that others hold. */
async function master(t: Test, generation: number, signer = sign) {
  const heard: Uint8Array[] = []
  const options = { sign: signer, met: (header: Uint8Array) => void heard.push(header) }
  const made = server(t, options, publicSnapshot(generation, 1, signer))
  return { heard, place: await made.listen('local', { path: join(folder(t), 'socket') }) }
}

/** Peers of a master that serves `held`; `met` gives what they meet next. */
function peers(t: Test, held: Uint8Array | undefined, clock: Clock = monotonic, bridged?: PeersOptions['bridged']) {
  const meetings: { header: Header; place: Place }[] = []
  let waiting = (): void => {}
  const logged: string[] = []
  const log = {
    ...logOf(),
    info: (fields: object, text: string) => void logged.push(`${text} ${JSON.stringify(fields)}`),
    warn: (fields: object, text: string) => void logged.push(`WARNING ${text} ${JSON.stringify(fields)}`),
  }
  const made = new MasterPeers({
    ...{ trust: new Trust({ key }), software: 'test', clock, log, random: () => 0 },
    held: () => held,
    ...(bridged !== undefined && { bridged }),
    met: (header, place) => {
      meetings.push({ header, place })
      waiting()
    },
  })
  t.teardown(() => made.close())
  const met = async () => {
    while (meetings.length === 0) {
      await new Promise<void>((resolve) => {
        waiting = resolve
      })
    }
    return meetings.shift()
  }
  return { made, met, meetings, logged }
}

t.test('each of the other masters is asked at once, and told what we serve', async (t) => {
  const [one, other] = [await master(t, 7), await master(t, 8)]
  const held = publicSnapshot(5, 1, sign).header.bytes
  const { made, met } = peers(t, held)
  made.follow([one.place, other.place])
  const generations = [(await met())?.header.generation, (await met())?.header.generation]
  t.same(generations.sort(), [7, 8])
  t.same(
    one.heard.map((header) => Buffer.from(header)),
    [Buffer.from(held)],
  )
})

t.test('it is asked again when we serve another generation', async (t) => {
  const { place } = await master(t, 7)
  const { made, met } = peers(t, undefined)
  made.follow([place])
  await met()
  made.follow([place])
  t.match(await met(), { header: { generation: 7 }, place })
})

t.test('who does not prove to hold the key is no master of ours', async (t) => {
  const [rogue, honest] = [await master(t, 9, clusterKey().sign), await master(t, 7)]
  const { made, met, meetings, logged } = peers(t, undefined)
  made.follow([rogue.place])
  await until(() => logged.length > 0)
  t.match(logged, [/^WARNING another master has another key: run kickback keys request .*did not prove/])
  t.match(made.report(), [{ state: 'other-key', reason: /did not prove that it has the cluster's key/ }])
  made.follow([honest.place])
  t.match(await met(), { header: { generation: 7 } })
  t.same(meetings, [])
  t.match(made.report(), [{ state: 'answers', reason: undefined }], 'who is no longer asked is not told of')
})

t.test('a master with other content is told of once, by digest, and once when it has the same again', async (t) => {
  const content = { users: 1 }
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const one = server(t, { sign, conflict: () => content.users === 2 }, publicSnapshot(7, 2, sign))
  const place = await one.listen('local', { path: join(folder(t), 'socket') })
  const own = publicSnapshot(5, 1, sign)
  const { made, met, logged } = peers(t, own.header.bytes)
  content.users = 2
  made.follow([place])
  await met()
  const theirs = publicSnapshot(7, 2, sign)
  await until(() => logged.length > 0)
  t.match(logged[0], /^WARNING another master has other content: copy the files of the master that is right/)
  for (const digest of [own.digest, theirs.digest]) t.match(logged[0], hex(digest))
  t.match(made.report(), [
    { state: 'answers', generation: 7, digest: hex(theirs.digest), time: theirs.header.contentTime, conflict: true },
  ])
  made.told(place, theirs.digest)
  made.follow([place])
  await met()
  t.equal(logged.length, 1, 'it is no news then')
  content.users = 1
  one.serve(publicSnapshot(9, 1, sign))
  made.told(place, own.digest)
  await met()
  await until(() => logged.length > 1)
  t.match(logged[1], /^another master has the same content again/)
  t.match(made.report(), [{ state: 'answers', generation: 9, digest: hex(own.digest), conflict: false }])
})

t.test('a master that tells what it had when it was asked is not asked again for it', async (t) => {
  const { place, heard } = await master(t, 7)
  const held = publicSnapshot(5, 1, sign)
  const { made, met } = peers(t, held.header.bytes)
  made.follow([place])
  await met()
  made.told(place, publicSnapshot(7, 1, sign).digest)
  made.told({ path: '/nobody' }, held.digest)
  await new Promise(setImmediate)
  t.equal(heard.length, 1)
})

t.test('a master that does not answer is silent, and it is no warning', async (t) => {
  const { made, logged } = peers(t, undefined)
  made.follow([{ path: join(folder(t), 'nobody') }])
  t.match(made.report(), [{ state: 'asked' }])
  await until(() => logged.length > 0)
  t.match(logged, [/^another master does not answer/])
  t.match(made.report(), [{ state: 'silent', reason: /no such file/ }])
})

t.test('after the end nobody is asked, by a reload that is late either', async (t) => {
  const { place, heard } = await master(t, 7)
  const ended = peers(t, publicSnapshot(5, 1, sign).header.bytes)
  ended.made.close()
  ended.made.follow([place])
  const held = publicSnapshot(6, 1, sign).header.bytes
  const other = peers(t, held)
  other.made.follow([place])
  await other.met()
  t.same(
    heard.map((header) => Buffer.from(header)),
    [Buffer.from(held)],
  )
})

t.test('at the end nothing is waited for, neither a connection that comes about nor an answer', async (t) => {
  const { clock, waiting } = counted()
  const { listening, place } = await silent(t)
  const dialling = peers(t, undefined, clock)
  dialling.made.follow([place])
  dialling.made.close()
  await new Promise(setImmediate)
  t.equal(waiting.size, 0)

  const asked = new Promise<Socket>((resolve) => {
    listening.on('connection', (socket) => socket.once('data', () => resolve(socket)))
  })
  const asking = peers(t, undefined, clock)
  asking.made.follow([place])
  const socket = await asked
  asking.made.close()
  await once(socket.resume(), 'close')
  t.equal(waiting.size, 0)
  t.same([...dialling.logged, ...asking.logged], [])
})

t.test('a master that proved itself is asked once for the lists that lead from earlier roots', async (t) => {
  const lists = trustList({ number: 1, roots: [clusterKey()] })
  const keys = { signing: key, list: parseTrustList(lists), bridge: [parseTrustList(lists)] }
  const made = server(t, { sign, keys }, publicSnapshot(7, 1, sign))
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  const told: (readonly Uint8Array[])[] = []
  const one = peers(t, undefined, monotonic, (bridge) => void told.push(bridge))
  one.made.follow([place])
  await until(() => told.length === 1)
  one.made.follow([place])
  await until(() => one.meetings.length > 1)
  t.same(told, [[lists]])
  const rogue = peers(t, undefined, monotonic, () => t.fail('of who proves nothing nothing is asked'))
  rogue.made.follow([(await master(t, 7, clusterKey().sign)).place])
  await until(() => rogue.made.report()[0]?.state === 'other-key')
})

t.test('a master that could not tell its lists of earlier roots is asked again', async (t) => {
  const list = parseTrustList(trustList({ number: 1, roots: [clusterKey()] }))
  let isAble = false
  const keys = {
    ...{ signing: key, list },
    get bridge() {
      if (!isAble) throw new Error('thrown by a test')
      return [list]
    },
  }
  const made = server(t, { sign, keys }, publicSnapshot(7, 1, sign))
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  const told: number[] = []
  const one = peers(t, undefined, monotonic, (bridge) => void told.push(bridge.length))
  one.made.follow([place])
  await until(() => told.length === 1)
  isAble = true
  one.made.follow([place])
  await until(() => told.length === 2)
  t.same(told, [0, 1])
})
