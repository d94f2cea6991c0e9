/** A master with accounts of LDAP and a node of it on this machine, and the doors by which programs ask them. Needs a mount namespace of our own. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { account, ldif, startNslcd } from '../nss/ldap.ts'

/** What the daemons and the look-ups run under: on a machine that does other work, `chrt -r 1`. */
export const PIN = (process.env.PIN ?? '').split(' ').filter((word) => word !== '')
const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js')
const MASTER = '127.0.0.1:30451'
const RUN = '/run/kickback'
const NODE = '/run/kickback-node'
/** Where the daemons keep their own, and where the door is made by which only a socket is seen. */
const [MASTER_STATE, NODE_STATE, DOOR] = ['/run/kickback-state', '/run/kickback-node-state', '/run/kickback-door']
/** The other folders where the module looks for a snapshot: one that this machine has may hold one. */
const PLACES = ['/var/lib/kickback', '/usr/share/kickback'].filter((place) => existsSync(place))

const CONFIG = `nodes 2
interface eth0 10.20.30.1 255.255.255.0
iprange 10.20.30.2 10.20.30.3
host 00:A0:D1:E9:87:CA 10.20.30.9 pdu1
hostrange 10.20.30.9 10.20.30.9
`
const FILES = {
  passwd: 'root:x:0:0::/root:/bin/sh\nlocal:x:2000:2000::/home/local:/bin/sh\n',
  group: 'root:x:0:\nlocal:x:2000:\n',
}
const [ADMIN, PASSWORD] = ['cn=admin,dc=bench', 'secret']
const ANN = 'ann:x:3000:5000:Ann:/home/ann:/bin/sh'
const TREE = {
  passwd: ['user1:x:2001:5000:User:/home/user1:/bin/sh'],
  group: ['lab:x:5000:ann'],
  hosts: ['127.0.0.1 localhost'],
}

/** How programs ask: by the mapped file of the master, by its socket without the file, and by the socket of a node without the file. */
export type Door = 'file' | 'socket' | 'node'

/** The site. It ends with this process. */
export class Site {
  readonly #slapd: ChildProcess
  /** The process in whose mount namespace a door is. */
  readonly #keepers: ReadonlyMap<Door, number>
  /** The sockets of the master and of the node, for other questions. */
  readonly sockets = [RUN, NODE].map((folder) => join(folder, 'socket'))

  private constructor(slapd: ChildProcess, keepers: ReadonlyMap<Door, number>) {
    this.#slapd = slapd
    this.#keepers = keepers
  }

  static async start(folder: string): Promise<Site> {
    mkdirSync(join(folder, 'files'), { recursive: true })
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    execFileSync('mount', ['--make-rprivate', '/'])
    for (const [name, text] of Object.entries(FILES))
      execFileSync('mount', ['--bind', write(name, text), `/etc/${name}`])
    for (const place of [...PLACES, '/run']) execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', place])
    for (const place of [RUN, NODE, MASTER_STATE, NODE_STATE, DOOR]) mkdirSync(place)
    write('files/data.ldif', ldif(TREE))
    const { slapd, stop } = startNslcd(folder, `rootdn "${ADMIN}"\nrootpw ${PASSWORD}`)
    process.on('exit', stop)
    await until(() => execFileSync('getent', ['-s', 'ldap', 'passwd', 'user1'], { stdio: 'ignore' }))
    const nss = ['--accounts-source', 'nss', '--accounts-services', 'files', '--accounts-services', 'ldap']
    const times = ['--accounts-refresh', '86400', '--accounts-deadline', '5', '--accounts-lookups', 'always']
    const words = ['serve', '--config', write('config', CONFIG), '--listen', MASTER, ...nss, ...times]
    start(folder, 'master', [...words, '--run-dir', RUN, '--state-dir', MASTER_STATE])
    await until(() => execFileSync('stat', [join(RUN, 'snapshot.1'), join(RUN, 'socket')], { stdio: 'ignore' }))
    // She was not there when users were listed: as with SSSD, she is looked up.
    const socket = `ldapi://${encodeURIComponent(join(folder, 'ldapi'))}`
    execFileSync('ldapadd', ['-x', '-H', socket, '-D', ADMIN, '-w', PASSWORD], { input: account(ANN) })
    const key = ['--key', join(MASTER_STATE, 'signing.pub')]
    start(folder, 'node', ['proxy', '--master', MASTER, ...key, '--run-dir', NODE, '--state-dir', NODE_STATE])
    await until(() => execFileSync('stat', [join(NODE, 'snapshot.1'), join(NODE, 'socket')], { stdio: 'ignore' }))
    return new Site(
      slapd,
      new Map([
        ['file', process.pid],
        ['socket', await withoutFile(RUN)],
        ['node', await withoutFile(NODE)],
      ]),
    )
  }

  /** A command that runs where programs ask by this door. */
  at(door: Door, command: readonly string[]): readonly string[] {
    return ['nsenter', '-t', String(this.#keepers.get(door)), '-m', ...command]
  }

  /** Has the LDAP server hang, or go on. */
  hang(isHung: boolean): void {
    this.#slapd.kill(isHung ? 'SIGSTOP' : 'SIGCONT')
  }
}

/** Starts a daemon, which ends with this process. */
function start(folder: string, name: string, words: readonly string[]): void {
  const command = [...PIN, process.execPath, PROGRAM, ...words]
  const log = join(folder, `${name}.log`)
  spawn('sh', ['-c', 'exec setpriv --pdeathsig KILL "$@" >"$0" 2>&1', log, ...command], { stdio: 'ignore' })
}

/** A mount namespace in which the module finds a socket and no file. */
async function withoutFile(runDir: string): Promise<number> {
  const script = `set -e
    mount -t tmpfs -o mode=755 tmpfs ${DOOR}
    touch ${DOOR}/socket; mount --bind '${runDir}/socket' ${DOOR}/socket
    mount --rbind ${DOOR} ${RUN}
    exec setpriv --pdeathsig KILL sleep infinity`
  const { pid = 0 } = spawn('unshare', ['-m', 'sh', '-c', script], { stdio: 'ignore' })
  await until(() => {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'sleep\n') throw new Error(`no door to ${runDir}`)
  })
  return pid
}

/** Waits until something does not throw. */
async function until(works: () => unknown): Promise<void> {
  for (let i = 0; ; i++)
    try {
      works()
      return
    } catch (error) {
      if (i === 600) throw error
      await pause(100)
    }
}

/** What a command prints. Rejects if it fails. */
export async function outputOf(
  [program = '', ...words]: readonly string[],
  environment: Record<string, string>,
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, words, { env: { ...process.env, ...environment } })
  return stdout
}
