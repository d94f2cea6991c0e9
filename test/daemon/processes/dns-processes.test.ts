// Several processes of DNS at one address: what becomes of the answers when one of them is killed or stopped.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DnsProcesses } from '../../../src/daemon/processes/dns-processes.ts'
import { filesIn } from '../../../src/kickback/index.ts'
import { type Running, Scratch } from '../../cli/scratch.ts'
import { HandClock } from '../../clocks.ts'
import { askUdp, query, rcodeOf } from '../../dns/client.ts'
import { settingsOf } from '../../dns/cluster.ts'
import { folder } from '../../folder.ts'
import { freePort } from '../../free-port.ts'
import { lives } from '../../hostile/vitals.ts'
import { logOf, publicSnapshot } from '../../kickback/cluster.ts'
import { until } from '../../patience.ts'
import { portOf } from './telling-process.ts'

/** What status tells of the processes. */
interface Told {
  readonly generation: number
  readonly dns_process: {
    readonly pid: number
    readonly generation: number
    readonly restarts: number
    readonly others: readonly { readonly pid: number; readonly generation: number }[]
  }
}

async function told(scratch: Scratch): Promise<Told> {
  return JSON.parse((await scratch.ask('status', '--json')).stdout)
}

async function pidsOf(scratch: Scratch): Promise<readonly number[]> {
  const { pid, others } = (await told(scratch)).dns_process
  return [pid, ...others.map((other) => other.pid)]
}

/** A master whose DNS is three processes. */
async function serving(t: Test, ...more: readonly string[]) {
  const scratch = new Scratch(t)
  const port = await freePort()
  const daemon = await scratch.serve('--dns', `127.0.0.1:${port}`, '--dns-processes', '3', ...more)
  await until(async () => (await pidsOf(scratch)).every((pid) => pid > 0), 'all processes are there')
  await daemon.logged('answering DNS', 3)
  return { scratch, daemon, port, pids: await pidsOf(scratch) }
}

/** How many of so many questions, each from another port, have no answer. */
async function lost(port: number, name: string, count = 40): Promise<number> {
  const replies = await Promise.all(Array.from({ length: count }, () => askUdp(port, query(name, 'A'), 1500)))
  return replies.filter((reply) => reply === undefined || rcodeOf(reply) !== 0).length
}

async function metrics(daemon: Running): Promise<number> {
  const place = /answering HTTP place=(\S+)/.exec(daemon.stderr)?.[1]
  const text = await (await fetch(`http://${place}/metrics`)).text()
  return Number(/^kickback_dns_requests_total\{transport="udp"\} (\d+)$/m.exec(text)?.[1])
}

t.test('all of them answer, follow each generation, and are told of', async (t) => {
  const { scratch, port, pids, daemon } = await serving(t)
  t.equal(new Set([...pids, daemon.process.pid]).size, 4)
  t.equal(await lost(port, 'n15.cluster.internal'), 0)
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  t.match(await scratch.ask('reload'), { code: 0 })
  t.equal(await lost(port, 'printer.cluster.internal'), 0, 'a reload ends once each of them has the generation')
  const { generation, dns_process: all } = await told(scratch)
  t.strictSame([all.generation, ...all.others.map((other) => other.generation)], [generation, generation, generation])
  const { stdout } = await scratch.ask('status')
  t.match(stdout, new RegExp(`processes ${pids.join(', ')}, generation ${generation}`))
  t.match(await daemon.end(), { code: 0 })
  for (const pid of pids) t.notOk(lives(pid))
})

t.test('one that is killed is started again alone, and no count goes back', async (t) => {
  const { scratch, daemon, port } = await serving(t, '--http', '127.0.0.1:0')
  for (const index of [1, 0]) {
    t.equal(await lost(port, 'n15.cluster.internal'), 0)
    const before = await metrics(daemon)
    const pids = await pidsOf(scratch)
    process.kill(pids[index] ?? 0, 'SIGKILL')
    await daemon.logged(`the DNS ${index + 1} process answers again`)
    t.equal(await lost(port, 'n15.cluster.internal'), 0)
    const now = await pidsOf(scratch)
    t.not(now[index], pids[index])
    t.strictSame(
      now.filter((_, i) => i !== index),
      pids.filter((_, i) => i !== index),
      'the others stay',
    )
    t.ok((await metrics(daemon)) >= before + 40, 'what the gone one counted counts on')
  }
  t.match(await told(scratch), { dns_process: { restarts: 2 } })
})

t.test(
  'one that is stopped does not keep its share of the requests: it is killed, and another one has it',
  async (t) => {
    const { daemon, port, pids } = await serving(t)
    process.kill(pids[2] ?? 0, 'SIGSTOP')
    await daemon.logged('the DNS 3 process does not answer its daemon, and is killed')
    await daemon.logged('the DNS 3 process answers again')
    t.notOk(lives(pids[2] ?? 0))
    t.equal(await lost(port, 'n15.cluster.internal'), 0)
  },
)

t.test('without a port that is named there is one process, and the log says why', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve('--dns', '127.0.0.1:0', '--dns-processes', '2')
  t.match(daemon.stderr, /DNS is one process: several want the native part, and a port that is named/)
  t.match(await told(scratch), { dns_process: { restarts: 0, others: undefined } })
})

t.test(
  'whatever becomes of the snapshot file, all go on with what they have read, and take the next whole one',
  async (t) => {
    const { scratch, daemon, port, pids } = await serving(t)
    const { snapshot } = filesIn(scratch.path('run'))
    const whole = readFileSync(snapshot)
    const replaced = (bytes: Uint8Array): void => {
      writeFileSync(`${snapshot}.other`, bytes)
      renameSync(`${snapshot}.other`, snapshot)
    }
    const accidents: { readonly [what: string]: () => void } = {
      'cut to nothing where it lies': () => truncateSync(snapshot, 0),
      'half a file in its place': () => replaced(whole.subarray(0, whole.length >> 1)),
      'one bit of its table turned': () => replaced(whole.map((byte, i) => (i === 250 ? byte ^ 1 : byte))),
      'zeros where it lies': () => writeFileSync(snapshot, Buffer.alloc(whole.length)),
      'a pipe that nobody writes to': () => {
        rmSync(snapshot)
        execFileSync('mkfifo', ['-m', '644', snapshot])
      },
    }
    let told = 0
    for (const [what, happens] of Object.entries(accidents)) {
      happens()
      told += pids.length
      await daemon.logged('a snapshot cannot be used', told)
      t.equal(await lost(port, 'n15.cluster.internal'), 0, what)
    }
    scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
    t.match(await scratch.ask('reload'), { code: 0 })
    t.equal(await lost(port, 'printer.cluster.internal'), 0)
    t.strictSame(await pidsOf(scratch), pids, 'none of them ended')
  },
)

t.test('a daemon that is killed with -9 takes all of them with it', async (t) => {
  const { daemon, pids } = await serving(t)
  await daemon.end('SIGKILL')
  await until(async () => pids.every((pid) => !lives(pid)), 'they have ended')
})

t.test('while the first one is gone, the others hand over to nobody, since anybody may have its port', async (t) => {
  const [dir, clock] = [folder(t), new HandClock()]
  const words = [process.execPath, '--no-warnings', join(import.meta.dirname, 'telling-process.ts'), dir]
  const dns = new DnsProcesses({
    ...{ count: 2, settings: settingsOf(), user: 'nobody', uid: 1, runDir: dir, log: logOf() },
    ...{ program: { words, environment: {} }, clock, random: () => 0 },
  })
  t.teardown(() => dns.close())
  const toldTo = (who: string) => {
    const file = join(dir, who)
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []
  }
  await dns.open({ public: publicSnapshot(1), shadow: undefined })
  await until(() => toldTo('other').length === 1, 'the other one is told where the first takes requests')
  const pid = dns.report?.pid ?? 0
  process.kill(pid, 'SIGKILL')
  await until(() => toldTo('other').length === 2, 'the other one is told that it does no more')
  clock.turn(500)
  await until(() => toldTo('other').length === 3, 'the other one is told where the new one does')
  t.strictSame(toldTo('other'), [portOf(pid), 0, portOf(dns.report?.pid ?? 0)])
  t.strictSame(toldTo('first'), [0, 0], 'a first one is told at its start alone')
})
