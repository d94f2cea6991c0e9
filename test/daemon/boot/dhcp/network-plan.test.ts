// Where machines are sent for their scripts, and where the boot endpoint listens for that. This machine has none of the addresses but loopback.
import t from 'tap'
import { parseConfig } from '../../../../src/config/index.ts'
import { networkPlan, scriptPlaces } from '../../../../src/daemon/boot/dhcp/network-plan.ts'
import { formatHttpAddress, type HostPort, networkOf } from '../../../../src/values/index.ts'
import { ip } from '../../../addresses.ts'

const TWO = 'interface eth1 203.0.113.1 255.255.255.0\ninterface eth2 198.51.100.1 255.255.255.0\n'

/** The places, and by network the URL of scripts. */
function planned(lines: string, listen: HostPort | null = null, behind?: string) {
  const { cluster } = parseConfig(Buffer.from(lines))
  const networks = behind === undefined ? [] : [{ range: networkOf(ip(behind), 24), prefixLength: 24, router: null }]
  const dhcp = { server: 'dnsmasq' as const, networks, dns: [], lease: 60, beside: false, tftp: null }
  const plan = networkPlan(cluster, { listen, dhcp }, [])
  const urls = plan.networks.map((network) => {
    const place = plan.scripts(network)
    return place && formatHttpAddress(place)
  })
  return { places: scriptPlaces(cluster, { listen, dhcp }).map(({ host, port }) => `${host}:${port}`), urls }
}

t.test('each network has the address of the master in it, and nothing else is opened', async (t) => {
  const urls = ['http://203.0.113.1:3048', 'http://198.51.100.1:3048']
  const places = ['203.0.113.1:3048', '198.51.100.1:3048']
  t.same(planned(TWO), { places, urls })
  const more = `${TWO}interface eth2 2001:db8::1 64\ninterface eth3 198.18.0.1 255.255.255.255\nmasterorder - 203.0.113.9\n`
  t.same(planned(more), { places, urls }, 'not IPv6, no address alone, no other master')
  t.same(planned(`${TWO}interface eth4 203.0.113.7 255.255.255.0\n`), { places, urls }, 'each network once')
})

t.test('a network behind a relay has the first address', async (t) => {
  t.same(planned(TWO, null, '198.19.7.0'), {
    places: ['203.0.113.1:3048', '198.51.100.1:3048'],
    urls: ['http://203.0.113.1:3048', 'http://198.51.100.1:3048', 'http://203.0.113.1:3048'],
  })
})

t.test('an interface whose line has no address has that of this machine', async (t) => {
  t.same(planned('interface lo\n'), { places: ['127.0.0.1:3048'], urls: ['http://127.0.0.1:3048'] })
})

t.test('without a network there is no place', async (t) => {
  t.same(planned('interface eth1 2001:db8::1 64\n'), { places: [], urls: [] })
})

t.test('what the settings name counts for all networks', async (t) => {
  const one = { host: '203.0.113.1', port: 80 }
  t.same(planned(TWO, one), { places: ['203.0.113.1:80'], urls: ['http://203.0.113.1:80', 'http://203.0.113.1:80'] })
  const all = { host: '0.0.0.0', port: 3048 }
  t.same(planned(TWO, all), {
    places: ['0.0.0.0:3048'],
    urls: ['http://203.0.113.1:3048', 'http://198.51.100.1:3048'],
  })
})
