/**
 * A device of several host lines, as the C library's files service has it: the canonical name leads to the addresses of all lines,
 * an alias to those of the lines that have it, and a listing shows each line with its own aliases.
 */

import type { ClusterHost, HostLine } from '../../config/index.ts'
import { type Address, addressKey, foldCase } from '../../values/index.ts'
import type { HostEntry } from '../databases/hosts.ts'
import { HOST_FLAGS, HOST_KINDS, NO_NODE } from '../layout.ts'
import { byteString } from '../records/entries.ts'
import type { MasterNames } from './master-names.ts'

/** Lines of a device with the same aliases: one machine to a listing. */
interface Block {
  readonly aliases: readonly string[]
  readonly addresses: readonly Address[]
  readonly isMaster: boolean
}

/** The aliases of a line, those that its address has by rule last. */
export function aliasesOf(line: HostLine, masterNames: MasterNames): string[] {
  return [...line.aliases, ...(masterNames.get(addressKey(line.address)) ?? [])]
}

/** Whether the lines of a device have different aliases: its names then lead to different addresses and MACs. */
export function isSplit({ lines }: ClusterHost, masterNames: MasterNames): boolean {
  return new Set(lines.map((line) => aliasKey(line, masterNames))).size > 1
}

function aliasKey(line: HostLine, masterNames: MasterNames): string {
  return aliasesOf(line, masterNames).map(foldCase).sort().join(' ')
}

/** The lines of a device by their aliases, in the order of the first of each. */
function blocksOf({ lines }: ClusterHost, masterNames: MasterNames): Block[] {
  const blocks = new Map<string, HostLine[]>()
  for (const line of lines) {
    const key = aliasKey(line, masterNames)
    const own = blocks.get(key)
    if (own === undefined) blocks.set(key, [line])
    else own.push(line)
  }
  return [...blocks.values()].map((own): Block => {
    const [first] = own
    const isMaster = own.some((line) => masterNames.has(addressKey(line.address)))
    const aliases = first === undefined ? [] : aliasesOf(first, masterNames)
    return { aliases, addresses: own.map(({ address }) => address), isMaster }
  })
}

/** The records of a device: those that are listed first, then the answers to names that stand in several of them. */
export function deviceEntries(host: ClusterHost, masterNames: MasterNames): HostEntry[] {
  const blocks = blocksOf(host, masterNames)
  if (blocks.length === 1) return [entryOf(host.name, blocks)]
  const holders = aliasHolders(blocks)
  const listed = blocks.map((block, i) => {
    const keys = block.aliases.filter((alias) => holders.get(foldCase(alias)) === String(i)).map(byteString)
    return { ...entryOf(host.name, [block]), flags: HOST_FLAGS.SPLIT, keys }
  })
  const all = blocks.map((_, i) => i).join(' ')
  const shared = new Map<string, string[]>([[all, [host.name]]])
  for (const [alias, holder] of holders) {
    if (!holder.includes(' ')) continue
    const names = shared.get(holder)
    if (names === undefined) shared.set(holder, [alias])
    else names.push(alias)
  }
  const merged = Array.from(shared, ([holder, names]) => {
    const own = holder.split(' ').flatMap((i) => blocks[Number(i)] ?? [])
    return { ...entryOf(host.name, own), flags: HOST_FLAGS.SPLIT | HOST_FLAGS.UNLISTED, keys: names.map(byteString) }
  })
  return [...listed, ...merged]
}

/** For each alias in small letters the numbers of the blocks that have it, joined by spaces. */
function aliasHolders(blocks: readonly Block[]): Map<string, string> {
  const holders = new Map<string, string>()
  blocks.forEach(({ aliases }, i) => {
    for (const alias of aliases.map(foldCase)) {
      const before = holders.get(alias)
      holders.set(alias, before === undefined ? String(i) : `${before} ${i}`)
    }
  })
  return holders
}

function entryOf(name: string, blocks: readonly Block[]): HostEntry {
  const names = [name, ...blocks.flatMap(({ aliases }) => aliases)]
  const kind = blocks.every(({ isMaster }) => isMaster) ? HOST_KINDS.MASTER : HOST_KINDS.HOST
  return {
    kind,
    number: NO_NODE,
    names: unique(names, foldCase).map(byteString),
    addresses: unique(
      blocks.flatMap(({ addresses }) => addresses),
      addressKey,
    ),
  }
}

/** Each once, by key, in order. */
function unique<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const byKey = new Map<string, T>()
  for (const item of items) if (!byKey.has(keyOf(item))) byKey.set(keyOf(item), item)
  return [...byKey.values()]
}
