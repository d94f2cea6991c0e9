/** The cluster of the benchmark: so many users, each with a group of its own, and so many nodes. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How large a cluster is. */
export interface Size {
  readonly users: number
  readonly nodes: number
}

/**
 * The addresses of the master, and of the one that takes over. Nodes use them by turns: a master shares its descriptors out among its doors,
 * and a machine that gives no process more than 20,000 has no door for 10,000 nodes.
 */
export const MASTERS = [
  ['10.0.0.1', '10.0.0.3'],
  ['10.0.0.2', '10.0.0.4'],
] as const
/** The address of the HTTP cache. */
export const CACHE = '10.0.0.5'
export const [PORT, TLS_PORT, OBJECTS_PORT, CACHE_PORT] = [3045, 3046, 3047, 3128]
/** The real proxies are the nodes from 1 on, the simulated ones those from here on. */
export const FIRST_SIMULATED = 256
/** Groups that many users are in, and how many. */
const [GROUPS, MEMBERS] = [100, 1000]
const [FIRST_ID, FIRST_GROUP] = [100_000, 50_000]

/** The address of a node: the first one is 10.1.0.0. */
export function addressOf(node: number): string {
  return `10.${1 + (node >> 16)}.${(node >> 8) & 255}.${node & 255}`
}

/** A user's line of passwd(5). */
function userLine(user: number, group = FIRST_ID + user): string {
  return `u${user}:x:${FIRST_ID + user}:${group}:User number ${user}:/home/u${user}:/bin/bash`
}

/** A user's line of group(5). */
function groupLine(user: number): string {
  return `u${user}:x:${FIRST_ID + user}:`
}

/** The files of a cluster in a folder: what the options of `kickback serve` name. */
export class ClusterFiles {
  readonly folder: string
  #users: number

  constructor(folder: string, { users, nodes }: Size) {
    this.folder = folder
    this.#users = users
    mkdirSync(folder, { recursive: true })
    const write = (name: string, lines: readonly string[]) =>
      writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''))
    const all = Array.from({ length: users }, (_, user) => user)
    const macs = Array.from({ length: nodes }, (_, node) => `node ${node} ${macOf(node)}`)
    write('config', [`nodes ${nodes}`, `iprange ${addressOf(0)} ${addressOf(nodes - 1)}`, 'nodename n%N', ...macs])
    write(
      'passwd',
      all.map((user) => userLine(user)),
    )
    write('group', [...all.map(groupLine), ...largeGroups(users)])
    write('shadow', [])
    write('networks', [])
    write('login.defs', ['UID_MIN 1000', 'UID_MAX 4000000', 'GID_MIN 1000', 'GID_MAX 4000000'])
  }

  /** The options that name them. */
  get options(): readonly string[] {
    const files = ['config', 'passwd', 'group', 'shadow', 'networks'] as const
    return [...files.flatMap((name) => [`--${name}`, join(this.folder, name)]), '--login-defs', this.loginDefs]
  }

  /** The login.defs(5) of masters and nodes. */
  get loginDefs(): string {
    return join(this.folder, 'login.defs')
  }

  /** Adds a user of a group that is there to `passwd`, the content of the file, as useradd(8) does: by rename. */
  addUser(passwd: string): void {
    const draft = join(this.folder, 'passwd+')
    writeFileSync(draft, `${passwd}${userLine(this.#users++, FIRST_GROUP)}\n`)
    renameSync(draft, join(this.folder, 'passwd'))
  }
}

/** Groups of users that stand far from each other. */
function largeGroups(users: number): string[] {
  return Array.from({ length: GROUPS }, (_, group) => {
    const members = Array.from({ length: Math.min(MEMBERS, users) }, (_, at) => `u${(at * GROUPS + group) % users}`)
    return `g${group}:x:${FIRST_GROUP + group}:${[...new Set(members)].join(',')}`
  })
}

function macOf(node: number): string {
  const bytes = [0x02, 0x10, node >> 24, (node >> 16) & 255, (node >> 8) & 255, node & 255]
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}
