/** Scenarios of DNS as a process of its own: of the daemon that starts it, and of the process, which runs in this one here. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import { Channel } from '../../../src/daemon/processes/channel/channel.ts'
import { DnsProcess } from '../../../src/daemon/processes/dns-process.ts'
import { runFrontWorker } from '../../../src/daemon/processes/front-worker.ts'
import { SnapshotWatch } from '../../../src/daemon/sources/snapshot-watch.ts'
import { encodeFrame, filesIn } from '../../../src/kickback/index.ts'
import { Snapshot } from '../../../src/resolver/index.ts'
import { type Clock, monotonic } from '../../../src/values/index.ts'
import { Scratch } from '../../cli/scratch.ts'
import { hurried } from '../../clocks.ts'
import { settingsOf } from '../../dns/cluster.ts'
import { folder, type Tap } from '../../folder.ts'
import { freePort } from '../../free-port.ts'
import { client, logOf, publicSnapshot } from '../../kickback/cluster.ts'
import { master, watchError } from './daemon.ts'
import type { Scenarios } from './scenario.ts'

const own = () => process.geteuid?.() ?? 0
const ends = { bytesMax: 1 << 20, valuesMax: 1 << 20, messagesMax: 1 << 20, clock: monotonic, heard() {}, closed() {} }

/** A channel; the other end of what it reads. */
function channel(): Duplex {
  const [near, far] = duplexPair()
  new Channel(near, ends)
  return far
}

/** DNS that is to start this program. */
function dnsOf(t: Tap, ...words: readonly string[]): Promise<void> {
  const program = { words, environment: {} }
  const parts = { settings: settingsOf(), user: 'nobody', uid: 1, runDir: folder(t), program, log: logOf() }
  const made = new DnsProcess(parts)
  t.teardown(() => made.close())
  return made.open({ public: publicSnapshot(1), shadow: undefined }).catch(() => {})
}

/** A worker over a snapshot, told to begin; the socket to it. */
async function worker(t: Tap, clock: Clock = monotonic): Promise<Duplex> {
  const dir = folder(t)
  writeFileSync(filesIn(dir).snapshot, publicSnapshot(1).bytes)
  const path = join(folder(t), 'pair')
  const listening = createServer().listen(path)
  t.teardown(() => listening.close())
  const far = connect(path)
  const [pair] = await once(listening, 'connection')
  const ended = runFrontWorker({
    pair,
    folder: dir,
    uid: own,
    become() {},
    named() {},
    logger: logOf(),
    clock,
  })
  t.teardown(async () => {
    far.destroy()
    await ended
  })
  new Channel(far, ends).send({ dns: settingsOf(), become: null, keptDir: null })
  return far
}

/** A watch over a folder. */
async function watched(t: Tap, clock: Clock = monotonic): Promise<string> {
  const dir = folder(t)
  const believed = async (file: FileHandle) => Snapshot.open(await file.readFile())
  const parts = { believed, uid: own, log: logOf(), clock, taken: async () => {} }
  const made = new SnapshotWatch({ folders: [dir], ...parts })
  t.teardown(() => made.close())
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  await made.start()
  return dir
}

/** The scenarios. */
export const DNS_PROCESS: Scenarios = {
  'channel data': () => channel().write(encodeFrame({})),
  'channel error': () => {
    const [near] = duplexPair()
    new Channel(near, ends)
    near.destroy(new Error('reset'))
  },
  'channel end': () => channel().end(),
  'front process error': (t) => dnsOf(t, '/nowhere/at/all'),
  'front process end': (t) => dnsOf(t, '/bin/true'),
  'front process restart': async (t) => {
    const scratch = new Scratch(t)
    await master(t, scratch, { dns: [`127.0.0.1:${await freePort()}`] })
    const asker = await client(t, { path: scratch.path('run/socket') })
    const { dns_process: started } = await asker.status()
    process.kill(started?.pid ?? 0, 'SIGKILL')
  },
  'front process question': async (t) => {
    const place = `127.0.0.1:${await freePort()}`
    await master(t, new Scratch(t), { http: [place] })
    await fetch(`http://${place}/metrics`).catch(() => {})
  },
  'front process order': async (t) => (await worker(t)).write(encodeFrame({ kind: 'look' })),
  'front process figures': (t) => worker(t, hurried),
  'snapshot watch event': async (t) => writeFileSync(filesIn(await watched(t)).snapshot, 'new'),
  'snapshot watch poll': (t) => watched(t, hurried),
  'snapshot watch error': (t) => watchError(() => watched(t)),
}
