// Addresses by DHCP from two masters: each gives them to its own nodes, and to those of the other one when that is down.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lacking } from '../dns/programs.ts'
import { until } from '../patience.ts'
import { type DhcpMaster, dhcpClient, dhcpMaster } from './dhcp.ts'
import { example } from './example.ts'
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

/** Two masters, each with its own file or both with this one, and a machine that boots. */
async function twoMasters(t: Test, isShared = false) {
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
  const files = example(t, LINES)
  const [first, second] = [dhcpMaster(t, one, files), dhcpMaster(t, two, isShared ? files : example(t, LINES))]
  const taken = (master: DhcpMaster): number => master.log().split(TAKEN).length
  const given = (master: DhcpMaster): number => master.log().split(GIVEN_BACK).length
  return {
    ...{ lan, node, first, second, taken },
    lease: dhcpClient(node, first.dir, TELL),
    /** Whether neither stands in for the other. */
    isAlone: () => [first, second].every((master) => taken(master) === given(master)),
    standsIn: (master: DhcpMaster) => taken(master) > given(master),
  }
}

t.test(
  'two masters share the nodes, each stands in for the other, and neither takes the other for foreign',
  { skip },
  async (t) => {
    const { lan, first, second, lease, taken, isAlone, standsIn } = await twoMasters(t)
    const [running] = await Promise.all([first.serve(), second.serve()])
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
    await until(() => lease(N0, ...IPXE) !== '', 'the second master answers')
    t.equal(lease(N0, ...IPXE), `10.20.30.100 n0 ${from('10.20.30.2')}`)
    t.equal(lease(SWITCH, ...IPXE), `10.20.30.5 smartswitch ${from('10.20.30.2')}`)
    await until(() => standsIn(second), 'and says so')

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

/** A test of the long run alone: it waits longer than it tells. */
const longTest = process.env.KICKBACK_LONG === undefined ? () => {} : t.test.bind(t)

longTest('a master that stands in for another one moves boot stages in a file that both have', { skip }, async (t) => {
  const { node, first, second, lease, isAlone, standsIn } = await twoMasters(t, true)
  const kernel = join(first.dir, 'kernel')
  writeFileSync(kernel, 'kernel\n')
  const boots = `class disk kernelimage ${kernel}\nclass disk initrdimage none\nnode 9 disk pxe+local pxe 02:00:00:00:00:09\n`
  appendFileSync(first.config, boots)
  const [running] = await Promise.all([first.serve('--boot-shared-config'), second.serve('--boot-shared-config')])
  await until(isAlone, 'each of them knows that the other one runs')
  const asked = (path: string): string => node.must(`busybox wget -qO- 'http://10.20.30.2:3048${path}'`)
  const script = '/boot/02-00-00-00-00-09'
  const hasImage = (): boolean => {
    node.must('ip addr add 10.20.30.109/24 dev eth0')
    return asked(script).includes('kernel --name')
  }
  t.match(lease('02:00:00:00:00:09', ...IPXE), '10.20.30.109 n9 from 10.20.30.1 ')
  t.equal(hasImage(), false, 'while the first master lives')
  running.kill('SIGKILL')
  await until(() => lease('02:00:00:00:00:09', ...IPXE) !== '', 'the second master answers')
  await until(() => standsIn(second), 'and says so')
  t.equal(hasImage(), true)
  const [, image = '', report = ''] =
    /kernel --name \S+ http:\/\/[^/]+(\S+)[\s\S]*imgfetch --name report http:\/\/[^/]+(\S+)/.exec(asked(script)) ?? []
  t.equal(asked(image), 'kernel\n')
  t.match(asked(report), 'node 9 boots stage local next')
  t.match(readFileSync(first.config, 'utf8'), 'node 9 disk pxe+local local 02:00:00:00:00:09\n')
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
