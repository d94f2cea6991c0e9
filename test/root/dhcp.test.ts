// Addresses by DHCP from the configuration: who gets which, what a change does, and what strangers get.

import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lacking } from '../dns/programs.ts'
import { until } from '../patience.ts'
import { dhcpClient, dhcpCluster } from './dhcp.ts'
import { installModule, machine } from './machine.ts'

/** A program that takes the port of DHCP once it is free. */
const TAKER = `const { createSocket } = require('node:dgram')
const take = () => createSocket('udp4').on('error', () => setTimeout(take, 5)).bind(67)
take()`
const skip = lacking('dnsmasq', 'busybox')

t.test(
  'devices and nodes get their addresses and names, by each of their MACs, and a stranger gets nothing',
  { skip },
  async (t) => {
    const { serve, lease, dir, log } = await dhcpCluster(t)
    await serve('--boot-networks', '10.20.30.0/24=10.20.30.254', '--boot-dns', '10.20.30.9', '--boot-lease', '600')
    const told = 'cluster.internal router=10.20.30.254 dns=10.20.30.9 boot= lease=600'
    t.equal(lease('00:a0:d1:e9:87:ca'), `10.20.30.5 smartswitch ${told}`)
    t.equal(lease('00:a0:d1:e5:c4:70'), `10.20.30.115 n15 ${told}`)
    t.equal(lease('00:a0:d1:e5:c4:71'), `10.20.30.115 n15 ${told}`, 'its other card')
    t.equal(lease('02:00:00:00:00:77'), '')
    const file = join(dir, 'state-master/strangers.json')
    await until(() => existsSync(file) && readFileSync(file, 'utf8').includes('2:0:0:0:0:77'), 'the stranger is listed')
    t.match(log(), /an unknown machine asks for an address/)
  },
)

t.test(
  'a BMC with a MAC on the line of its node gets its address and name, and is known by ethers',
  { skip },
  async (t) => {
    const lines = [
      'interface br0 10.20.30.1 255.255.255.0',
      'nodename n%N',
      'nodename n%N-ipmi 0.0.0.50 bmcs',
      'node 20 02:00:00:00:02:00 n20-ipmi=02:00:00:00:02:01',
    ]
    const { serve, lease, master, change } = await dhcpCluster(t, `${lines.join('\n')}\n`)
    installModule(master)
    await serve()
    t.match(lease('02:00:00:00:02:00'), /^10\.20\.30\.120 n20 /)
    t.match(lease('02:00:00:00:02:01'), /^10\.20\.30\.170 n20-ipmi /)
    t.equal(master.must('getent ethers 02:00:00:00:02:01'), '2:0:0:0:2:1 n20-ipmi\n')
    t.equal(master.must('getent ethers n20-ipmi'), '2:0:0:0:2:1 n20-ipmi\n')
    t.equal(master.must('getent hosts n20-ipmi'), '10.20.30.170    n20-ipmi\n')
    change('n20-ipmi=02:00:00:00:02:01', 'n20-ipmi=02:00:00:00:02:02')
    await until(
      () => lease('02:00:00:00:02:02').startsWith('10.20.30.170 '),
      'a BMC that took its place has the address',
    )
    t.equal(lease('02:00:00:00:02:01'), '')
  },
)

t.test(
  'a MAC that is added, replaced or removed in the configuration is so by DHCP after the reload',
  { skip },
  async (t) => {
    const { serve, lease, change, pid } = await dhcpCluster(t)
    await serve()
    t.match(lease('00:a0:d1:e5:c4:6e'), /^10\.20\.30\.100 n0 /)
    t.equal(lease('02:00:00:00:00:16'), '')
    const first = pid()
    change('node 15 ', 'node 16 02:00:00:00:00:16\nnode 15 ')
    await until(() => lease('02:00:00:00:00:16').startsWith('10.20.30.116 n16 '), 'the new one has its address')
    t.equal(pid(), first, 'an addition restarts nothing')
    change('02:00:00:00:00:16', '02:00:00:00:00:17')
    await until(
      () => lease('02:00:00:00:00:17').startsWith('10.20.30.116 n16 '),
      'the card that took its place has the address',
    )
    t.equal(lease('02:00:00:00:00:16'), '', 'and the old card is a stranger')
    change('node 16 02:00:00:00:00:17\n', '')
    await until(() => lease('02:00:00:00:00:17') === '', 'what is removed gets nothing')
  },
)

t.test(
  'additions, fifty SIGHUPs with leases, the death of dnsmasq and that of the master, with which it ends, leave no machine without an address',
  { skip },
  async (t) => {
    const { serve, lease, config, reload, pid, log, master } = await dhcpCluster(t)
    const child = await serve()
    const first = pid()
    t.match(lease('00:a0:d1:e9:87:ca'), /^10\.20\.30\.5 /)
    for (const i of [1, 2, 3]) {
      appendFileSync(config, `node ${20 + i} 02:00:00:00:01:0${i}\n`)
      reload()
    }
    master.must(`for i in $(seq 50); do kill -HUP ${first}; sleep 0.02; done`)
    t.equal(pid(), first)
    t.match(lease('02:00:00:00:01:01'), /^10\.20\.30\.121 n21 /)
    master.must(`kill -9 ${first}`)
    await until(() => pid() !== first && log().split('dnsmasq runs').length > 2, 'it is started again')
    t.match(log(), /dnsmasq ended.*ended by SIGKILL/)
    t.match(lease('02:00:00:00:01:01'), /^10\.20\.30\.121 n21 /)
    const left = pid()
    child.kill('SIGKILL')
    await until(() => master.run('kill', '-0', String(left)).code !== 0, 'dnsmasq ends with a master that is killed')
    await serve()
    t.not(pid(), left)
    t.match(lease('02:00:00:00:01:01'), /^10\.20\.30\.121 n21 /)
  },
)

t.test(
  'beside another DHCP server the master does not start, unless it is told to; it serves a network behind a relay',
  { skip },
  async (t) => {
    const { serve, dir, node, log, config, master } = await dhcpCluster(t)
    const words = [
      '--port=0',
      '--keep-in-foreground',
      '--interface=eth0',
      '--bind-dynamic',
      '--leasefile-ro',
      '--pid-file=',
    ]
    const foreign = node.start('dnsmasq', ...words, '--dhcp-range=10.20.30.60,10.20.30.70,60')
    await until(() => node.run('sh', '-c', 'ss -lun | grep -q :67').code === 0, 'the other server listens')
    const refused = await serve()
    t.not(refused.exitCode ?? -1, 0)
    t.match(log(), /another DHCP server answers on br0: 10\.20\.30\.200/)
    foreign.kill('SIGTERM')
    await once(foreign, 'exit')
    appendFileSync(config, 'hostrange 10.44.0.4 10.44.0.9\nhost 02:00:00:00:00:44 10.44.0.5 far\n')
    const relay = await machine(t, 'relay')
    node.must(`ip addr add 10.44.0.1/24 dev eth0; ip link add far0 type veth peer name eth0 netns ${relay.pid}`)
    node.must(
      'ip addr flush dev eth0; ip addr add 10.20.30.200/24 dev eth0; ip addr add 10.44.0.1/24 dev far0; ip link set far0 up',
    )
    node.must('sysctl -qw net.ipv4.ip_forward=1')
    master.must('ip route add 10.44.0.0/24 via 10.20.30.200')
    await serve('--boot-networks', '10.44.0.0/24=10.44.0.1')
    node.start('dnsmasq', '--port=0', '--keep-in-foreground', '--pid-file=', '--dhcp-relay=10.44.0.1,10.20.30.1')
    relay.must('ip link set eth0 address 02:00:00:00:00:44 && ip link set eth0 up')
    const asked = () =>
      relay
        .run('busybox', 'udhcpc', '-i', 'eth0', '-f', '-q', '-n', '-t', '3', '-T', '1', '-s', join(dir, 'tell'))
        .stdout.trim()
    let told = ''
    await until(() => {
      told = asked()
      return told !== ''
    }, 'the machine behind the relay has an address')
    t.match(told, /^10\.44\.0\.5 far cluster\.internal router=10\.44\.0\.1 /)
  },
)

t.test(
  'a second network boots from the address of the master in it, which the running boot process opens and closes',
  { skip },
  async (t) => {
    const { serve, lease, dir, master, change, log } = await dhcpCluster(t)
    const line = 'interface eth9 10.9.0.1 255.255.0.0\n'
    const places = (): string => {
      const lines = master.must('ss -Hltn sport = :3048').trim().split('\n')
      return lines
        .map((line) => line.split(/\s+/)[3])
        .sort()
        .join(' ')
    }
    const told = () => JSON.parse(master.run('kickback', 'status', '--json').stdout)
    await serve()
    const { pid } = told().boot_process
    t.equal(places(), '10.20.30.1:3048')

    change('nodes ', `${line}hostrange 10.9.0.2 10.9.0.9\nhost 02:00:00:00:00:09 10.9.0.5 far\nnodes `)
    await until(() => log().includes('cannot answer nodes that boot there yet'), 'the address is not here')
    await until(() => told().boot_process.missing.length > 0, 'status has it')
    const missing = { place: '10.9.0.1:3048', reason: /address not available/ }
    t.match(told(), { warnings: [{ code: 'boot-silent' }], boot_process: { missing: [missing] } })
    t.equal(places(), '10.20.30.1:3048')

    const far = await machine(t, 'far')
    master.must(`ip link add eth9 type veth peer name eth0 netns ${far.pid} && ip addr add 10.9.0.1/16 dev eth9`)
    master.must('ip link set eth9 up')
    far.must('ip link set eth0 up')
    await until(() => places() === '10.20.30.1:3048 10.9.0.1:3048', 'it is opened')
    const ask = dhcpClient(far, dir, '#!/bin/sh\n[ "$1" = bound ] && echo "$ip boot=$boot_file"\nexit 0\n')
    const from = (address: string): string => `boot=http://${address}:3048/boot/\${netX/mac:hexhyp}`
    let got = ''
    await until(() => {
      got = ask('02:00:00:00:00:09', '-x', '175:b00101')
      return got !== ''
    }, 'DHCP answers there')
    t.equal(got, `10.9.0.5 ${from('10.9.0.1')}`)
    far.must('ip addr add 10.9.0.5/16 dev eth0')
    t.match(far.must('busybox wget -qO- http://10.9.0.1:3048/boot/02-00-00-00-00-09'), /^#!ipxe/)
    t.match(lease('00:a0:d1:e5:c4:6e', '-x', '175:b00101'), from('10.20.30.1'), 'the first network has its own')
    await until(() => told().boot_process.missing.length === 0, 'and status is well')
    t.match(told(), { warnings: [], boot_process: { pid, restarts: 0 } })

    change(line, '')
    await until(() => places() === '10.20.30.1:3048', 'it is closed')
    t.match(told().boot_process, { pid, listening: ['10.20.30.1:3048'], restarts: 0 })
  },
)

/** A test of the long run alone: it waits longer than it tells. */
const longTest = process.env.KICKBACK_LONG === undefined ? () => {} : t.test.bind(t)

longTest(
  'status tells that dnsmasq does not come up and since when, and another server that took a machine from it',
  { skip },
  async (t) => {
    const { serve, lease, master, pid } = await dhcpCluster(t)
    const told = () => {
      const { code, stdout } = master.run('kickback', 'status', '--json')
      return { code, ...JSON.parse(stdout) }
    }
    await serve('--boot-beside')
    t.match(told(), { code: 0, dhcp: { by: 'child', pid: pid(), restarts: 0, machines: 7, strangers: 0, foreign: [] } })
    // It tries to take the port of DHCP until it has it, for itself alone.
    const taker = master.start(process.execPath, '-e', TAKER)
    master.must(`kill -KILL ${pid()}`)
    await until(() => told().dhcp.reason?.includes('in use') === true, 'dnsmasq does not come up')
    const down = told()
    t.match(down, { code: 3, dhcp: { pid: 0, reason: /failed to bind DHCP server socket: Address already in use/ } })
    t.match(
      down.warnings.map(({ code }: { code: string }) => code),
      ['dhcp-silent'],
    )
    t.ok(down.dhcp.restarts > 1 && Math.abs(down.dhcp.since - Date.now() / 1000) < 60)
    taker.kill('SIGKILL')
    await until(() => told().code === 0, 'it runs again by itself')
    t.match(lease('00:a0:d1:e5:c4:6e'), /^10\.20\.30\.100 n0 /)
    t.match(told(), { dhcp: { reason: undefined, trouble: { text: /in use/ } } })
    const other = await machine(t, 'other')
    master.must(`ip link add port9 type veth peer name eth0 netns ${other.pid} && ip link set port9 master br0 up`)
    other.must('ip addr add 10.20.30.66/24 dev eth0 && ip link set eth0 up')
    const words = ['--port=0', '--keep-in-foreground', '--interface=eth0', '--no-ping', '--leasefile-ro', '--pid-file=']
    other.start('dnsmasq', ...words, '--dhcp-range=10.20.30.60,10.20.30.70,60')
    await until(() => {
      lease('00:a0:d1:e5:c4:6e')
      return told().dhcp.foreign.length > 0
    }, 'the other server is seen')
    t.match(told(), { code: 0, dhcp: { foreign: [{ server: '10.20.30.66', interface: 'br0' }] } })
  },
)
