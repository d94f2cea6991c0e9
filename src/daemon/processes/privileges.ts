/** How a process that faces strangers is started without the privileges of its daemon. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isMapped } from '../id-map.ts'

/** Who a process is to be. */
export interface Unprivileged {
  readonly uid: number
  readonly gid: number
}

/** How the process is started. */
export interface StartPlan {
  /** The command line. */
  readonly words: readonly string[]
  /** Who the process becomes by itself once it has its sockets; undefined where it is that already, or can't be. */
  readonly become: Unprivileged | undefined
  /** What of its privileges it keeps, and why, for the log. */
  readonly kept?: string
}

/** What a plan is made for. */
interface StartOrder {
  /** The command line; its words that are paths are those of a program and of what that runs. */
  readonly program: readonly string[]
  /** Our effective uid. */
  readonly uid: number
  /** The name of the user that the process is to run as. */
  readonly user: string
  /** What runs there, and the option that names another user, for the error. */
  readonly name: string
  readonly userFlag: string
}

/** The files that a plan looks at. */
export interface PlanFiles {
  readonly passwd: string
  readonly status: string
  readonly uidMap: string
  readonly gidMap: string
  readonly setpriv: readonly string[]
}

const FILES: PlanFiles = {
  passwd: '/etc/passwd',
  status: '/proc/self/status',
  uidMap: '/proc/self/uid_map',
  gidMap: '/proc/self/gid_map',
  setpriv: ['/usr/bin/setpriv', '/bin/setpriv'],
}

/** Capabilities by their bits (capabilities(7)). */
const SETGID = 6
const SETUID = 7
const SETPCAP = 8
const NET_BIND_SERVICE = 10

/** For everyone: may search a folder, may read a file. */
const SEARCH = 0o001
const READ = 0o004

/**
 * The plan by which a program is started as a user without privileges. As an ordinary user it just runs. Where the program can't
 * be read by that user, or there is no setpriv(1), it gives its privileges up by itself once it has its sockets. Throws Error
 * where root has no such user.
 */
export function startPlan({ program, uid, user, name, userFlag }: StartOrder, files: PlanFiles = FILES): StartPlan {
  const as = { words: program, become: undefined }
  if (uid !== 0) return as
  const wanted = userNamed(user, files.passwd)
  if (wanted === undefined) {
    throw new Error(
      `${name} is to run as user ${user}, and ${files.passwd} has no such user; name another: ${userFlag}`,
    )
  }
  if (!isMapped(wanted.uid, files.uidMap) || !isMapped(wanted.gid, files.gidMap)) {
    return { ...as, kept: `this user namespace has no user ${user}` }
  }
  const held = capabilities(files.status)
  if (!held(SETUID) || !held(SETGID)) return { ...as, kept: 'the daemon lacks CAP_SETUID or CAP_SETGID' }
  const setpriv = files.setpriv.find((path) => existsSync(path))
  const isReachable = program.filter((word) => word.startsWith('/')).every(isOpenToAll)
  if (setpriv === undefined || !isReachable) return { ...as, become: wanted }
  return { ...as, words: [setpriv, ...setprivWords(wanted, held), '--', ...program] }
}

/** No group, no capability but that of low ports, and no way to gain any. */
function setprivWords({ uid, gid }: Unprivileged, held: (capability: number) => boolean): readonly string[] {
  const left = held(NET_BIND_SERVICE) ? '-all,+net_bind_service' : '-all'
  return [
    ...['--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--no-new-privs'],
    ...['--inh-caps', left, '--ambient-caps', left],
    ...(held(SETPCAP) ? ['--bounding-set', left] : []),
  ]
}

/** Gives up all that only root may do, and becomes this user. */
export function become({ uid, gid }: Unprivileged): void {
  process.setgroups?.([])
  process.setgid?.(gid)
  process.setuid?.(uid)
}

/** The ids of a user, from the file: the name service might be us. */
export function userNamed(name: string, passwdFile: string = FILES.passwd): Unprivileged | undefined {
  const lines = readFileSync(passwdFile, 'latin1').split('\n')
  const [, , uid, gid] = lines.map((line) => line.split(':')).find(([first]) => first === name) ?? []
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}

/** Which capabilities this process has (CapEff of proc_pid_status(5)). */
function capabilities(statusFile: string): (capability: number) => boolean {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync(statusFile, 'latin1'))?.[1] ?? '0'}`)
  return (capability) => ((mask >> BigInt(capability)) & 1n) === 1n
}

/** Whether everyone may read a file, and search each folder above it. */
function isOpenToAll(path: string): boolean {
  try {
    if ((statSync(path).mode & READ) === 0) return false
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      if ((statSync(folder).mode & SEARCH) === 0) return false
      if (folder === dirname(folder)) return true
    }
  } catch {
    return false
  }
}
