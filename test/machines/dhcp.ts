/** The DHCP of a master under systemd: dnsmasq as the unit of the packages, and a machine that boots, in a network namespace. */
import type { Test } from 'tap'
import type { Outcome } from '../end-to-end/served.ts'
import { until } from '../patience.ts'
import { PATIENCE } from '../vm/virtual-machine.ts'

/** A machine with systemd, real or not. */
export interface Shell {
  /** Runs a line of shell as root, to its end. */
  run(line: string): Promise<Outcome>
  /** The same; rejects where it fails. */
  must(line: string): Promise<string>
  /** Writes a file, whose folder is made. */
  put(path: string, content: string): Promise<void>
}

const MASTER = '10.21.30.1'
/** The cards of the node, the first and the one that takes its place, and a card that nobody knows. */
const CARDS = { first: '02:00:00:00:00:01', second: '02:00:00:00:00:02', stranger: '02:00:00:00:00:77' } as const

const CONFIG = `interface lan0 ${MASTER} 255.255.255.0
nodes 4
iprange 10.21.30.100 10.21.30.103
kernelimage /srv/boot/kernel
initrdimage /srv/boot/initrd
node 1 install pxe+local pxe ${CARDS.first}
`

/** The other end of lan0 is the card of the machine that boots: its name in the namespace `booting` is lan1. */
const NETWORK = `
mkdir -p /run/netns
ip netns add booting
ip link add lan0 type veth peer name lan1 netns booting
ip address add ${MASTER}/24 dev lan0 && ip link set lan0 up
ip -n booting link set lo up
mkdir -p /srv/boot && echo kernel >/srv/boot/kernel && echo initrd >/srv/boot/initrd
printf '#!/bin/sh\\n[ "$1" = bound ] || exit 0\\nip address add "$ip/24" dev "$interface"\\necho "$ip $hostname"\\n' >/usr/local/bin/leased
chmod 755 /usr/local/bin/leased`

/** What a booting machine does: asks for an address with a card, loads by TFTP and by HTTP. */
class Booting {
  readonly #machine: Shell

  constructor(machine: Shell) {
    this.#machine = machine
  }

  /** `ADDRESS NAME`; empty for none. */
  async lease(card: string): Promise<string> {
    const words = 'udhcpc -i lan1 -f -q -n -t 10 -T 1 -s /usr/local/bin/leased'
    const fresh = `ip link set lan1 down; ip address flush dev lan1; ip link set lan1 address ${card}; ip link set lan1 up`
    const { stdout } = await this.#run(`${fresh}; busybox ${words} 2>/dev/null`)
    return stdout.trim()
  }

  /** What wget prints of a place of the master. */
  async fetched(path: string): Promise<string> {
    return (await this.#run(`busybox wget -q -O - http://${MASTER}:3048${path}`)).stdout
  }

  /** How many bytes a boot program has that is loaded by TFTP. */
  async loaded(program: string): Promise<number> {
    return Number((await this.#run(`busybox tftp -g -l - -r ${program} ${MASTER} | wc -c`)).stdout)
  }

  #run(line: string) {
    return this.#machine.run(`ip netns exec booting sh -c '${line}'`)
  }
}

/** Makes the master that was set up one that boots nodes, and a machine to boot. */
export async function bootsNodes(machine: Shell): Promise<void> {
  await machine.must(`set -e${NETWORK}`)
  await machine.put('/etc/beowulf/config', CONFIG)
  await machine.must("printf '[boot]\\nenabled = true\\n' >>/etc/kickback/kickback.toml")
  await machine.must('systemctl restart kickback || { journalctl -u kickback -o cat -n 40 >&2; exit 1; }')
}

/** All that the unit of dnsmasq does for a node. `process` is what ps(1) says of it: label, user and arguments. */
export async function givesAddresses(t: Test, machine: Shell, process: RegExp): Promise<void> {
  const booting = new Booting(machine)
  const pid = async (): Promise<string> => (await machine.must('systemctl show -P MainPID kickback-dhcp')).trim()
  const leased = async (card: string, lease: string): Promise<void> => {
    await until(async () => (await booting.lease(card)) === lease, `${card} has ${lease}`, PATIENCE)
    t.pass(`${card} has ${lease}`)
  }

  await leased(CARDS.first, '10.21.30.101 n1')
  t.match(await machine.must('ps -o label=,user=,args= -C dnsmasq'), process)
  const size = Number(await machine.must('stat -Lc %s /usr/lib/ipxe/undionly.kpxe'))
  t.equal(await booting.loaded('undionly.kpxe'), size, 'the boot program comes by TFTP')

  const script = await booting.fetched('/boot/02-00-00-00-00-01')
  for (const image of ['kernel', 'initrd']) {
    const path = new RegExp(`http://[^/]+(/file/\\S+/${image}/\\S+)`).exec(script)?.[1] ?? ''
    t.equal(await booting.fetched(path), `${image}\n`)
  }
  const report = /http:\/\/[^/]+(\/sent\/\S+)/.exec(script)?.[1] ?? ''
  t.match(await booting.fetched(report), /boots stage local next/)
  t.match(await machine.must('cat /etc/beowulf/config'), `node 1 install pxe+local local ${CARDS.first}\n`)

  const before = await pid()
  await machine.must('kickback add node 2 02:00:00:00:00:22')
  await leased('02:00:00:00:00:22', '10.21.30.102 n2')
  t.equal(await pid(), before, 'an addition is told by a signal')
  await machine.must(`sed -i s/${CARDS.first}/${CARDS.second}/ /etc/beowulf/config && kickback reload`)
  await leased(CARDS.second, '10.21.30.101 n1')
  t.not(await pid(), before, 'what is replaced, by a restart')

  t.equal(await booting.lease(CARDS.stranger), '')
  const isListed = async (): Promise<boolean> => /2:0:0:0:0:77/.test(await machine.must('kickback nodes --unknown'))
  await until(isListed, 'the stranger is listed: the log comes back', PATIENCE)

  await machine.must('kill -9 $(systemctl show -P MainPID kickback-dhcp)')
  await leased(CARDS.second, '10.21.30.101 n1')
  await machine.must('systemctl stop kickback')
  t.match(await machine.run('systemctl is-active kickback-dhcp'), { stdout: 'inactive\n' }, 'it ends with the master')
  await machine.must('systemctl start kickback')
  await leased(CARDS.second, '10.21.30.101 n1')
}
