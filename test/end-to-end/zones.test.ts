/** Zones of one generation are the same everywhere: at a master, at a node's proxy, at secondaries, after a restart. */
import t, { type Test } from 'tap'
import { type Running, Scratch } from '../cli/scratch.ts'
import { lacking, run, stop } from '../dns/programs.ts'
import { SECONDARIES, type SecondaryKind } from '../dns/transfer/secondaries.ts'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'

/** Zones of the examples' configuration. */
const ZONES = ['cluster.internal', '30.20.10.in-addr.arpa']

/** What a server says of a name, in short, sorted. */
async function told(port: number, name: string, type: string): Promise<string> {
  const { stdout } = await run('dig', '@127.0.0.1', '-p', String(port), '+short', '+tries=1', '+time=1', name, type)
  return stdout.trim().split('\n').sort().join(' ')
}

/** A zone as a server transfers it, the TTLs with it. */
async function transferred(port: number, zone: string): Promise<string> {
  const { stdout } = await run('dig', '@127.0.0.1', '-p', String(port), '+noall', '+answer', '+nocrypto', zone, 'AXFR')
  return stdout
}

for (const kind of SECONDARIES) {
  t.test(
    `${kind.program} has the new name servers and TTL after a restart with other settings, and after the next change`,
    { skip: lacking(kind.program, 'dig') },
    (t) => restarted(t, kind),
  )
}

async function restarted(t: Test, kind: SecondaryKind): Promise<void> {
  const scratch = new Scratch(t)
  const [port, secondary] = [await freePort(), await freePort()]
  const dns = ['--dns', `127.0.0.1:${port}`, '--dns-secondaries', `127.0.0.1:${secondary}`]
  let master = await scratch.serve(...dns)
  const dir = folder(t)
  const child = kind.start({ folder: dir, port: secondary, primary: port, zones: ZONES, key: undefined })
  t.teardown(async () => {
    await stop(child)
  })
  for (const zone of ZONES) await servers(secondary, zone, 'ns.cluster.internal.')
  await master.end()
  master = await scratch.serve(...dns, '--dns-ns', 'ns-new.example.org', '--dns-ttl', '600')
  for (const zone of ZONES) await servers(secondary, zone, 'ns-new.example.org.')
  scratch.append('config', 'host 00:A0:D1:E9:99:01 10.20.30.6 newdev\n')
  const hasDevice = async () => (await told(secondary, 'newdev.cluster.internal', 'A')) === '10.20.30.6'
  await until(hasDevice, 'the device')
  for (const zone of ZONES) {
    await until(async () => (await told(secondary, zone, 'SOA')) === (await told(port, zone, 'SOA')), zone)
    const [ours, theirs] = [await transferred(port, zone), await transferred(secondary, zone)]
    t.same(lines(theirs), lines(ours), zone)
    t.match(ours, /\s600\s+IN\s+NS\s+ns-new\.example\.org\./)
  }
}

/** Waits until a zone has this server and no other. */
function servers(port: number, zone: string, server: string): Promise<void> {
  return until(async () => (await told(port, zone, 'NS')) === server, `${zone} NS ${server}`)
}

function lines(text: string): string[] {
  return [
    ...new Set(
      text
        .trim()
        .split('\n')
        .map((line) => line.replace(/[\t ]+/g, ' ').toLowerCase()),
    ),
  ].sort()
}

t.test(
  "a proxy's zones are its master's, whatever port, TTL, servers and cuts those have",
  { skip: lacking('dig') },
  async (t) => {
    const [head, node] = [new Scratch(t), new Scratch(t)]
    head.append('config', 'server beonss 13999\ninterface lo 10.20.30.1 255.255.255.0\n')
    const [port, proxyPort] = [await freePort(), await freePort()]
    const copies = ['--dns-secondaries', '127.0.0.1']
    const settings = [
      '--dns-ttl',
      '77',
      '--dns-negative-ttl',
      '9',
      '--dns-rname',
      'me.example.org',
      '--dns-ns',
      'a.example.org',
    ]
    const cuts = ['--dns-reverse-zones', '10.20.0.0/16']
    const master = await head.serve('--dns', `127.0.0.1:${port}`, ...copies, ...settings, ...cuts)
    const proxy = await follow(node, head, master, '--dns', `127.0.0.1:${proxyPort}`, ...copies)
    await proxy.logged('answering DNS')
    for (const zone of ['cluster.internal', '20.10.in-addr.arpa']) {
      const ours = await transferred(port, zone)
      t.equal(await transferred(proxyPort, zone), ours, zone)
      t.match(ours, /SOA\s+a\.example\.org\. me\.example\.org\. .* 9$/m)
    }
    t.equal(await told(proxyPort, '_kickback._tcp.cluster.internal', 'SRV'), '0 0 13999 master.cluster.internal.')
    const said = await head.run('export', 'zone', ...head.files, ...settings, ...cuts)
    t.match(
      said,
      { code: 0, stdout: /_kickback\._tcp\.cluster\.internal\. 77 IN SRV 0 0 13999 master/ },
      'export lists it so',
    )
  },
)

/** Starts a proxy of a master. */
async function follow(scratch: Scratch, head: Scratch, master: Running, ...more: string[]): Promise<Running> {
  const folders = ['--run-dir', scratch.path('run'), '--state-dir', scratch.path('state')]
  const trust = ['--master', master.place, '--key', head.path('state/signing.pub')]
  const proxy = scratch.start(['proxy', ...trust, ...folders, ...more])
  await proxy.logged('took a generation')
  return proxy
}
