/** The servers that are compared: how each is told of the names, and started on a port of loopback. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DOMAIN } from './data.ts'

/** A server that can be started: a command line, in a folder that holds the data. */
export interface Contestant {
  readonly name: string
  /** The program that has to be installed; undefined where it is ours. */
  readonly program?: string
  command(folder: string, port: number): readonly string[]
}

const root = join(import.meta.dirname, '../..')
const nodes = (file: string) => (folder: string, port: number) => [
  process.execPath,
  join(import.meta.dirname, file),
  folder,
  String(port),
]

/** The program as packages have it: its code in few files. It is made where it is missing or old. */
function packaged(): string {
  execFileSync('make', ['-s', 'build/program/bin/kickback'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  return join(root, 'build/program/kickback/main.js')
}

const kickback = (name: string, processes: number): Contestant => ({
  name,
  command(folder, port) {
    const own = `${name.replace(' ', '-')}-`
    for (const part of ['run', 'state']) mkdirSync(`${folder}/${own}${part}`, { recursive: true, mode: 0o755 })
    const files = ['config', 'passwd', 'group', 'shadow'].flatMap((name) => [`--${name}`, `${folder}/${name}`])
    const folders = [
      '--login-defs',
      `${folder}/login.defs`,
      '--run-dir',
      `${folder}/${own}run`,
      '--state-dir',
      `${folder}/${own}state`,
    ]
    const doors = [
      '--listen',
      `127.0.0.1:${port + 1000}`,
      '--dns',
      `127.0.0.1:${port}`,
      '--dns-processes',
      String(processes),
    ]
    return [process.execPath, packaged(), 'serve', ...files, ...folders, ...doors, '--domain', DOMAIN]
  },
})

/** Built for Debian it limits the rate of replies to a network by itself; nothing else here does. */
const nsd: Contestant = {
  name: 'nsd',
  program: 'nsd',
  command(folder, port) {
    writeFileSync(
      `${folder}/nsd.conf`,
      `server:\n  ip-address: 127.0.0.1@${port}\n  username: ""\n  chroot: ""\n  zonesdir: "${folder}"\n  database: ""\n  pidfile: "${folder}/nsd.pid"\n  xfrdfile: ""\n  zonelistfile: "${folder}/nsd.list"\n  server-count: 1\n  rrl-ratelimit: 0\nremote-control:\n  control-enable: no\nzone:\n  name: ${DOMAIN}\n  zonefile: zone.fwd\nzone:\n  name: 10.in-addr.arpa\n  zonefile: zone.rev\n`,
    )
    return ['nsd', '-d', '-c', `${folder}/nsd.conf`]
  },
}

const knot: Contestant = {
  name: 'knot',
  program: 'knotd',
  command(folder, port) {
    writeFileSync(
      `${folder}/knot.conf`,
      `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\ndatabase:\n  storage: ${folder}/knot\nzone:\n  - domain: ${DOMAIN}\n    file: ${folder}/zone.fwd\n  - domain: 10.in-addr.arpa\n    file: ${folder}/zone.rev\n`,
    )
    return ['knotd', '-c', `${folder}/knot.conf`]
  },
}

const unbound: Contestant = {
  name: 'unbound',
  program: 'unbound',
  command(folder, port) {
    writeFileSync(
      `${folder}/unbound.conf`,
      `server:\n  interface: 127.0.0.1\n  port: ${port}\n  do-daemonize: no\n  username: ""\n  chroot: ""\n  directory: "${folder}"\n  pidfile: ""\n  use-syslog: no\n  num-threads: 1\n  module-config: "iterator"\n  include: "${folder}/unbound.data"\nremote-control:\n  control-enable: no\n`,
    )
    return ['unbound', '-d', '-c', `${folder}/unbound.conf`]
  },
}

const dnsmasq: Contestant = {
  name: 'dnsmasq',
  program: 'dnsmasq',
  command(folder, port) {
    const names = [`--addn-hosts=${folder}/hosts`, `--local=/${DOMAIN}/`, '--local=/10.in-addr.arpa/', '--cache-size=0']
    const quiet = ['--no-resolv', '--no-hosts', '--conf-file=/dev/null', '--user=root', '--pid-file=']
    return ['dnsmasq', '-k', '-p', String(port), '-a', '127.0.0.1', '--bind-interfaces', ...names, ...quiet]
  },
}

const ALL: readonly Contestant[] = [
  kickback('kickback', 1),
  kickback('kickback two', 2),
  { name: 'ceiling', command: nodes('ceiling.ts') },
  { name: 'plain dns2', command: nodes('plain-dns2.mjs') },
  nsd,
  knot,
  unbound,
  dnsmasq,
]

/** Those that are installed, or those of them that are named. */
export function contestants(named: readonly string[]): readonly Contestant[] {
  return wanted(named).filter(({ program }) => program === undefined || isInstalled(program))
}

/** The programs of the others, which are not installed. */
export function missing(named: readonly string[]): readonly string[] {
  return wanted(named).flatMap(({ program }) => (program === undefined || isInstalled(program) ? [] : [program]))
}

function wanted(named: readonly string[]): readonly Contestant[] {
  return ALL.filter(({ name }) => named.length === 0 || named.includes(name))
}

function isInstalled(program: string): boolean {
  return ['/usr/sbin', '/usr/bin', '/usr/local/sbin'].some((folder) => existsSync(join(folder, program)))
}
