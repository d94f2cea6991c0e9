/** Scenarios of the kickback protocol and of the writing of snapshots. */
import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { fileMapper } from '../../../src/daemon/memory/mapping.ts'
import { Confirmation } from '../../../src/kickback/files/confirmation.ts'
import { free } from '../../../src/kickback/files/emptying.ts'
import type { Mapper } from '../../../src/kickback/files/file-maps.ts'
import { SnapshotWriter } from '../../../src/kickback/files/snapshot-writer.ts'
import { KickbackClient } from '../../../src/kickback/node/client.ts'
import { Announcer } from '../../../src/kickback/service/announcer.ts'
import { Beats } from '../../../src/kickback/service/session/beats.ts'
import { LOCAL_LIMITS } from '../../../src/kickback/service/shares/limits.ts'
import { dial } from '../../../src/kickback/transport/dialler.ts'
import { listen } from '../../../src/kickback/transport/listener.ts'
import { encodeFrame } from '../../../src/kickback/wire/message.ts'
import { OPERATIONS } from '../../../src/kickback/wire/protocol.ts'
import { bootClock, type Clock, handlers, inBatches, monotonic, sleep } from '../../../src/values/index.ts'
import { HandClock, hurried } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { client, logOf, publicSnapshot, server } from '../../kickback/cluster.ts'
import { buffersUsed } from '../../memory.ts'
import { until } from '../../patience.ts'
import { connected, silent } from '../../sockets.ts'
import type { Scenarios } from './scenario.ts'

const HELLO = encodeFrame({ id: 1, op: OPERATIONS.HELLO, versions: [1], software: 'test' })
const LIST = encodeFrame({ id: 2, op: OPERATIONS.ENUMERATE, db: 'passwd' })

/** A server on a Unix socket, and a raw connection to it. */
async function reached(t: Tap, clock: Clock = monotonic): Promise<Socket> {
  const made = server(t, { clock }, publicSnapshot(1, 500))
  return connected(t, await made.listen('local', { path: join(folder(t), 'socket') }))
}

/** Asks for more than fits between the two, and reads nothing of it. */
async function unread(t: Tap, clock: Clock = monotonic): Promise<Socket> {
  const socket = await reached(t, clock)
  socket.pause()
  socket.write(Buffer.concat(Array.from({ length: 200 }, () => LIST)))
  return socket
}

/** Lets the time pass after which the server of this clock does something, once it waits for that. */
async function over(clock: HandClock, ms: number): Promise<void> {
  await until(() => clock.nextIn <= ms, `a timer of ${ms} ms at most`)
  clock.turn(ms)
}

const options = { clock: monotonic, maxConnections: 10, onLink: () => {}, onError: () => {} }
const asking = { clock: monotonic, software: 'test', timeout: 1000 }

function writer(t: Tap, path: string, clock: Clock, mapper?: Mapper): SnapshotWriter {
  const once = { mode: 0o644, group: undefined, stateFlags: 0, pid: process.pid }
  const made = new SnapshotWriter({ ...once, paths: [path], clock, log: logOf(), mapper })
  t.teardown(() => made.close())
  return made
}

/** A file that was superseded. */
async function superseded(t: Tap, path = join(folder(t), 'old')) {
  const file = await open(path, 'w+')
  if (path !== '/dev/null') await file.truncate(1 << 20)
  return { file, size: 1 << 20, inode: 0 }
}

/** The scenarios. */
export const KICKBACK: Scenarios = {
  'end of a wait': () => sleep(monotonic, 1),
  'listener error': async (t) => {
    const place = await server(t).listen('network', { host: '127.0.0.1', port: 0 })
    await listen(place, options).catch(() => {})
  },
  'listener start': (t) => listen({ path: join(folder(t), 'socket') }, options).catch(() => {}),
  'listener connection': (t) => reached(t),
  'listener data': async (t) => (await reached(t)).write(HELLO),
  'link error': async (t) => {
    const place = await server(t).listen('network', { host: '127.0.0.1', port: 0 })
    const socket = await connected(t, place)
    socket.write(HELLO, () => setImmediate(() => socket.resetAndDestroy()))
  },
  'link drain': async (t) => {
    const socket = await unread(t)
    // Each turn answers one question at least; what is not read by then is queued.
    for (let turn = 0; turn < 300; turn++) await new Promise((resolve) => setImmediate(resolve))
    socket.resume()
  },
  'link close': async (t) => (await reached(t)).end(),
  'link end': async (t) => (await reached(t)).end(HELLO),
  'turn of the loop': async (t) => (await reached(t)).write(Buffer.concat(Array.from({ length: 500 }, () => HELLO))),
  'connection turn': async (t) => (await reached(t)).write(Buffer.concat(Array.from({ length: 500 }, () => HELLO))),
  'session answer': async (t) => {
    const place = { path: join(folder(t), 'socket') }
    const report = { outcome: 'unchanged', generation: 1, databases: {}, diagnostics: [] } as const
    await server(t, { reload: async () => report }).listen('admin', place)
    const asker = await client(t, place, { timeout: 1000 })
    await asker.reload({ dry_run: true, force: false }, 1000).catch(() => {})
  },
  'session half-sent': async (t) => {
    const clock = new HandClock()
    const socket = await reached(t, clock)
    socket.write(HELLO.subarray(0, 6))
    await over(clock, LOCAL_LIMITS.halfSent)
  },
  'session stalled': async (t) => {
    const clock = new HandClock()
    await unread(t, clock)
    await over(clock, LOCAL_LIMITS.stalled)
  },
  announcement: (t) => {
    const announcer = new Announcer(monotonic)
    t.teardown(() => announcer.close())
    announcer.announce([{ held: undefined, announce: () => {} }])
  },
  'signs of life': (t) => {
    const beats = new Beats(hurried)
    const follower = { beat: () => {} }
    beats.sent(follower)
    t.teardown(() => beats.forget(follower))
  },
  'door sweep': async (t) => {
    const clock = new HandClock()
    await reached(t, clock)
    await over(clock, LOCAL_LIMITS.idle)
  },
  'door closing': async (t) => {
    const path = join(folder(t), 'socket')
    const made = server(t, {}, publicSnapshot(1, 500))
    await made.listen('local', { path })
    const socket = await connected(t, { path }, { allowHalfOpen: true })
    socket.pause()
    socket.write(Buffer.concat(Array.from({ length: 200 }, () => LIST)))
    await new Promise((resolve) => setImmediate(resolve))
    await made.close()
  },
  'next batch': () => inBatches([1, 2], 1, () => {}),

  'dial connection': async (t) =>
    dial((await silent(t)).place, { clock: monotonic, deadline: monotonic.now() + 1000 }).catch(() => {}),
  'dial data': async (t) => {
    const place = { path: join(folder(t), 'socket') }
    await server(t).listen('local', place)
    await (await client(t, place)).hello().catch(() => {})
  },
  'dial error': (t) => KickbackClient.connect({ path: join(folder(t), 'none') }, asking).catch(() => {}),
  'dial timeout': async (t) => {
    const clock: Clock = {
      now: () => 0,
      after(_, then) {
        queueMicrotask(then)
        return () => {}
      },
    }
    await dial((await silent(t)).place, { clock, deadline: 0 }).catch(() => {})
  },
  'question timeout': async (t) => {
    const asker = await client(t, (await silent(t)).place, { timeout: 20 })
    await asker.hello().catch(() => {})
  },

  confirmation: async (t) => {
    const file = join(folder(t), 'snapshot.1')
    writeFileSync(file, '')
    const record = join(dirname(file), 'in-step')
    new Confirmation({ file, record, bootClock, wallClock: Date.now }).confirm()
  },

  'write retry': (t) =>
    writer(t, '/nowhere/snapshot.1', hurried)
      .write(publicSnapshot(1))
      .catch(() => {}),
  'emptying grace': async (t) => {
    const made = writer(t, join(folder(t), 'snapshot.1'), hurried)
    for (const generation of [1, 2]) await made.write(publicSnapshot(generation))
  },
  'map freed': async (t) => {
    const made = writer(t, join(folder(t), 'snapshot.1'), hurried, fileMapper(logOf()))
    for (const generation of [1, 2]) await made.write(publicSnapshot(generation))
    await until(() => {
      buffersUsed()
      return (handlers.failures.get('map freed') ?? 0) > 0
    }, 'a map to be freed')
  },
  'generation before': async (t) => {
    const made = server(t, { clock: hurried, role: 'proxy' }, publicSnapshot(1))
    made.serve(publicSnapshot(2))
  },
  'fallocate output': async (t) => free(await superseded(t, '/dev/null')).catch(() => {}),
  'fallocate error': async (t) => {
    const { PATH = '' } = process.env
    process.env.PATH = '/nowhere'
    const ended = free(await superseded(t)).catch(() => {})
    await ended
    process.env.PATH = PATH
  },
  'fallocate end': async (t) => free(await superseded(t)).catch(() => {}),
}
