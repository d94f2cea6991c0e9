/** nslcd and the slapd that it asks, on the measured data: both alone on sockets of this mount namespace. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const BASE = 'dc=bench'
const SCHEMAS = ['core', 'cosine', 'nis']
/** What look-ups ask by, and what a server that is run well has an index for. */
const INDEXED = ['objectClass', 'cn', 'uid', 'uidNumber', 'gidNumber', 'memberUid', 'ipHostNumber', 'macAddress']

/** One entry of an LDIF file (RFC 2849): its name below the base, its attributes. */
const entry = (name: string, attributes: readonly string[]): string =>
  `dn: ${name === '' ? '' : `${name},`}${BASE}\n${attributes.join('\n')}\n\n`

/** A line of passwd as an entry of an LDIF file. */
export const account = (line: string): string => {
  const [name, , uid, gid, gecos, home, shell] = line.split(':')
  const attributes = ['objectClass: account', 'objectClass: posixAccount', `uid: ${name}`, `cn: ${name}`]
  const numbers = [`uidNumber: ${uid}`, `gidNumber: ${gid}`]
  return entry(`uid=${name},ou=people`, [
    ...attributes,
    ...numbers,
    `gecos: ${gecos}`,
    `homeDirectory: ${home}`,
    `loginShell: ${shell}`,
  ])
}

const group = (line: string): string => {
  const [name, , gid, members = ''] = line.split(':')
  const uids = members.split(',').filter((member) => member !== '')
  const attributes = ['objectClass: posixGroup', `cn: ${name}`, `gidNumber: ${gid}`]
  return entry(`cn=${name},ou=groups`, [...attributes, ...uids.map((uid) => `memberUid: ${uid}`)])
}

const host = (line: string, mac: string | undefined): string => {
  const [address, name] = line.split(' ')
  const classes = ['device', 'ipHost', 'ieee802Device'].map((name) => `objectClass: ${name}`)
  return entry(`cn=${name},ou=hosts`, [...classes, `cn: ${name}`, `ipHostNumber: ${address}`, `macAddress: ${mac}`])
}

/** The lines of passwd, group, hosts (localhost first) and ethers as the LDIF that slapadd takes (RFC 2307). */
export function ldif(files: Readonly<Record<string, readonly string[]>>): string {
  const { passwd = [], group: groups = [], hosts = [], ethers = [] } = files
  const units = ['people', 'groups', 'hosts'].map((ou) =>
    entry(`ou=${ou}`, ['objectClass: organizationalUnit', `ou: ${ou}`]),
  )
  return [
    entry('', ['objectClass: dcObject', 'objectClass: organization', 'dc: bench', 'o: bench']),
    ...units,
    ...passwd.map(account),
    ...groups.map(group),
    ...hosts.slice(1).map((line, i) => host(line, ethers[i]?.split(' ')[0])),
  ].join('')
}

/** Loads the data set's LDIF into a new database: the configuration that slapd is to run with. */
function loadDatabase(folder: string, settings: string): string {
  const data = join(folder, 'slapd')
  mkdirSync(data, { recursive: true })
  const lines = [
    ...SCHEMAS.map((name) => `include /etc/ldap/schema/${name}.schema`),
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'loglevel none',
    'database mdb',
    'maxsize 1073741824',
    `suffix "${BASE}"`,
    `directory ${data}`,
    ...INDEXED.map((name) => `index ${name} eq`),
    settings,
  ]
  const configuration = join(folder, 'slapd.conf')
  writeFileSync(configuration, `${lines.join('\n')}\n`)
  spawnSync('sh', ['-c', 'rm -f "$0"/*.mdb', data])
  execFileSync('slapadd', ['-q', '-f', configuration, '-l', join(folder, 'files/data.ldif')], { stdio: 'ignore' })
  return configuration
}

/** Both daemons while they run. */
interface Running {
  readonly slapd: ChildProcess
  stop(): void
}

/** Starts both for the data set in a folder, slapd with more settings where some are given. Needs a mount namespace of our own, and root. */
export function startNslcd(folder: string, settings = ''): Running {
  const socket = `ldapi://${encodeURIComponent(join(folder, 'ldapi'))}`
  const slapd = spawn('slapd', ['-d', '0', '-h', socket, '-f', loadDatabase(folder, settings)], { stdio: 'ignore' })
  const configuration = join(folder, 'nslcd.conf')
  writeFileSync(configuration, `uri ${socket}\nbase ${BASE}\nthreads 2\n`, { mode: 0o600 })
  mkdirSync('/run/nslcd', { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run/nslcd'])
  execFileSync('mount', ['--bind', configuration, '/etc/nslcd.conf'])
  const nslcd = spawn('nslcd', ['--nofork'], { stdio: 'ignore' })
  spawnSync('sleep', ['2'])
  const stop = (): void => {
    for (const daemon of [nslcd, slapd]) daemon.kill('SIGKILL')
    spawnSync('umount', ['/run/nslcd', '/etc/nslcd.conf'], { stdio: 'ignore' })
  }
  return { slapd, stop }
}
