// DNS as a process of its own: what becomes of it and of its daemon when one of the two is killed, stopped or mistaken.
import { createSocket, type Socket } from 'node:dgram'
import { chmodSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { DnsProcess } from '../../../src/daemon/processes/dns-process.ts'
import { signRequest } from '../../../src/dns/wire/tsig.ts'
import { byteString } from '../../../src/resolver/index.ts'
import { wallClock } from '../../../src/values/index.ts'
import { type Running, Scratch } from '../../cli/scratch.ts'
import { HandClock } from '../../clocks.ts'
import { askUdp, query, rcodeOf } from '../../dns/client.ts'
import { settingsOf } from '../../dns/cluster.ts'
import { folder } from '../../folder.ts'
import { freePort } from '../../free-port.ts'
import { lives } from '../../hostile/vitals.ts'
import { logOf, publicSnapshot } from '../../kickback/cluster.ts'
import { until } from '../../patience.ts'

/** What status tells of the process. */
interface DnsStatus {
  readonly generation: number
  readonly dns: readonly string[]
  readonly dns_process: { readonly pid: number; readonly generation: number; readonly restarts: number }
}

async function statusOf(scratch: Scratch): Promise<DnsStatus> {
  return JSON.parse((await scratch.ask('status', '--json')).stdout)
}

/** A master that answers DNS, and its DNS process. */
async function serving(t: Test): Promise<{ scratch: Scratch; daemon: Running; port: number; pid: number }> {
  const scratch = new Scratch(t)
  const port = await freePort()
  const daemon = await scratch.serve('--dns', `127.0.0.1:${port}`, '--dns-processes', '1')
  const { dns_process: process } = await statusOf(scratch)
  return { scratch, daemon, port, pid: process.pid }
}

/** Whether DNS says that the name exists; without an answer within `patience` milliseconds it does not. */
async function answers(port: number, name = 'n15.cluster.internal', patience = 10_000): Promise<boolean> {
  const reply = await askUdp(port, query(name, 'A'), patience)
  return reply !== undefined && rcodeOf(reply) === 0
}

/** A socket at a port of 127.0.0.1; undefined where another one has it. */
function bound(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.once('error', () => resolve(undefined))
    socket.bind(port, '127.0.0.1', () => resolve(socket))
  })
}

t.test('a DNS process that is killed is started again, and the sockets answer meanwhile', async (t) => {
  const { scratch, daemon, port, pid } = await serving(t)
  t.not(pid, daemon.process.pid)
  process.kill(pid, 'SIGKILL')
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
  await daemon.logged('the DNS process answers again')
  t.ok(await answers(port))
  t.match(await statusOf(scratch), { dns: [`127.0.0.1:${port}`], dns_process: { restarts: 1 } })
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  t.match(await scratch.ask('reload'), { code: 0 })
  t.ok(await answers(port, 'printer.cluster.internal'), 'and follows')
})

t.test('a reload ends once DNS answers from the new generation', async (t) => {
  const { scratch, port } = await serving(t)
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  t.match(await scratch.ask('reload'), { code: 0 })
  t.ok(await answers(port, 'printer.cluster.internal'))
  const status = await statusOf(scratch)
  t.equal(status.dns_process.generation, status.generation)
})

t.test('a DNS process that is stopped holds up no reload and no other answer', async (t) => {
  const { scratch, daemon, port, pid } = await serving(t)
  process.kill(pid, 'SIGSTOP')
  for (const name of ['printer', 'ups']) {
    scratch.append('config', `host 00:A0:D1:00:00:0${name.length} 10.20.30.${90 + name.length} ${name}\n`)
    t.match(await scratch.ask('reload'), { code: 0 })
    t.match(await scratch.ask('query', 'hosts', name), { code: 0 })
  }
  t.match(await scratch.ask('status'), { code: 0 })
  process.kill(pid, 'SIGCONT')
  await until(() => answers(port, 'ups.cluster.internal', 300), 'DNS has caught up')
  process.kill(pid, 'SIGSTOP')
  t.match(await daemon.end(), { code: 0 }, 'nor the end')
  t.notOk(lives(pid), 'which it does not outlive')
})

t.test('a daemon that is killed with -9 takes its DNS process with it', async (t) => {
  const { daemon, port, pid } = await serving(t)
  await daemon.end('SIGKILL')
  await until(async () => !lives(pid), 'the process has ended')
  const socket = await bound(port)
  t.ok(socket, 'nobody has its address any more')
  socket?.close()
})

t.test('signals that all of a terminal or a unit get end the daemon alone, which ends its DNS', async (t) => {
  const { daemon, port, pid } = await serving(t)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal)
  t.ok(await answers(port))
  t.match(await daemon.end(), { code: 0 })
  t.notMatch(daemon.stderr, /the DNS process ended/)
  t.notOk(lives(pid))
})

t.test('an address that another program has ends the start, with its name and code 1', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const scratch = new Scratch(t)
  const { code, stderr } = await scratch.run('serve', ...scratch.flags, '--dns', `127.0.0.1:${port}`)
  t.equal(code, 1)
  t.match(stderr, new RegExp(`can't listen on 127\\.0\\.0\\.1:${port}: address already in use; another program`))
})

t.test('a restart that finds the address taken is tried until it is free', async (t) => {
  const { daemon, port, pid } = await serving(t)
  process.kill(pid, 'SIGSTOP')
  process.kill(pid, 'SIGKILL')
  await daemon.logged('the DNS process ended')
  const thief = await bound(port)
  if (thief === undefined) return t.comment('the process was back before')
  await daemon.logged('the DNS process ended', 2)
  await new Promise<void>((resolve) => thief.close(() => resolve()))
  await daemon.logged('the DNS process answers again')
  t.ok(await answers(port))
})

t.test('a node whose DNS cannot have its address says so by exit 3, and has it as soon as it is free', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  const thief = createServer()
  await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve))
  t.teardown(() => thief.close())
  const { port } = thief.address() as { port: number }
  const folders = ['--run-dir', scratch.path('node'), '--state-dir', scratch.path('held')]
  const dns = ['--dns', `127.0.0.1:${port}`]
  const node = scratch.start(['proxy', '--master', daemon.place, '--insecure', ...folders, ...dns])
  await node.logged('following')
  await node.logged('a front cannot be had')
  const status = () => scratch.run('status', '--run-dir', scratch.path('node'))
  t.match(await status(), { code: 3, stdout: /NO ANSWERS {3}DNS is not answered/ })
  await new Promise<void>((resolve) => thief.close(() => resolve()))
  await node.logged('answering DNS')
  t.ok(await answers(port))
  await until(async () => (await status()).code === 0)
})

t.test('its figures reach the metrics of the daemon', async (t) => {
  const scratch = new Scratch(t)
  const port = await freePort()
  const daemon = await scratch.serve('--dns', `127.0.0.1:${port}`, '--http', '127.0.0.1:0')
  const place = /answering HTTP place=(\S+)/.exec(daemon.stderr)?.[1]
  for (let i = 0; i < 3; i++) t.ok(await answers(port))
  const text = await (await fetch(`http://${place}/metrics`)).text()
  t.match(text, /^kickback_dns_requests_total\{transport="udp"\} 3$/m)
  t.match(text, /^kickback_dns_replies_total\{rcode="0"\} 3$/m)
  t.match(text, /^kickback_dns_restarts_total 0$/m)
  const { generation } = await statusOf(scratch)
  t.match(text, new RegExp(`^kickback_dns_generation ${generation}$`, 'm'))
})

t.test('scrapes without end are no reason to take the DNS process for one that floods its daemon', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve('--dns', `127.0.0.1:${await freePort()}`, '--http', '127.0.0.1:0')
  const [, port = ''] = /answering HTTP place=\S+:(\d+)/.exec(daemon.stderr) ?? []
  const { pid } = (await statusOf(scratch)).dns_process
  const scrapers = Array.from({ length: 10 }, () => connect(Number(port), '127.0.0.1'))
  let replies = 0
  for (const scraper of scrapers) {
    t.teardown(() => scraper.destroy())
    scraper.on('data', (bytes) => (replies += bytes.toString().split('HTTP/1.1 200').length - 1))
    scraper.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100))
  }
  await until(() => replies === 1000)
  t.match((await statusOf(scratch)).dns_process, { pid, restarts: 0 })
})

t.test('a DNS process proves and signs with the keys of transfers that its daemon read', async (t) => {
  const scratch = new Scratch(t)
  const [port, secondary] = [await freePort(), await freePort()]
  const secret = Buffer.from('a secret that nobody knows')
  scratch.write('keys', `transfer.key:${secret.toString('base64')}\n`)
  chmodSync(scratch.path('keys'), 0o600)
  const names = ['--dns-tsig', scratch.path('keys'), '--dns-secondaries', `127.0.0.1:${secondary} transfer.key`]
  const daemon = await scratch.serve('--dns', `127.0.0.1:${port}`, ...names)
  const signed = async (key: Buffer) => {
    const question = query('cluster.internal', 'SOA')
    return askUdp(port, signRequest(question, { name: byteString('transfer.key'), secret: key }, wallClock() / 1000))
  }
  const reply = await signed(secret)
  t.equal(reply && rcodeOf(reply), 0)
  t.equal(reply?.readUInt16BE(10), 1, 'the answer is signed')
  const other = await signed(Buffer.from('another secret'))
  t.equal(other && rcodeOf(other), 9, 'another secret is refused')
  t.equal(daemon.process.exitCode, null)
})

t.test(
  'a DNS process that starts slowly holds up its daemon for a while, and is started again only if it hangs',
  async (t) => {
    const clock = new HandClock()
    const log = logOf()
    const program = { words: ['sh', '-c', 'exec sleep 1000'], environment: {} }
    const parts = {
      settings: settingsOf(),
      user: 'nobody',
      uid: 1,
      runDir: folder(t),
      program,
      log,
      clock,
      random: () => 0,
    }
    const dns = new DnsProcess(parts)
    t.teardown(() => dns.close())
    const opened = dns.open({ public: publicSnapshot(1), shadow: undefined })
    const { pid = 0 } = dns.report ?? {}
    t.ok(lives(pid))
    clock.turn(30_000)
    await opened
    t.equal(dns.report?.pid, pid, 'the daemon goes on, and the process starts')
    clock.turn(90_000)
    await until(() => dns.report?.restarts === 1 && !lives(pid))
    clock.turn(30_000)
    await until(() => (dns.report?.pid ?? 0) > 0 && dns.report?.pid !== pid)
    const closed = dns.close()
    await until(() => {
      clock.turn(2000)
      return dns.report?.pid === 0
    })
    await closed
  },
)
