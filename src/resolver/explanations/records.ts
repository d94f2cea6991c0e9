/** The nearest reason for an absence that the snapshot alone tells: what a node can say, which has no configuration. */
import { type Address, foldCase, formatAddress, insideRange } from '../../values/index.ts'
import { DATABASES } from '../databases/table.ts'
import { HOST_KINDS, RANGE_KINDS } from '../format.ts'
import { type ByteString, displayed } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { absent, type Explanation } from './explanation.ts'
import { absentNear } from './near.ts'

/** Why a name, in small letters and without the domain, is that of no record. */
export function absentByRecords(snapshot: Snapshot, name: ByteString): Explanation {
  return beyondNodes(snapshot, name) ?? absentNear(snapshot, 'hosts', name, 'host')
}

/** A name like those of nodes, with a number that none of them has; undefined if no such names are there. */
function beyondNodes(snapshot: Snapshot, name: ByteString): Explanation | undefined {
  const parts = numberedName(name)
  if (parts === undefined) return undefined
  const isNumber = parts.prefix === '.' || parts.prefix === 'n'
  const nodes: number[] = []
  const like: { readonly number: number; readonly name: ByteString }[] = []
  for (const { record } of snapshot.records('hosts')) {
    const { kind, number, names } = DATABASES.hosts.decode(record)
    const isNode = kind === HOST_KINDS.NODE || kind === HOST_KINDS.UNAPPROVED
    if (!isNode && kind !== HOST_KINDS.COMPANION) continue
    if (isNode) nodes.push(number)
    for (const one of names) {
      const own = numberedName(foldCase(one))
      if (own?.prefix === parts.prefix && own.suffix === parts.suffix) like.push({ number: own.number, name: one })
    }
  }
  const same = like.find(({ number }) => number === parts.number)
  if (same !== undefined) {
    const message = `"${displayed(name)}" is written with other digits: the name is ${displayed(same.name)}`
    return absent('other-name', message)
  }
  if (like.length > 0) return absent('no-such-node', `there is no ${displayed(name)}: ${extent(like)}`)
  if (!isNumber || nodes.includes(parts.number)) return undefined
  const last = nodes.reduce((most, one) => Math.max(most, one), -1)
  const rest = last < 0 ? 'there are no nodes' : `${nodes.length} nodes are known, the last one is node ${last}`
  return absent('no-such-node', `there is no node ${parts.number}: ${rest}`)
}

/** From the first to the last of names. */
function extent(names: readonly { readonly number: number; readonly name: ByteString }[]): string {
  const sorted = names.toSorted((a, b) => a.number - b.number)
  const [first, last] = [sorted[0], sorted.at(-1)]
  return `such names go from ${displayed(first?.name ?? '')} to ${displayed(last?.name ?? '')}`
}

/** A name with one number in it: what is before and behind its last digits. */
function numberedName(name: ByteString) {
  const [, prefix = '', digits, suffix = ''] = /^(.*?)\+?(?<!\d)(\d+)(\D*)$/.exec(name) ?? []
  return digits === undefined ? undefined : { prefix, number: Number(digits), suffix }
}

/** Why an address is that of no record. */
export function absentAddressByRecords(snapshot: Snapshot, address: Address): Explanation {
  const shown = formatAddress(address)
  const ranges = snapshot.ranges().filter((range) => insideRange(range, address))
  if (ranges.some(({ kind }) => kind === RANGE_KINDS.NODES))
    return absent('no-such-node', `${shown} is in a range of nodes, and there is no node with it`)
  if (ranges.some(({ kind }) => kind === RANGE_KINDS.HOSTS))
    return absent('no-host', `${shown} is for a device, and no device has it`)
  if (ranges.some(({ kind }) => kind === RANGE_KINDS.COMPANIONS))
    return absent('no-such-node', `${shown} is among the addresses of devices of nodes, and no node has such a device`)
  return absent('no-range', `${shown} is in no range of the configuration`)
}
