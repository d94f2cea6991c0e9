import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { keaConfig } from '../../../src/boot/dhcp/kea.ts'
import { dhcpNetworks } from '../../../src/boot/dhcp/networks.ts'
import { type Cluster, parseConfig } from '../../../src/config/index.ts'
import { endpointAt, formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { lacking, run } from '../../dns/programs.ts'
import { folder } from '../../folder.ts'

const example = readFileSync(join(import.meta.dirname, '../../../examples/config'), 'utf8')
const NETWORKS =
  'interface eth1 10.20.30.1 255.255.255.0\ninterface eth2 10.9.0.1 255.255.0.0\ninterface eth1 fd00::1 64\n'

/** An interface that every machine has: kea-dhcp4 looks for it. */
const HERE = 'interface lo 10.20.30.1 255.255.255.0\ninterface lo 10.9.0.1 255.255.0.0\n'

/** What Kea is given for a cluster, with what to boot where that is wanted. */
function keaOfCluster(cluster: Cluster, isBooting = false) {
  const networks = dhcpNetworks(cluster, [])
  const boot = {
    loaders: { bios: 'undionly.kpxe', efi64: 'snponly.efi', arm64: 'arm64-efi/snponly.efi' },
    scripts: ({ own = ip('10.20.30.1') }) => ({ endpoint: endpointAt(own, 3048), prefix: '' }),
  }
  const plan = { networks, domain: 'cluster.internal', dns: [], lease: 3600 }
  return keaConfig(cluster, { ...plan, ...(isBooting && { boot }) })
}

function keaOf(text: string) {
  const { config, leftOut } = keaOfCluster(parseConfig(Buffer.from(text)).cluster)
  return { dhcp4: (config as { Dhcp4: Record<string, unknown> } | undefined)?.Dhcp4, leftOut }
}

t.test('each network of an interface is a subnet, each MAC in it a reservation, and there is no pool', async (t) => {
  const { dhcp4, leftOut } = keaOf(
    `${example}${NETWORKS}nodename login%N\nhostrange 10.9.0.5 10.9.0.5\nhost 2:0:0:0:0:9 10.9.0.5\n`,
  )
  t.match(dhcp4, {
    'interfaces-config': { interfaces: ['eth1', 'eth2'] },
    subnet4: [
      { id: 1, subnet: '10.20.30.0/24', interface: 'eth1' },
      { id: 2, subnet: '10.9.0.0/16', interface: 'eth2', reservations: [] },
    ],
  })
  const [first] = (dhcp4?.subnet4 ?? []) as { reservations: readonly Record<string, string>[] }[]
  t.same(
    first?.reservations.map((each) => Object.values(each).join(' ')),
    [
      '00:a0:d1:e5:c4:6e 10.20.30.100 login0',
      '00:a0:d1:e5:c4:6f 10.20.30.100 login0',
      '00:a0:d1:e5:c4:70 10.20.30.115 login15',
      '00:a0:d1:e5:c4:71 10.20.30.115 login15',
      '00:a0:d1:e9:87:ca 10.20.30.5 smartswitch',
      '00:a0:d1:e3:fc:e2 10.20.30.90 pdu1',
      '00:a0:d1:e3:fd:4a 10.20.30.91 pdu2',
    ],
  )
  t.notMatch(JSON.stringify(dhcp4), /pools/)
  t.same(leftOut, [])
})

t.test('a machine in no network is told, and without a network there is no configuration', async (t) => {
  const { leftOut } = keaOf(`${example}interface eth1 10.20.30.1 255.255.255.192\n`)
  t.same(
    leftOut.map(({ name, address }) => `${name} ${formatAddress(address)}`),
    [
      'n0 10.20.30.100',
      'n0 10.20.30.100',
      'n15 10.20.30.115',
      'n15 10.20.30.115',
      'pdu1 10.20.30.90',
      'pdu2 10.20.30.91',
    ],
  )
  for (const line of [
    '',
    'interface eth1\n',
    'interface eth1 fd00::1 64\n',
    'interface eth1 10.20.30.1 255.255.255.255\n',
  ]) {
    t.equal(keaOf(example + line).dhcp4, undefined, line)
  }
})

t.test('kea-dhcp4 accepts it, with ten thousand machines too', { skip: lacking('kea-dhcp4') }, async (t) => {
  const macs = Array.from(
    { length: 10_000 },
    (_, i) => `node 2:0:0:0:${(i >> 8).toString(16)}:${(i & 255).toString(16)}\n`,
  )
  const large = `nodes 10000\niprange 10.9.1.0 10.9.40.15\n${macs.join('')}`
  for (const text of [example, large]) {
    const file = join(folder(t), 'kea-dhcp4.conf')
    writeFileSync(file, JSON.stringify(keaOfCluster(parseConfig(Buffer.from(text + HERE)).cluster, true).config))
    const { code, stdout, stderr } = await run('kea-dhcp4', '-t', file)
    t.equal(code, 0, stdout + stderr)
  }
})
