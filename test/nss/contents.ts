/** What the snapshots of the module's tests hold, and what the module is to answer. */

import { PUBLIC_DATABASES, type PublicContents, type ShadowContents } from '../../src/resolver/databases/contents.ts'
import type { EtherEntry } from '../../src/resolver/databases/ethers.ts'
import type { GroupEntry } from '../../src/resolver/databases/group.ts'
import type { HostEntry } from '../../src/resolver/databases/hosts.ts'
import type { InitgroupsEntry } from '../../src/resolver/databases/initgroups.ts'
import type { NetgroupEntry } from '../../src/resolver/databases/netgroup.ts'
import type { NetworkEntry } from '../../src/resolver/databases/networks.ts'
import type { PasswdEntry } from '../../src/resolver/databases/passwd.ts'
import { layout, USUAL_ZONES } from '../../src/resolver/index.ts'
import type { PatternEntry } from '../../src/resolver/records/entries.ts'
import { ip, mac } from '../addresses.ts'
import { pattern } from '../resolver/pattern.ts'

const { HOST_KINDS, NO_NODE } = layout

/** A user of the tests. */
export function user(name: string, uid: number, gid = uid, gecos = `User ${name}`): PasswdEntry {
  return { name, passwd: '*', uid, gid, gecos, dir: `/home/${name}`, shell: '/bin/sh' }
}

/** A group of the tests. */
export function group(name: string, gid: number, ...members: readonly string[]): GroupEntry {
  return { name, passwd: '*', gid, members }
}

/** Node N of the tests: n1 has 10.0.0.1 and the alias node-1. */
export function node(number: number): HostEntry {
  const address = ip(`10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`)
  return { kind: HOST_KINDS.NODE, number, names: [`n${number}`, `node-${number}`], addresses: [address] }
}

const hosts: readonly HostEntry[] = [
  { kind: HOST_KINDS.MASTER, number: NO_NODE, names: ['master0'], addresses: [ip('10.9.0.1')] },
  { kind: HOST_KINDS.HOST, number: NO_NODE, names: ['switch', 'Core', 'sw'], addresses: [ip('10.9.1.1')] },
  {
    kind: HOST_KINDS.HOST,
    number: NO_NODE,
    names: ['storage'],
    addresses: [ip('10.9.1.2'), ip('fd00::2'), ip('10.9.1.3')],
  },
  { kind: HOST_KINDS.HOST, number: NO_NODE, names: ['six', 'vi'], addresses: [ip('fd00::6')] },
  node(1),
  node(15),
]

const patterns: readonly PatternEntry[] = [pattern('.'), pattern('n')]

const ethers: readonly EtherEntry[] = [
  { mac: mac('02:00:00:00:00:0f'), name: 'n15' },
  { mac: mac('02:00:00:00:01:0f'), name: 'n15' },
  { mac: mac('00:a0:d1:e9:87:ca'), name: 'switch' },
]

const netgroups: readonly NetgroupEntry[] = [
  {
    name: 'cluster',
    triples: ['n1', 'n1.cluster.internal', 'n15'].map((host) => ({ host, user: undefined, domain: undefined })),
  },
  { name: 'mixed', triples: [{ host: 'n1', user: 'ada', domain: '' }] },
]

const networks: readonly NetworkEntry[] = [
  { names: ['private', 'Cluster-Net'], number: 0x0a090000 },
  { names: ['link'], number: 0xa9fe0000 },
]

const users: readonly PasswdEntry[] = [
  user('ada', 1000),
  user('grace', 1001, 1000, ''),
  { name: 'empty', passwd: '*', uid: 1002, gid: 1002, gecos: '', dir: '', shell: '' },
  user('J\xe9r\xf4me', 1003),
]

const groups: readonly GroupEntry[] = [
  group('ada', 1000),
  group('physics', 2000, 'ada', 'grace'),
  group('night-shift', 2002, 'grace'),
]

/** Who is in which groups of a list. */
export function initgroupsOf(list: readonly GroupEntry[]): InitgroupsEntry[] {
  const gids = new Map<string, number[]>()
  for (const { gid, members } of list) {
    for (const member of members) gids.set(member, [...(gids.get(member) ?? []), gid])
  }
  return [...gids].map(([name, numbers]) => ({ name, gids: numbers }))
}

/** A small cluster; what is given replaces what it has. */
export function contents(changes: Partial<PublicContents> = {}): PublicContents {
  const list = changes.group ?? groups
  return {
    inputs: new Map([['test', 'nss']]),
    domain: 'cluster.internal',
    patterns,
    ranges: [],
    zones: USUAL_ZONES,
    masterorder: [],
    passwd: users,
    group: list,
    initgroups: initgroupsOf(list),
    hosts,
    ethers,
    netgroup: netgroups,
    networks,
    complete: new Set(PUBLIC_DATABASES),
    ...changes,
  }
}

/** The shadow entries of the same cluster. */
export function shadowContents(): ShadowContents {
  const entry = (name: string, passwd: string) => {
    return { name, passwd, lastChange: 20000, min: 0, max: 99999, warn: 7, inactive: -1, expire: -1, flag: 0xffffffff }
  }
  return { inputs: new Map(), shadow: [entry('ada', '$6$salt$hash'), entry('root', '$6$no$no')], complete: true }
}
