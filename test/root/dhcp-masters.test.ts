// Addresses by DHCP from two masters: each gives them to its own nodes, and to those of the other one when that is down.
import t from 'tap'
import { lacking } from '../dns/programs.ts'
import { until } from '../patience.ts'
import { type DhcpMaster, dhcpClient, dhcpMaster } from './dhcp.ts'
import { connect, machine } from './machine.ts'

const skip = lacking('dnsmasq', 'busybox')

/** n0 and the devices have the first master first, n15 has the second one. */
const LINES = `interface eth0 10.20.30.1 255.255.255.0
masterorder - 10.20.30.1 10.20.30.2
masterorder 15 10.20.30.2 10.20.30.1
masterdelay 4
host 02:00:00:00:00:a1 10.20.30.1 first
host 02:00:00:00:00:a2 10.20.30.2 second
`
const TELL = '#!/bin/sh\n[ "$1" = bound ] && echo "$ip $hostname from $serverid boot=$boot_file"\nexit 0\n'
const [N0, N15, SWITCH] = ['00:a0:d1:e5:c4:6e', '00:a0:d1:e5:c4:70', '00:a0:d1:e9:87:ca']
const TAKEN = 'no master that comes first gives addresses to these machines: this one does'
const GIVEN_BACK = 'another master gives addresses to its machines again'
/** The client says that it is iPXE. */
const IPXE = ['-x', '175:b00101']

t.test(
  'two masters share the nodes, each stands in for the other, and neither takes the other for foreign',
  { skip },
  async (t) => {
    const [lan, one, two, node] = [
      await machine(t, 'lan'),
      await machine(t, 'one'),
      await machine(t, 'two'),
      await machine(t, 'node'),
    ]
    connect(
      [lan, '10.20.30.250/24'],
      [
        [one, '10.20.30.1/24'],
        [two, '10.20.30.2/24'],
        [node, '10.20.30.200/24'],
      ],
    )
    for (const [master, mac] of [
      [one, '02:00:00:00:00:a1'],
      [two, '02:00:00:00:00:a2'],
    ] as const)
      master.must(`ip link set eth0 address ${mac}`)
    const [first, second] = [dhcpMaster(t, one, LINES), dhcpMaster(t, two, LINES)]
    const lease = dhcpClient(node, first.dir, TELL)
    const [running] = await Promise.all([first.serve(), second.serve()])
    const taken = (master: DhcpMaster): number => master.log().split(TAKEN).length
    const given = (master: DhcpMaster): number => master.log().split(GIVEN_BACK).length
    const isAlone = (): boolean => [first, second].every((master) => taken(master) === given(master))
    await until(isAlone, 'each of them knows that the other one runs')
    const before = [first, second].map(taken)
    const from = (master: string): string => `from ${master} boot=http://${master}:3048/boot/\${netX/mac:hexhyp}`
    for (let i = 0; i < 4; i++) {
      t.equal(lease(N0, ...IPXE), `10.20.30.100 n0 ${from('10.20.30.1')}`)
      t.equal(lease(N15, ...IPXE), `10.20.30.115 n15 ${from('10.20.30.2')}`)
      t.equal(lease(SWITCH, ...IPXE), `10.20.30.5 smartswitch ${from('10.20.30.1')}`)
    }
    t.same([first, second].map(taken), before, 'meanwhile neither stands in for the other')
    t.notMatch(first.log() + second.log(), /another DHCP server|an unknown machine/)

    running.kill('SIGKILL')
    await until(() => !isRunning(first.pid()), 'it ends with its daemon')
    t.equal(lease(N0, ...IPXE), '', 'not at once')
    await until(() => lease(N0, ...IPXE) !== '', 'the second master answers')
    t.equal(lease(N0, ...IPXE), `10.20.30.100 n0 ${from('10.20.30.2')}`)
    t.equal(lease(SWITCH, ...IPXE), `10.20.30.5 smartswitch ${from('10.20.30.2')}`)
    await until(() => taken(second) > given(second), 'and says so')

    await first.serve()
    await until(isAlone, 'it is given back')
    await until(() => lease(N0, ...IPXE).includes('from 10.20.30.1'), 'and the first master answers alone')
    t.equal(lease(N0, ...IPXE), `10.20.30.100 n0 ${from('10.20.30.1')}`)

    lan.must('ip link set port1 down')
    await until(() => lease(N15, ...IPXE) !== '', 'a master whose cable is cut is stood in for, too')
    t.equal(lease(N15, ...IPXE), `10.20.30.115 n15 ${from('10.20.30.1')}`)
    t.notMatch(first.log() + second.log(), /another DHCP server|an unknown machine/)
  },
)

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
