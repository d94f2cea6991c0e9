// Which leases a master gives at once, and which in place of others.
import t from 'tap'
import { dhcpNetworks } from '../../../src/boot/dhcp/networks.ts'
import { leaseShares, leasesOf } from '../../../src/boot/index.ts'
import { parseDhcpNetwork } from '../../../src/cli/settings/values.ts'
import { parseConfig } from '../../../src/config/index.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'

const CONFIG = `interface eth1 10.20.30.1 255.255.255.0
nodes 8
iprange 10.20.30.100 10.20.30.103
iprange 4 10.44.0.10 10.44.0.13
hostrange 10.20.30.4 10.20.30.9
host 02:00:00:00:00:01 10.20.30.5 switch
node 0 02:00:00:00:01:00 02:00:00:00:02:00
node 1 02:00:00:00:01:01
node 2 02:00:00:00:01:02
node 4 02:00:00:00:01:04
masterorder 0-1,4 10.20.30.1 10.20.30.2 10.20.30.3
masterorder 2 10.20.30.2 10.20.30.1
`
const behindRelay = [parseDhcpNetwork('10.44.0.0/24')]

function shares(own: string, text = CONFIG) {
  const { cluster } = parseConfig(Buffer.from(text))
  const { now, later } = leaseShares(cluster, [ip(own)], leasesOf(cluster), dhcpNetworks(cluster, behindRelay))
  return {
    now: now.map(({ name }) => name),
    later: later.map(({ before, seconds, leases, asked }) => {
      const [names, askedNames] = [leases, asked].map((some) => some.map(({ name }) => name).join())
      return `${names} after ${seconds} s of ${before.map(formatAddress)}, asked for ${askedNames}`
    }),
  }
}

t.test('each master gives its own nodes and devices at once, and those of others after their time', async (t) => {
  t.same(shares('10.20.30.1'), {
    now: ['n0', 'n0', 'n1', 'n4', 'switch'],
    later: ['n2 after 15 s of 10.20.30.2, asked for n2'],
  })
  t.same(shares('10.20.30.2', `${CONFIG}masterdelay 40\n`), {
    now: ['n2'],
    later: ['n0,n0,n1,n4,switch after 40 s of 10.20.30.1, asked for n0,n0,n1,switch'],
  })
  t.same(shares('10.20.30.3').later, [
    'n0,n0,n1,n4,switch after 30 s of 10.20.30.1,10.20.30.2, asked for n0,n0,n1,switch',
  ])
  t.same(shares('10.20.30.9'), { now: [], later: [] }, 'a machine that is no master')
})

t.test('with masterdelay 0, and where nobody can be asked, all masters of a node answer at once', async (t) => {
  t.same(shares('10.20.30.2', `${CONFIG}masterdelay 0\n`).later, [])
  const far = CONFIG.replace(/^(?:node [012]|host ).*\n/gm, '')
  t.same(shares('10.20.30.2', far), { now: ['n4'], later: [] }, 'the only nodes are behind a relay')
})
