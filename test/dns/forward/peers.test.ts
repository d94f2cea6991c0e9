/** Other forwarders and resolvers in front of us, behind us, and in a circle with us. */
import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { DnsServer } from '../../../src/dns/index.ts'
import { folder } from '../../folder.ts'
import { freePort } from '../../free-port.ts'
import { until } from '../../patience.ts'
import { askUdp, query, rcodeOf } from '../client.ts'
import { endpoint, snapshotOf, startServer } from '../cluster.ts'
import { decode } from '../decode.ts'
import { answering, FakeServer } from '../fake-server.ts'
import { lacking, start, stop } from '../programs.ts'

const SNAPSHOT = snapshotOf('nodes 5\niprange 10.1.1.1 10.1.1.9\n')

/** dnsmasq at a port, which asks the other port everything. */
function dnsmasq(t: Test, port: number, upstream: number, ...more: readonly string[]): void {
  const server = `--server=127.0.0.1#${upstream}`
  const place = ['-k', '-p', `${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--pid-file=']
  const child = start('dnsmasq', ...place, '--no-resolv', '--no-hosts', '-C', '/dev/null', server, ...more)
  t.teardown(() => stop(child))
}

/** unbound at a port, which asks the other port everything. */
function unbound(t: Test, port: number, upstream: number): void {
  const dir = folder(t)
  const file = `${dir}/unbound.conf`
  writeFileSync(
    file,
    `server:
  interface: 127.0.0.1@${port}
  username: ""
  chroot: ""
  pidfile: ""
  directory: "${dir}"
  do-not-query-localhost: no
  module-config: iterator
  use-syslog: no
  local-zone: "1.10.in-addr.arpa." nodefault
  local-zone: "10.in-addr.arpa." nodefault
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${upstream}
`,
  )
  const child = start('unbound', '-d', '-c', file)
  t.teardown(async () => {
    await stop(child)
  })
}

/** A server of ours at a port, which asks the other port what it does not know. */
async function ours(t: Test, port: number, upstream: number, to: 'forward' | 'fallthrough' = 'forward') {
  const listen = [endpoint('127.0.0.1', port)]
  const server = await startServer(SNAPSHOT, { listen, [to]: [endpoint('127.0.0.1', upstream)] })
  t.teardown(() => server.close())
  return server
}

const answers = (port: number, name: string) => async () =>
  (await askUdp(port, query(name, 'A'), 200).then((reply) => reply && rcodeOf(reply))) === 0

/** Asks once, waits for SERVFAIL, asks again; how many requests the servers had. */
async function circled(t: Test, port: number, name: string, servers: readonly DnsServer[]): Promise<number> {
  const before = servers.reduce((sum, { counters }) => sum + counters.udp, 0)
  for (const _ of [1, 2]) {
    const reply = await askUdp(port, query(name, 'A'))
    t.equal(reply && rcodeOf(reply), 2)
  }
  return servers.reduce((sum, { counters }) => sum + counters.udp, 0) - before
}

t.test('a circle through dnsmasq ends by itself', { skip: lacking('dnsmasq') }, async (t) => {
  const [first, between, second] = [await freePort(), await freePort(), await freePort()]
  const servers = [await ours(t, first, between), await ours(t, second, first)]
  dnsmasq(t, between, second)
  await until(answers(between, 'n1.cluster.internal'), 'dnsmasq answers')
  const requests = await circled(t, first, 'www.example.org', servers)
  t.ok(requests <= 12, `${requests} requests`)
})

t.test('a circle through unbound ends by itself', { skip: lacking('unbound') }, async (t) => {
  const [own, other] = [await freePort(), await freePort()]
  const server = await ours(t, own, other)
  unbound(t, other, own)
  await until(answers(other, 'n1.cluster.internal'), 'unbound answers')
  const requests = await circled(t, own, 'www.example.org', [server])
  t.ok(requests <= 24, `${requests} requests`)
})

t.test(
  'servers of the same zone that ask us for it are no circle without end',
  { skip: lacking('dnsmasq') },
  async (t) => {
    const [own, other] = [await freePort(), await freePort()]
    const server = await ours(t, own, other, 'fallthrough')
    dnsmasq(t, other, own, '--cache-size=0')
    await until(answers(other, 'n1.cluster.internal'), 'dnsmasq answers')
    const requests = await circled(t, own, 'nosuch.cluster.internal', [server])
    t.ok(requests <= 8, `${requests} requests`)
  },
)

for (const [program, begin] of [
  ['dnsmasq', dnsmasq],
  ['unbound', unbound],
] as const) {
  t.test(`${program} in front of us, and one behind us`, { skip: lacking(program) }, async (t) => {
    const world = new FakeServer((request) => [answering(request, { rcode: request.includes('www') ? 0 : 3 })])
    const { port: worldPort } = await world.listen()
    t.teardown(() => world.close())
    const [front, own, behind] = [await freePort(), await freePort(), await freePort()]
    await ours(t, own, behind)
    begin(t, front, own)
    begin(t, behind, worldPort)
    await until(answers(front, 'n1.cluster.internal'), `${program} answers`)
    await until(answers(behind, 'www.example.net'), 'the one behind us answers')
    const reply = await askUdp(front, query('www.Example.org', 'A'))
    t.match(reply && decode(reply), {
      rcode: 0,
      questions: [{ name: 'www.Example.org.' }],
      answers: [{ data: '192.0.2.1' }],
    })
    const above = await askUdp(front, query('internal', 'SOA'))
    t.equal(above && rcodeOf(above), 0, 'what stands above our zone is not denied by others')
    const known = await askUdp(front, query('n2.cluster.internal', 'A'))
    t.match(known && decode(known), { answers: [{ data: '10.1.1.3' }] })
  })
}
