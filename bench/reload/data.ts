/** The files of a cluster of any size: as many users as nodes, a tenth as many devices, a fifth as many groups. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The lines of each file. */
export type Files = Readonly<Record<'config' | 'passwd' | 'group' | 'shadow' | 'login.defs', readonly string[]>>

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)
const octets = (i: number): string => [i >> 16, (i >> 8) & 255, i & 255].join('.')
const mac = (of: number, i: number): string =>
  [2, of, 0, i >> 16, (i >> 8) & 255, i & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')

/** The files of so many nodes. */
export function filesOf(nodes: number): Files {
  const all = range(nodes)
  const [hosts, groups] = [range(nodes / 10), range(nodes / 5)]
  return {
    config: [
      'interface lo 127.0.0.1 255.0.0.0',
      `nodes ${nodes}`,
      `iprange 10.${octets(0)} 10.${octets(nodes - 1)}`,
      `hostrange 11.0.0.0 11.${octets(2 * hosts.length)}`,
      ...all.map((i) => `node ${i} ${mac(1, i)}`),
      ...hosts.map((i) => `host ${mac(2, i)} 11.${octets(i)} device${i}`),
    ],
    passwd: all.map((i) => `user${i}:x:${100_000 + i}:50000:User number ${i}:/home/user${i}:/bin/bash`),
    group: groups.map(
      (i) => `group${i}:x:${50_000 + i}:${[i, i + 1, i + 7].map((one) => `user${one % nodes}`).join(',')}`,
    ),
    shadow: all.map((i) => `user${i}:$6$salt$${i.toString(36).padStart(86, '.')}:19000:0:99999:7:::`),
    'login.defs': ['UID_MIN 1000', 'UID_MAX 999999', 'GID_MIN 1000', 'GID_MAX 999999'],
  }
}

/** A change of one line, and what the module is asked for that is there afterwards. */
export interface Change {
  readonly file: keyof Files
  readonly lines: readonly string[]
  readonly database: string
  readonly key: string
}

/** The kinds of changes, each by the number of the round. */
export const CHANGES: Readonly<Record<string, (files: Files, round: number) => Change>> = {
  'one user more': ({ passwd }, round) => ({
    ...{ file: 'passwd', database: 'passwd', key: `new${round}` },
    lines: [...passwd, `new${round}:x:${900_000 + round}:50000::/home/new${round}:/bin/sh`],
  }),
  'one host more': ({ config }, round) => ({
    ...{ file: 'config', database: 'hosts', key: `extra${round}` },
    lines: [...config, `host - 11.0.0.0 extra${round}`.replace('11.0.0.0', addressOfExtra(config, round))],
  }),
  'another MAC of a node': ({ config }, round) => ({
    ...{ file: 'config', database: 'ethers', key: mac(3, round) },
    lines: config.map((line) => (line.startsWith('node 7 ') ? `node 7 ${mac(3, round)}` : line)),
  }),
}

/** The last addresses of the hostrange are free: rounds have them by turns. */
function addressOfExtra(config: readonly string[], round: number): string {
  const hosts = config.filter((line) => line.startsWith('host ')).length
  return `11.${octets(hosts + 1 + (round % Math.max(1, hosts - 1)))}`
}

/** Writes the files into a folder. */
export function writeFiles(folder: string, files: Files): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  for (const [name, lines] of Object.entries(files)) writeFile(folder, name, lines)
}

/** Writes one file as an editor does that writes it in place. */
export function writeFile(folder: string, name: string, lines: readonly string[]): void {
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`, { mode: name === 'shadow' ? 0o600 : 0o644 })
}
