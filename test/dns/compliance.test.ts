import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { Zones, zoneLines } from '../../src/resolver/index.ts'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'
import { askTcp, askUdp, glued, opt, query } from './client.ts'
import { snapshotOf, startServer } from './cluster.ts'
import { type Decoded, decode } from './decode.ts'
import { lacking, start, stop } from './programs.ts'

/** The list of the EDNS compliance tester (ednscomp), and what a server has to say to each. */
const OPTION = Buffer.from('fde8000461626364', 'hex')
const LIST = [
  { test: 'plain', opt: undefined, told: '0 answer' },
  { test: 'EDNS version 0', opt: opt(1232), told: '0 answer, opt 0 size 1232' },
  { test: 'EDNS version 1', opt: opt(1232, { version: 1 }), told: '16, opt 0 size 1232' },
  { test: 'unknown option', opt: opt(1232, { options: OPTION }), told: '0 answer, opt 0 size 1232' },
  { test: 'unknown flag', opt: opt(1232, { flags: 0x40 }), told: '0 answer, opt 0 size 1232' },
  { test: 'version 1, unknown option', opt: opt(1232, { version: 1, options: OPTION }), told: '16, opt 0 size 1232' },
  {
    test: 'unknown flag and option',
    opt: opt(1232, { flags: 0x40, options: OPTION }),
    told: '0 answer, opt 0 size 1232',
  },
  { test: 'DO', opt: opt(1232, { flags: 0x8000 }), told: '0 answer, opt 0 size 1232 DO' },
  { test: 'size 512, long answer', opt: opt(512), many: true, told: '0 cut, opt 0 size 1232' },
  { test: 'plain, long answer', opt: undefined, many: true, told: '0 cut' },
  { test: 'TCP', opt: opt(512), many: true, tcp: true, told: '0 answer, opt 0 size 1232' },
] as const

const MANY = Array.from({ length: 60 }, (_, i) => `host 02:00:00:00:01:${(16 + i).toString(16)} 10.1.2.${1 + i} many\n`)
const CONFIG = `nodes 10\niprange 10.1.1.0 10.1.1.9\nhostrange 10.1.2.1 10.1.2.99\n${MANY.join('')}`

function summary({ rcode, tc, answers, additionals }: Decoded): string {
  const [record] = additionals
  const what = tc ? ' cut' : answers.length > 0 ? ' answer' : ''
  if (record === undefined) return `${rcode}${what}`
  const [extended, version, flags] = [record.ttl >>> 24, (record.ttl >>> 16) & 255, record.ttl & 0xffff]
  const more = flags === 0x8000 ? ' DO' : flags === 0 ? '' : ` flags ${flags}`
  return `${(extended << 4) | rcode}${what}, opt ${version} size ${record.class}${more}`
}

/** What a server says to a row of the list. */
async function told(port: number, row: (typeof LIST)[number]): Promise<string> {
  const name = `${'many' in row ? 'many' : 'n1'}.cluster.internal`
  const request = query(name, 'A', row.opt === undefined ? {} : { opt: row.opt })
  const reply = 'tcp' in row ? (await askTcp(port, [glued(request)]))[0] : await askUdp(port, request)
  return reply === undefined ? 'nothing' : summary(decode(reply))
}

t.test('each kind of EDNS is answered as it should be', async (t) => {
  const server = await startServer(snapshotOf(CONFIG))
  t.teardown(() => server.close())
  for (const row of LIST) t.equal(await told(server.endpoints[0]?.port ?? 0, row), row.told, row.test)
})

t.test('the manual says how each is answered', async (t) => {
  const manual = readFileSync(new URL('../../docs/dns.md', import.meta.url), 'utf8')
  for (const row of LIST) t.ok(manual.includes(`| ${row.test} | ${row.told} |`), row.test)
})

t.test('NSD says the same', { skip: lacking('nsd') }, async (t) => {
  const dir = folder(t)
  const port = await freePort()
  const zone = new Zones(snapshotOf(CONFIG)).forward
  writeFileSync(`${dir}/zone`, `${[...(zone === undefined ? [] : zoneLines(zone, 30))].join('\n')}\n`)
  writeFileSync(
    `${dir}/nsd.conf`,
    `server:\n  ip-address: 127.0.0.1@${port}\n  username: ""\n  chroot: ""\n  zonesdir: "${dir}"\n  database: ""\n  pidfile: "${dir}/pid"\n  xfrdfile: ""\n  zonelistfile: "${dir}/list"\n  server-count: 1\n  minimal-responses: yes\nremote-control:\n  control-enable: no\nzone:\n  name: cluster.internal\n  zonefile: zone\n`,
  )
  const child = start('nsd', '-d', '-c', `${dir}/nsd.conf`)
  t.teardown(async () => {
    await stop(child)
  })
  await until(async () => (await askUdp(port, query('n1.cluster.internal', 'A'), 100)) !== undefined, 'NSD answers')
  for (const row of LIST) t.equal(await told(port, row), row.told, row.test)
})
