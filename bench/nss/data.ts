/** One set of accounts and hosts in every form that is measured: our snapshot, the files of /etc, keys with their answers. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/index.ts'
import { buildPublic, publicContents, readAccounts, stamp, USUAL_ZONES } from '../../src/resolver/index.ts'
import { ldif } from './ldap.ts'

/** Groups that hold members, and how many each user is in. */
const GROUPS = 10_000
const OWN_GROUPS = 50

const address = (i: number): string => `10.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
const mac = (i: number): string =>
  ['02', '10', ...[24, 16, 8, 0].map((bits) => ((i >> bits) & 255).toString(16).padStart(2, '0'))].join(':')
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** The lines of every file, of so many users and nodes. */
function files(size: number): Record<string, string[]> {
  const all = range(size)
  const members = range(GROUPS).map(() => [] as string[])
  // Only the first users are in many groups: the group file of 100,000 would be half a gigabyte else.
  for (const i of range(Math.min(size, 200)))
    for (const n of range(OWN_GROUPS)) members[(i * 7 + n * 191) % GROUPS]?.push(`u${i}`)
  return {
    passwd: all.map((i) => `u${i}:x:${100_000 + i}:${100_000 + i}:User number ${i}:/home/u${i}:/bin/bash`),
    group: [
      ...all.map((i) => `u${i}:x:${100_000 + i}:`),
      ...members.map((names, g) => `g${g}:x:${50_000 + g}:${names.join(',')}`),
    ],
    hosts: ['127.0.0.1 localhost', ...all.map((i) => `${address(i)} n${i}`)],
    ethers: all.map((i) => `${mac(i)} n${i}`),
    config: [
      `nodes ${size}`,
      `iprange ${address(0)} ${address(size - 1)}`,
      'nodename n%N',
      ...all.map((i) => `node ${i} ${mac(i)}`),
    ],
  }
}

/** Keys and the answers to them, as nssbench takes them: in a random order, at most 10,000. */
function keys(size: number): Record<string, [string | number, string | number][]> {
  const chosen = range(Math.min(size, 10_000)).map((i) => (i * 7919) % size)
  const member = range(Math.min(size, 200))
  const sum = (i: number): number =>
    range(OWN_GROUPS).reduce((s, n) => s + 50_000 + ((i * 7 + n * 191) % GROUPS), 100_000 + i)
  return {
    pwnam: chosen.map((i) => [`u${i}`, 100_000 + i]),
    pwuid: chosen.map((i) => [100_000 + i, `u${i}`]),
    absent: chosen.map((i) => [`zz${i}`, '-']),
    grgid: chosen.map((i) => [100_000 + i, `u${i}`]),
    grnam: chosen.map((i) => [`u${i}`, 100_000 + i]),
    initgr: member.map((i) => [`u${i}`, `${100_000 + i}:${1 + OWN_GROUPS}:${sum(i)}`]),
    hbn: chosen.map((i) => [`n${i}`, address(i)]),
    hba: chosen.map((i) => [address(i), `n${i}`]),
    gai: chosen.map((i) => [`n${i}`, address(i)]),
    eth_hton: chosen.map((i) => [`n${i}`, mac(i)]),
    eth_ntoh: chosen.map((i) => [mac(i), `n${i}`]),
  }
}

/** Writes everything below a folder: files/, keys/, run/snapshot.1. */
export function writeData(folder: string, size: number): void {
  for (const part of ['files', 'keys', 'run']) mkdirSync(join(folder, part), { recursive: true, mode: 0o755 })
  const written = files(size)
  for (const [name, lines] of Object.entries(written))
    writeFileSync(join(folder, 'files', name), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'files/data.ldif'), ldif(written))
  for (const [name, pairs] of Object.entries(keys(size)))
    writeFileSync(join(folder, 'keys', name), pairs.map((pair) => `${pair.join('\t')}\n`).join(''))
  const text = (name: string): Buffer => Buffer.from(`${written[name]?.join('\n') ?? ''}\n`)
  const domain = 'cluster.internal'
  const { cluster } = parseConfig(text('config'), { domain })
  const loginDefs = Buffer.from('UID_MAX 999999\nGID_MAX 999999\n')
  const accounts = readAccounts({ passwd: text('passwd'), group: text('group'), loginDefs })
  const sources = { cluster, interfaceAddresses: [], domain, zones: USUAL_ZONES, accounts, accountsComplete: true }
  const bytes = buildPublic(publicContents(sources))
  stamp(bytes, { generation: 1 })
  writeFileSync(join(folder, 'run/snapshot.1'), bytes, { mode: 0o644 })
}
