import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { USUAL_ZONES, Zones, zoneLines } from '../../src/resolver/index.ts'
import { folder } from '../folder.ts'
import { endpoint, snapshotOf, startServer } from './cluster.ts'
import { lacking, run } from './programs.ts'

const EXAMPLE = readFileSync(new URL('../../examples/config', import.meta.url), 'utf8')
/** The example, with IPv6 beside IPv4. */
const BOTH = `${EXAMPLE}iprange fd00:20:30::100 fd00:20:30::11f\nhostrange fd00:20:31::1 fd00:20:31::9\nhost - fd00:20:31::5 store\n`
const own = [{ family: 4, bytes: Uint8Array.of(127, 0, 0, 1) }] as const
const snapshot = snapshotOf(BOTH, 77, { own })
const server = await startServer(snapshot, {
  secondaries: [{ endpoint: endpoint('127.0.0.1', 5), key: undefined }],
})
const port = String(server.endpoints[0]?.port)
t.teardown(() => server.close())

/** Programs that ask, what they are called with, and what they print for a name and for an address. */
const ASKERS = [
  {
    program: 'dig',
    forward: ['@127.0.0.1', '-p', port, '+short', 'n15.cluster.internal'],
    reverse: ['@127.0.0.1', '-p', port, '+short', '-x', '10.20.30.115'],
  },
  {
    program: 'kdig',
    forward: ['@127.0.0.1', '-p', port, '+short', 'n15.cluster.internal'],
    reverse: ['@127.0.0.1', '-p', port, '+short', '-x', '10.20.30.115'],
  },
  {
    program: 'drill',
    forward: ['-Q', '-p', port, '@127.0.0.1', 'n15.cluster.internal'],
    reverse: ['-Q', '-p', port, '-x', '@127.0.0.1', '10.20.30.115'],
  },
  {
    program: 'host',
    forward: ['-p', port, 'n15.cluster.internal', '127.0.0.1'],
    reverse: ['-p', port, '10.20.30.115', '127.0.0.1'],
  },
  {
    program: 'delv',
    forward: ['@127.0.0.1', '-p', port, '+noroot', '-i', '+short', 'n15.cluster.internal'],
    reverse: ['@127.0.0.1', '-p', port, '-i', '+short', '-x', '10.20.30.115'],
  },
] as const

for (const { program, forward, reverse } of ASKERS) {
  t.test(`${program} resolves in both directions`, { skip: lacking(program) }, async (t) => {
    const there = await run(program, ...forward)
    t.match(there.stdout, /(^|address )10\.20\.30\.115$/m, there.stderr)
    const back = await run(program, ...reverse)
    t.match(back.stdout, /(^|pointer )n15\.cluster\.internal\.$/m, back.stderr)
  })
}

/** Programs that check a zone. validns wants two servers unless it is told which of its policies to hold. */
const CHECKERS = [
  { program: 'named-checkzone', args: (origin: string, file: string) => ['-i', 'full', origin, file] },
  { program: 'kzonecheck', args: (origin: string, file: string) => ['-o', origin, file] },
  { program: 'nsd-checkzone', args: (origin: string, file: string) => [origin, file] },
  {
    program: 'validns',
    args: (origin: string, file: string) => [
      ...[
        'cname-other-data',
        'nsec3param-not-apex',
        'mx-alias',
        'ns-alias',
        'rp-txt-exists',
        'tlsa-host',
        'dname',
      ].flatMap((policy) => ['-p', policy]),
      ...['-z', origin, file],
    ],
  },
] as const

for (const { program, args } of CHECKERS) {
  t.test(`${program} finds no fault in transferred zones`, { skip: lacking(program, 'dig') }, async (t) => {
    const dir = folder(t)
    for (const { origin } of new Zones(snapshot).all) {
      const { stdout } = await run('dig', '@127.0.0.1', '-p', port, origin, 'AXFR', '+onesoa')
      const file = `${dir}/zone`
      writeFileSync(file, stdout)
      const { code, stdout: said, stderr } = await run(program, ...args(origin, file))
      t.equal(code, 0, `${origin}: ${said}${stderr}`)
    }
  })
}

t.test('a transferred zone is what export zone lists', { skip: lacking('dig') }, async (t) => {
  for (const zone of new Zones(snapshot).all) {
    const { stdout } = await run('dig', '@127.0.0.1', '-p', port, zone.origin, 'AXFR', '+onesoa', '+noall', '+answer')
    t.same(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/[\t ]+/g, ' ')),
      [...zoneLines(zone, USUAL_ZONES.ttl)],
    )
  }
})

t.test('a transfer is refused to who is no secondary', { skip: lacking('dig') }, async (t) => {
  const other = await startServer(snapshot)
  t.teardown(() => other.close())
  const { stdout } = await run('dig', '@127.0.0.1', '-p', String(other.endpoints[0]?.port), 'cluster.internal', 'AXFR')
  t.match(stdout, /Transfer failed/)
  t.equal(other.counters.transfersRefused, 1)
})
