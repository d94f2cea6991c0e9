/** The accounts and the configuration of a cluster, how its administrator changes them, and what is true of them. */
import { spawnSync } from 'node:child_process'
import type { Machine } from '../machine.ts'
import type { Truth } from './truth.ts'

/** What the masters read, in the order in which it is made; all of it is copied to the other masters after a change. */
export const FILES = ['/etc/passwd', '/etc/group', '/etc/shadow', '/etc/beowulf/config'] as const

const USERS = 6
const DEVICES = 4
/** The group that users come into and leave. */
const PROJECT = { name: 'project', gid: 2500 }

/** A user who comes and goes; each has two ids in turn, and a home that moves. */
interface User {
  readonly name: string
  readonly gid: number
  uid: number
  home: string
  isThere: boolean
}

/** The accounts of a cluster. Changes are made by the tools of Debian on one master. */
export class Accounts {
  readonly #users: readonly User[]
  readonly #devices = new Set<number>()
  /** Members of the project, in the order in which they came. */
  #members: string[] = []
  #moves = 0

  constructor() {
    this.#users = Array.from({ length: USERS }, (_, i) => {
      return { name: `u${i}`, gid: 5000 + i, uid: 5000 + i, home: `/home/u${i}`, isThere: false }
    })
  }

  /** A line of shell that makes a change by chance, from a number; the truth is told of it before it is made. */
  change(value: number, truth: Truth): string {
    const user = this.#users[value % USERS]
    if (user === undefined) throw new Error('no such user')
    const what = Math.floor(value / USERS) % 6
    const line = what === 0 ? this.#changeDevice(Math.floor(value / 36) % DEVICES) : this.#changeUser(user, what)
    this.tell(truth)
    return line
  }

  /** A user who comes last: who knows her knows all that was before. */
  last(name: string, uid: number, truth: Truth): string {
    truth.add(`user ${name}`, '')
    truth.add(`user ${name}`, `${uid} ${uid} /home/${name}`)
    return `useradd -M -u ${uid} -d /home/${name} ${name}`
  }

  /** Tells the truth of today. */
  tell(truth: Truth): void {
    for (const { name, gid, uid, home, isThere } of this.#users) {
      const entry = isThere ? `${uid} ${gid} ${home}` : ''
      truth.add(`user ${name}`, entry)
      for (const id of [gid, gid + 100]) truth.add(`uid ${id}`, isThere && id === uid ? entry : '')
      truth.add(`group ${name}`, isThere ? `${gid}` : '')
      truth.add(`gid ${gid}`, isThere ? `${gid}` : '')
      truth.add(`groups ${name}`, this.#members.includes(name) ? `1000 ${PROJECT.gid}` : '1000')
    }
    const members = this.#members.length === 0 ? '' : ` ${this.#members.join()}`
    truth.add(`group ${PROJECT.name}`, `${PROJECT.gid}${members}`)
    for (let device = 0; device < DEVICES; device++) {
      const isThere = this.#devices.has(device)
      truth.add(`host d${device}`, isThere ? deviceAddress(device) : '')
      truth.add(`address ${deviceAddress(device)}`, isThere ? `d${device}` : '')
    }
  }

  #changeUser(user: User, what: number): string {
    const { name, gid } = user
    if (!user.isThere) {
      Object.assign(user, { isThere: true, uid: gid, home: `/home/${name}` })
      return `useradd -M -U -u ${gid} -d ${user.home} ${name}`
    }
    if (what === 1) {
      user.isThere = false
      this.#members = this.#members.filter((member) => member !== name)
      return `userdel ${name}`
    }
    if (what === 2) {
      user.uid = user.uid === gid ? gid + 100 : gid
      return `usermod -u ${user.uid} ${name}`
    }
    if (what === 3) {
      user.home = `/home/${name}.${++this.#moves}`
      return `usermod -d ${user.home} ${name}`
    }
    return this.#changeMembers(name)
  }

  #changeMembers(name: string): string {
    const isMember = this.#members.includes(name)
    this.#members = isMember ? this.#members.filter((member) => member !== name) : [...this.#members, name]
    return `gpasswd ${isMember ? '-d' : '-a'} ${name} ${PROJECT.name}`
  }

  #changeDevice(device: number): string {
    const line = `host - ${deviceAddress(device)} d${device}`
    const [file, draft] = ['/etc/beowulf/config', '/etc/beowulf/draft']
    if (this.#devices.delete(device)) return `grep -v '^${line}$' ${file} >${draft} && mv ${draft} ${file}`
    this.#devices.add(device)
    return `cp ${file} ${draft} && echo '${line}' >>${draft} && mv ${draft} ${file}`
  }
}

const deviceAddress = (device: number): string => `10.20.30.${6 + device}`

/**
 * Runs a line of shell on a machine, for which the files there are all that there is: a user who was removed on another master a moment ago
 * is in the generation of a master that is stopped or late, where useradd(8) would find her.
 */
export function mustByFiles(machine: Machine, line: string): void {
  const files = 'passwd: files\\ngroup: files\\nshadow: files\\n'
  const alone = `printf '${files}' >/run/files-alone && mount --bind /run/files-alone /etc/nsswitch.conf && eval "$1"`
  const { code, stderr } = machine.run('unshare', '--mount', 'sh', '-c', alone, 'sh', line)
  if (code !== 0) throw new Error(`${machine.name}: ${line}: ${stderr}`)
}

/** A file of a machine, seen from here. */
export const fileOn = ({ pid }: Machine, path: string): string => `/proc/${pid}/root${path}`

/**
 * Copies files of a machine to another one, as rsync --delay-updates does: with their times, and all of them take their places when the last
 * one is there. On a machine that is busy a master would else read a part of them: a content that never was.
 */
export function copyFiles(from: Machine, to: Machine, paths: readonly string[]): void {
  const lines = [
    'set -e',
    ...paths.map((path) => `cp -p '${fileOn(from, path)}' '${fileOn(to, path)}.new'`),
    // By one process: between two there could be seconds.
    `exec "$0" -e 'for (const path of process.argv.slice(1)) require("fs").renameSync(path + ".new", path)' "$@"`,
  ]
  const targets = paths.map((path) => fileOn(to, path))
  const { status, stderr } = spawnSync('sh', ['-c', lines.join('\n'), process.execPath, ...targets], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${paths.join(' ')} from ${from.name} to ${to.name}: ${stderr}`)
}
