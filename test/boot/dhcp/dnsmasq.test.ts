// The files of dnsmasq, and that nothing of a configuration or the settings can add an option or a line to them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { dnsmasqMain } from '../../../src/boot/dhcp/dnsmasq.ts'
import { dnsmasqHosts, isAddition } from '../../../src/boot/dhcp/dnsmasq-hosts.ts'
import { leasesOf } from '../../../src/boot/dhcp/leases.ts'
import { dhcpNetworks, type NamedNetwork } from '../../../src/boot/dhcp/networks.ts'
import { DhcpTextError } from '../../../src/boot/dhcp/text.ts'
import { BootPlans } from '../../../src/boot/plan.ts'
import { parseDhcpNetwork } from '../../../src/cli/settings/values.ts'
import { parseConfig } from '../../../src/config/index.ts'
import { endpointAt, macKey, parseMac } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { lacking, run } from '../../dns/programs.ts'
import { folder } from '../../folder.ts'

const CONFIG = `interface eth1 10.20.30.1 255.255.255.0
interface eth2.7 10.9.0.1 255.255.0.0
nodes 4
iprange 10.20.30.100 10.20.30.103
hostrange 10.20.30.4 10.20.30.9
hostrange 10.9.0.5 10.9.0.9
host 02:00:00:00:00:01 10.20.30.5 switch
host 02:00:00:00:00:02 10.9.0.5 infinite
host 02:00:00:00:00:03 10.9.0.6 ignore
host 02:00:00:00:00:04 10.9.0.7 12h
host 02:00:00:00:00:05 10.9.0.8 pdu.site.example
node 1 02:00:00:00:00:11 2:0:0:0:0:12
`

const clusterOf = (text: string) => parseConfig(Buffer.from(text)).cluster

function mainOf(
  text = CONFIG,
  more: Partial<Parameters<typeof dnsmasqMain>[0]> = {},
  named: readonly NamedNetwork[] = [],
) {
  const networks = dhcpNetworks(clusterOf(text), named)
  return dnsmasqMain({
    ...{ networks, domain: 'cluster.internal', dns: [ip('10.20.30.1')], lease: 3600, tftp: '/usr/lib/ipxe' },
    loaders: { bios: 'undionly.kpxe', efi64: 'snponly.efi' },
    scripts: ({ own = ip('10.20.30.1') }) => ({ endpoint: endpointAt(own, 3048), prefix: '' }),
    ...{ hosts: '/run/k/hosts', log: '/run/k/log', pid: '/run/k/pid' },
    ...more,
  })
}

t.test(
  'a line for each address has all MACs of the machine and its name, where dnsmasq reads it as a name',
  async (t) => {
    const { text } = dnsmasqHosts(leasesOf(clusterOf(CONFIG)))
    t.same(text.trimEnd().split('\n'), [
      '02:00:00:00:00:11,02:00:00:00:00:12,10.20.30.101,n1',
      '02:00:00:00:00:01,10.20.30.5,switch',
      '02:00:00:00:00:02,10.9.0.5',
      '02:00:00:00:00:03,10.9.0.6',
      '02:00:00:00:00:04,10.9.0.7',
      '02:00:00:00:00:05,10.9.0.8',
    ])
  },
)

t.test('a companion has a line of its own, and no boot plan', async (t) => {
  const cluster = clusterOf(`${CONFIG.replace('node 1 ', 'node 1 n1-ipmi=2:0:0:0:0:13 n1-ib=2:0:0:0:0:14 ')}nodename n%N
nodename n%N-ipmi 0.0.0.50
nodename n%N-ib fd00::
`)
  const { text } = dnsmasqHosts(leasesOf(cluster))
  t.match(text, '02:00:00:00:00:11,02:00:00:00:00:12,10.20.30.101,n1\n02:00:00:00:00:13,10.20.30.151,n1-ipmi\n')
  t.notMatch(text, ':14', 'one that has no address of IPv4 has no line')
  t.equal(new BootPlans(cluster).ofMac(parseMac('2:0:0:0:0:13') ?? new Uint8Array(6)), undefined)
})

t.test('what is added is told by SIGHUP; a MAC that is replaced, moved or removed is not', async (t) => {
  const hosts = (lines: string) => dnsmasqHosts(leasesOf(clusterOf(`nodes 9\niprange 10.0.0.1 10.0.0.9\n${lines}`)))
  const before = hosts('node 1 2:0:0:0:0:1\nnode 2 2:0:0:0:0:2\n')
  t.equal(isAddition(before, hosts('node 1 2:0:0:0:0:1\nnode 2 2:0:0:0:0:2\nnode 3 2:0:0:0:0:3\n')), true)
  t.equal(isAddition(before, before), true)
  t.equal(isAddition(before, hosts('node 1 2:0:0:0:0:1\nnode 2 2:0:0:0:0:3\n')), false)
  t.equal(isAddition(before, hosts('node 1 2:0:0:0:0:1\nnode 3 2:0:0:0:0:2\n')), false)
  t.equal(isAddition(before, hosts('node 1 2:0:0:0:0:1\n')), false)
  t.equal(isAddition(before, hosts('node 1 2:0:0:0:0:1 2:0:0:0:0:3\nnode 2 2:0:0:0:0:2\n')), false)
})

t.test(
  'each interface and network has its range, router and script; behind a relay there is no interface',
  async (t) => {
    const named = ['10.9.0.0/16=10.9.0.254', '10.44.0.0/22=10.44.0.1'].map(parseDhcpNetwork)
    const lines = mainOf(CONFIG, {}, named).split('\n')
    t.same(
      lines.filter((line) => /^(?:interface|dhcp-range|dhcp-option=tag|dhcp-boot=tag:net)/.test(line)),
      [
        'interface=eth1',
        'interface=eth2.7',
        'dhcp-range=set:net0,10.20.30.0,static,255.255.255.0,3600',
        'dhcp-range=set:net1,10.9.0.0,static,255.255.0.0,3600',
        'dhcp-option=tag:net1,option:router,10.9.0.254',
        'dhcp-range=set:net2,10.44.0.0,static,255.255.252.0,3600',
        'dhcp-option=tag:net2,option:router,10.44.0.1',
        ...['10.20.30.1', '10.9.0.1', '10.20.30.1'].flatMap((master, i) => [
          `dhcp-boot=tag:net${i},tag:http,tag:!ipxe,http://${master}:3048/static/snponly.efi`,
          `dhcp-boot=tag:net${i},tag:ipxe,http://${master}:3048/boot/\${netX/mac:hexhyp}`,
        ]),
      ],
    )
  },
)

t.test('dnsmasq itself takes the files', { skip: lacking('dnsmasq') }, async (t) => {
  const dir = folder(t)
  const hosts = join(dir, 'hosts')
  writeFileSync(hosts, dnsmasqHosts(leasesOf(clusterOf(CONFIG))).text)
  const main = join(dir, 'main')
  writeFileSync(main, mainOf(CONFIG, { hosts }))
  t.match(await run('dnsmasq', `--conf-file=${main}`, '--test'), { code: 0 })
  writeFileSync(main, `${mainOf(CONFIG, { hosts })}no-such-option\n`)
  t.match(await run('dnsmasq', `--conf-file=${main}`, '--test'), { code: 1 }, 'control')
})

t.test('no name, path, domain or interface adds an option or a line', async (t) => {
  const shape = mainOf()
    .split('\n')
    .map((line) => line.replace(/=.*/, ''))
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom('a\nuser=root', 'a,b', 'a b', 'a#b', 'x"y', 'set:known', '', 'a\0b', '/a,b', '/a\nb'),
  )
  fc.assert(
    fc.property(hostile, fc.constantFrom('domain', 'tftp', 'hosts', 'log', 'pid'), (text, what) => {
      const value = what === 'domain' || text.startsWith('/') ? text : `/${text}`
      try {
        const made = mainOf(CONFIG, { [what]: value })
          .split('\n')
          .map((line) => line.replace(/=.*/, ''))
        t.same(made, value === '' ? shape.filter((line) => line !== 'domain') : shape)
      } catch (error) {
        if (!(error instanceof DhcpTextError)) throw error
      }
    }),
  )
  fc.assert(
    fc.property(hostile, (name) => {
      const mac = parseMac('2:0:0:0:0:1') ?? new Uint8Array(6)
      const { text } = dnsmasqHosts([
        {
          mac,
          address: ip('10.0.0.1'),
          name,
          node: undefined,
          isCompanion: false,
          span: { line: 1, start: 0, end: 1 },
        },
      ])
      t.match(text, /^02:00:00:00:00:01,10\.0\.0\.1(?:,[A-Za-z0-9-]+)?\n$/)
    }),
  )
  const [network] = dhcpNetworks(clusterOf(CONFIG), [])
  for (const name of ['eth0\nuser=root', 'eth0,eth1', 'eth*', '-x', ''])
    t.throws(
      () => mainOf(CONFIG, { networks: network === undefined ? [] : [{ ...network, interface: name }] }),
      DhcpTextError,
    )
})

t.test(
  'a MAC that is ignored gets nothing, and the other one of its node what it had; it is of no node that boots',
  async (t) => {
    const ignoring = `${CONFIG}ignore 02-00-00-00-00-11 2:0:0:0:0:1 2:0:0:0:0:99\n`
    const { lines } = dnsmasqHosts(leasesOf(clusterOf(ignoring)))
    const mac = (text: string) => parseMac(text) ?? new Uint8Array()
    const has = (text: string): boolean => lines.has(macKey(mac(text)))
    t.same([has('2:0:0:0:0:11'), has('2:0:0:0:0:1')], [false, false])
    t.match(lines.get(macKey(mac('2:0:0:0:0:12'))), /10\.20\.30\.101,n1$/)
    const plans = new BootPlans(clusterOf(ignoring))
    t.equal(plans.ofMac(mac('2:0:0:0:0:11')), undefined)
    t.match(plans.ofMac(mac('2:0:0:0:0:12')), { number: 1 })
  },
)
