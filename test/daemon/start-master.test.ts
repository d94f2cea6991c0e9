// DNS of a master that starts: it answers from the last generation while the next one is built, and is the same process as after it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { DnsProcess } from '../../src/daemon/processes/dns-process.ts'
import { filesIn } from '../../src/kickback/index.ts'
import { builtMain } from '../built.ts'
import { Scratch } from '../cli/scratch.ts'
import { HandClock } from '../clocks.ts'
import { askUdp, query, rcodeOf } from '../dns/client.ts'
import { endpoint, settingsOf } from '../dns/cluster.ts'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { lives } from '../hostile/vitals.ts'
import { logOf, publicSnapshot } from '../kickback/cluster.ts'
import { until } from '../patience.ts'

/** Whether DNS has an answer for n1 soon. */
async function answers(port: number): Promise<boolean> {
  const reply = await askUdp(port, query('n1.cluster.internal', 'A'), 300)
  return reply !== undefined && rcodeOf(reply) === 0
}

/** The process of a title among the children of another. */
function childOf(parent: number, title: string): number | undefined {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .find((pid) => {
      try {
        const isChild = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[1] === String(parent)
        return isChild && readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(title)
      } catch {
        return false
      }
    })
}

t.test(
  'a master that starts again answers DNS from its last generation before it has built the next one',
  async (t) => {
    const scratch = new Scratch(t)
    // Large enough that to build it takes longer than to see the process.
    scratch.write('config', 'nodes 40000\niprange 10.1.0.0 10.1.255.255\n')
    const port = await freePort()
    const flags = ['--dns', `127.0.0.1:${port}`, '--dns-processes', '1']
    t.match(await (await scratch.serve(...flags)).end(), { code: 0 })
    const daemon = scratch.start(['serve', ...scratch.flags, ...flags])
    const master = daemon.process.pid ?? 0
    let pid: number | undefined
    await until(() => {
      pid = childOf(master, 'kickback dns')
      return pid !== undefined
    }, 'the process has its orders')
    process.kill(master, 'SIGSTOP')
    await until(() => answers(port), 'DNS answers')
    t.notMatch(daemon.stderr, /reload/, 'and the daemon has read nothing')
    process.kill(master, 'SIGCONT')
    await daemon.logged('ready')
    const { generation, dns_process: now } = JSON.parse((await scratch.ask('status', '--json')).stdout)
    t.match(now, { pid, generation, restarts: 0 }, 'it goes on with what the daemon has then')
    scratch.append('config', 'hostrange 10.2.0.1 10.2.0.9\nhost 00:A0:D1:00:00:01 10.2.0.6 printer\n')
    t.match(await scratch.ask('reload'), { code: 0 })
    const reply = await askUdp(port, query('printer.cluster.internal', 'A'))
    t.equal(reply && rcodeOf(reply), 0)
  },
)

/** The process of DNS that has begun, and nothing else of a daemon. */
function begun(t: Test, port: number) {
  const [runDir, keptDir] = [folder(t), folder(t)]
  const clock = new HandClock()
  const log = logOf()
  const program = {
    words: [process.execPath, join(dirname(builtMain()), 'front.js'), 'info', 'plain'],
    environment: {},
  }
  const settings = settingsOf({ listen: [endpoint('127.0.0.1', port)] })
  const dns = new DnsProcess({ settings, user: 'nobody', uid: 1, runDir, program, log, clock, random: () => 0 })
  t.teardown(() => dns.close())
  const publish = (dir: string, generation: number): void =>
    writeFileSync(filesIn(dir).snapshot, publicSnapshot(generation).bytes, { mode: 0o644 })
  const open = (generation: number): Promise<void> =>
    dns.open({ public: publicSnapshot(generation), shadow: undefined })
  return { dns, runDir, keptDir, clock, publish, open, begin: () => dns.begin(keptDir) }
}

t.test('DNS that begins answers from what is kept, without any generation of its daemon', async (t) => {
  const port = await freePort()
  const { keptDir, runDir, publish, begin, open, dns } = begun(t, port)
  publish(keptDir, 6)
  begin()
  await until(() => answers(port))
  const pid = dns.report?.pid ?? 0
  publish(runDir, 7)
  await open(7)
  t.match(dns.report, { pid, generation: 7, restarts: 0 })
})

t.test(
  'DNS that begins where nothing is kept waits as long as the first generation takes, and answers from it',
  async (t) => {
    const port = await freePort()
    const { runDir, publish, begin, open, clock, dns } = begun(t, port)
    begin()
    const pid = dns.report?.pid ?? 0
    clock.turn(1_000_000)
    publish(runDir, 7)
    await open(7)
    t.match(dns.report, { pid, generation: 7, restarts: 0 })
    t.ok(await answers(port))
  },
)

t.test('DNS that begins and cannot have its address says so when it is opened', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const { keptDir, publish, begin, open } = begun(t, port)
  publish(keptDir, 6)
  begin()
  await t.rejects(open(7), /can't listen on .*: address already in use/)
})

t.test('DNS that begins and is killed before it is opened is started again once, and by nobody else', async (t) => {
  const port = await freePort()
  const { keptDir, runDir, publish, begin, open, clock, dns } = begun(t, port)
  publish(keptDir, 6)
  begin()
  await until(() => dns.report?.generation === 6)
  const pid = dns.report?.pid ?? 0
  process.kill(pid, 'SIGKILL')
  await until(() => dns.report?.restarts === 1 && !lives(pid))
  publish(runDir, 7)
  await open(7)
  t.match(dns.report, { pid: 0 }, 'nobody waits for it')
  clock.turn(30_000)
  await until(() => dns.report?.generation === 7)
  t.match(dns.report, { restarts: 1 })
  t.ok(await answers(port))
})
