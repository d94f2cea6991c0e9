/** A cluster of real machines: a master and nodes, set up by the packages and `kickback setup`. */
import { installed, type Kind, type Role } from './installation.ts'
import type { Machine } from './machine.ts'
import type { Site } from './site.ts'

/** The address of the master; that of node 0 is 10.20.30.100. */
export const MASTER = '10.20.30.1'

/** The configuration of the cluster. */
export const CONFIG = `nodes 4
iprange 10.20.30.100 10.20.30.103
interface eth0 ${MASTER} 255.255.255.0
`

/** The units. */
export const UNITS = {
  master: 'kickback.service',
  node: 'beonss-kickbackclient.service',
  dns: 'kickback-dns.service',
} as const

/** Makes the users of the cluster, on the master. */
export const USERS =
  'useradd -m -u 1000 -c "Ada Byron" -s /bin/bash ada && groupadd -g 2000 physics && usermod -aG physics ada'

/** What the disks of the machines of a cluster are made of. */
export interface Disks {
  /** The tree of Debian below. */
  readonly tree: string
  /** The packages; .deb unless given. */
  readonly kind?: Kind
}

/** The layers of a disk with the packages of a role. */
const layersOf = ({ tree, kind }: Disks, role: Role): readonly string[] => installed(tree, role, kind)

/** Adds a master with the packages, boots it, gives it the user ada, and sets it up. */
export async function newMaster(site: Site, disks: Disks, settings = ''): Promise<Machine> {
  const master = site.add({ name: 'master', layers: layersOf(disks, 'master'), address: `${MASTER}/24` })
  await master.put('/etc/beowulf/config', CONFIG)
  if (settings !== '') await master.put('/etc/kickback/kickback.toml', settings)
  await master.boot()
  await master.must(USERS)
  await master.must('kickback setup master')
  return master
}

/** Adds a node that is to follow the master, switched off: its disk has the packages, and was set up as in an image. */
export async function newNode(site: Site, disks: Disks, master: Machine, number: number): Promise<Machine> {
  const address = `10.20.30.${100 + number}/24`
  const node = site.add({ name: `n${number}`, layers: layersOf(disks, 'node'), address })
  await node.put('/root/signing.pub', await master.must('cat /var/lib/kickback/signing.pub'))
  await node.prepare(`kickback setup node --master ${MASTER} --key /root/signing.pub`)
  return node
}

/** Asks the DNS of an address from a machine that has kickback: the IPv4 addresses of a name, or the code of the failure. */
export async function asked(machine: Machine, server: string, name: string): Promise<string> {
  const script =
    "const r = new (require('node:dns').promises.Resolver)({ tries: 1, timeout: 2000 }); r.setServers([process.argv[1]]); r.resolve4(process.argv[2]).then(a => console.log(a.join(' ')), e => console.log(e.code))"
  return (await machine.run('/usr/lib/kickback/node', '-e', script, server, name)).stdout.trim()
}
