import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lacking } from '../dns/programs.ts'
import { until } from '../patience.ts'
import { dhcpClient } from './dhcp.ts'
import { example } from './example.ts'
import { connect, machine } from './machine.ts'

/** A client of DHCP tells its lease (the script of udhcpc). */
const TELL = '#!/bin/sh\n[ "$1" = bound ] && echo "$ip $hostname $domain"\nexit 0\n'

t.test(
  'kea-dhcp4 gives each machine of export kea its address and name, by any of its MACs, to one of them at a time, and a stranger nothing',
  { skip: lacking('kea-dhcp4', 'busybox') },
  async (t) => {
    const [master, node] = [await machine(t, 'master'), await machine(t, 'node')]
    connect([master, '10.20.30.1/24'], [[node, '10.20.30.200/24']])
    const { dir, config } = example(t, 'interface br0 10.20.30.1 255.255.255.0\n')
    const { stdout } = master.run('kickback', 'export', 'kea', '--config', config)
    const kea = join(dir, 'kea.conf')
    writeFileSync(kea, stdout)
    master.must('mkdir -p /run/kea /var/lib/kea')
    master.start('kea-dhcp4', '-c', kea)
    const lease = dhcpClient(node, dir, TELL)
    const gets = (mac: string, told: string) =>
      until(() => lease(mac) === `${told} cluster.internal`, `${mac} gets ${told}`)
    await gets('00:a0:d1:e5:c4:70', '10.20.30.115 n15')
    t.equal(
      lease('00:a0:d1:e5:c4:71'),
      '',
      'another card waits until the lease of the first one has ended, as the documents say',
    )
    await gets('00:a0:d1:e9:87:ca', '10.20.30.5 smartswitch')
    t.equal(lease('02:00:00:00:00:77'), '', 'a stranger gets nothing')
    await gets('00:a0:d1:e5:c4:6f', '10.20.30.100 n0')
  },
)
