import t, { type Test } from 'tap'
import { parseRare } from '../../../src/dns/wire/dns2.ts'
import { type Snapshot, USUAL_ZONES, Zones, zoneLines } from '../../../src/resolver/index.ts'
import { folder } from '../../folder.ts'
import { freePort } from '../../free-port.ts'
import { numbers } from '../../numbers.ts'
import { until } from '../../patience.ts'
import { askUdp, query } from '../client.ts'
import { endpoint, snapshotOf, startServer } from '../cluster.ts'
import { lacking, run, stop } from '../programs.ts'
import { SECONDARIES, type SecondaryKind } from './secondaries.ts'

/** How many generations each secondary goes through; KICKBACK_CHANGES=100 for the whole proof. */
const CHANGES = { unsigned: Number(process.env.KICKBACK_CHANGES ?? 12), signed: 4 }
t.setTimeout(10_000 + 6000 * (CHANGES.unsigned + CHANGES.signed))
const KEY = { name: 'transfer.cluster.internal', secret: 'bm90IGEgc2VjcmV0LCBvbmx5IGEgdGVzdCBrZXkhIQ==' }

/** A cluster that is a little different each time: nodes, devices with aliases and IPv6, a companion. */
class ChangingCluster {
  readonly #next = numbers(7)
  readonly #hosts = new Map<number, string>()
  #nodes = 20

  /** Changes one to three things; the configuration that results. */
  changed(): string {
    for (let i = this.#next(3); i >= 0; i--) this.#change()
    return `nodes ${this.#nodes}
iprange 10.9.0.10 10.9.0.120
hostrange 10.9.1.1 10.9.1.200
hostrange fd00:9::1 fd00:9::200
interface eth0 10.9.1.250 255.255.0.0
nodename n%N
nodename n%N-ipmi 0.0.2.0
${[...this.#hosts].map(([i, names]) => `host 02:00:00:00:00:${hex(i)} 10.9.1.${i} ${names}\nhost 02:00:00:00:01:${hex(i)} fd00:9::${i} ${names}\n`).join('')}`
  }

  #change(): void {
    const host = 1 + this.#next(60)
    const kind = this.#next(4)
    if (kind === 0) this.#nodes = 1 + this.#next(100)
    else if (kind === 1) this.#hosts.delete(host)
    else if (kind === 2) this.#hosts.set(host, `host${host} alias${host}-${this.#next(5)}`)
    else this.#hosts.set(host, `Dotted${host}.rack${this.#next(3)}.cluster.internal`)
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0')
}

/** The serial that a server has of a zone; undefined where it has none. */
async function serialAt(port: number, zone: string): Promise<number | undefined> {
  const reply = await askUdp(port, query(zone, 'SOA', { flags: 0 }), 300)
  return reply === undefined || reply.readUInt16BE(6) !== 1 ? undefined : parseRare(reply)?.serial
}

function sorted(lines: Iterable<string>): string[] {
  return [...lines].map((line) => line.toLowerCase()).sort()
}

/** The zone as a server gives it, by dig. */
async function transferred(port: number, zone: string): Promise<string[]> {
  const { stdout } = await run(
    'dig',
    '@127.0.0.1',
    '-p',
    String(port),
    zone,
    'AXFR',
    '+onesoa',
    '+noall',
    '+answer',
    '+nocrypto',
  )
  return sorted(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/[\t ]+/g, ' ')),
  )
}

for (const kind of SECONDARIES) {
  for (const key of [undefined, KEY]) {
    const manner = key === undefined ? 'unsigned' : 'signed'
    t.test(
      `${kind.program} follows ${CHANGES[manner]} changes as a secondary, ${manner}`,
      { skip: lacking(kind.program, 'dig') },
      (t) => follow(t, kind, key),
    )
  }
}

async function follow(t: Test, kind: SecondaryKind, key: typeof KEY | undefined): Promise<void> {
  const cluster = new ChangingCluster()
  const port = await freePort()
  let snapshot = snapshotOf(cluster.changed(), 1000)
  const tsig = key && { name: key.name, secret: Buffer.from(key.secret, 'base64') }
  const server = await startServer(snapshot, {
    secondaries: [{ endpoint: endpoint('127.0.0.1', port), key: tsig }],
    tsig: tsig === undefined ? [] : [tsig],
  })
  const zones = zonesOf(snapshot).map(({ origin }) => origin)
  t.ok(zones.length > 3, `${zones.length} zones`)
  const dir = folder(t)
  const child = kind.start({ folder: dir, port, primary: server.endpoints[0]?.port ?? 0, zones, key })
  t.teardown(async () => {
    await stop(child)
    await server.close()
  })
  const changes = CHANGES[key === undefined ? 'unsigned' : 'signed']
  for (let generation = 1000; generation < 1000 + changes; generation++) {
    if (generation > 1000) {
      snapshot = snapshotOf(cluster.changed(), generation)
      server.serve(snapshot)
    }
    for (const zone of zonesOf(snapshot)) {
      await until(async () => (await serialAt(port, zone.origin)) === generation, `${zone.origin} ${generation}`)
    }
    if (!(await agrees(t, port, snapshot, generation))) return
  }
  t.ok(server.counters.ixfr > 0, `incremental: ${server.counters.ixfr}, whole: ${server.counters.axfr}`)
  t.equal(server.counters.transfersRefused, 0)
}

async function agrees(t: Test, port: number, snapshot: Snapshot, generation: number): Promise<boolean> {
  let all = true
  for (const zone of zonesOf(snapshot)) {
    const wanted = sorted(zoneLines(zone, USUAL_ZONES.ttl))
    const found = await transferred(port, zone.origin)
    all = t.same(found, wanted, `${zone.origin} at ${generation}`) && all
  }
  return all
}

function zonesOf(snapshot: Snapshot) {
  return new Zones(snapshot).all
}
