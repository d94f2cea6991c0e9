/** A cluster of real machines: a master and nodes, set up as the README says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../end-to-end/served.ts'
import type { Machine } from './machine.ts'
import type { Site } from './site.ts'

/** The address of the master; that of node 0 is 10.9.8.100. */
export const MASTER = '10.9.8.1'

/** The configuration of the cluster. */
export const CONFIG = `nodes 4
iprange 10.9.8.100 10.9.8.103
interface eth0 ${MASTER} 255.255.255.0
`

/** The units. */
export const UNITS = {
  master: 'kickback.service',
  node: 'beonss-kickbackclient.service',
  dns: 'kickback-dns.service',
} as const

/** Adds a master whose disk has kickback, boots it, gives it the user ada, and starts its unit. */
export async function newMaster(site: Site, layers: readonly string[], settings = ''): Promise<Machine> {
  const master = site.add({ name: 'master', layers, address: `${MASTER}/24` })
  await master.put('/etc/beowulf/config', CONFIG)
  await master.put('/etc/kickback/kickback.toml', settings)
  await master.boot()
  await master.must(
    'useradd -m -u 1000 -c "Ada Byron" -s /bin/bash ada && groupadd -g 2000 physics && usermod -aG physics ada',
  )
  await master.must(`systemctl enable --now ${UNITS.master}`)
  return master
}

/** Adds a node that is to follow the master, switched off: its unit is enabled, and it asks kickback after its own files. */
export async function newNode(
  site: Site,
  layers: readonly string[],
  master: Machine,
  number: number,
): Promise<Machine> {
  const node = site.add({ name: `n${number}`, layers, address: `10.9.8.${100 + number}/24` })
  await node.put('/etc/kickback/signing.pub', await master.must('cat /var/lib/kickback/signing.pub'))
  await node.put('/etc/kickback/kickback.toml', `master = ["${MASTER}:3045"]\nkey = "/etc/kickback/signing.pub"\n`)
  await node.put('/etc/nsswitch.conf', readFileSync(join(root, 'packaging/nsswitch.conf'), 'utf8'))
  node.enable(UNITS.node)
  return node
}

/** Asks the DNS of an address from a machine that has kickback: the IPv4 addresses of a name, or the code of the failure. */
export async function asked(machine: Machine, server: string, name: string): Promise<string> {
  const script =
    "const r = new (require('node:dns').promises.Resolver)({ tries: 1, timeout: 2000 }); r.setServers([process.argv[1]]); r.resolve4(process.argv[2]).then(a => console.log(a.join(' ')), e => console.log(e.code))"
  const node = '/usr/local/lib/node_modules/node/bin/node'
  return (await machine.run(node, '-e', script, server, name)).stdout.trim()
}
