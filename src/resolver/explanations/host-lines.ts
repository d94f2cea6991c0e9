/** The lines of a configuration that make a record of hosts. */
import type { Cluster, HostLine, Nodename, Related } from '../../config/index.ts'
import { nameIn, nodeNamed } from '../../config/index.ts'
import { type Address, addressDistance, foldCase, formatAddress, insideRange, sameAddress } from '../../values/index.ts'
import type { HostEntry } from '../databases/hosts.ts'
import { HOST_KINDS } from '../format.ts'
import { byteString, displayed } from '../records/entries.ts'
import type { ConfigEvidence } from './evidence.ts'

/** The lines that make this record, in the order in which to read them. `typed` is the name that was asked for, where it was a name. */
export function hostLines(config: ConfigEvidence, entry: HostEntry, typed: string | undefined): Related[] {
  switch (entry.kind) {
    case HOST_KINDS.NODE:
      return [...rangeLines(config, entry), ...nameLines(config, entry, typed)]
    case HOST_KINDS.UNAPPROVED:
      return [...rangeLines(config, entry), ...nameLines(config, entry, typed), ...nodeLine(config, entry)]
    case HOST_KINDS.COMPANION:
      return companionLines(config, entry)
    case HOST_KINDS.HOST:
      return deviceLines(config, entry)
    case HOST_KINDS.MASTER:
      return [...deviceLines(config, entry), ...masterLines(config, entry.addresses)]
  }
}

/** The line by which a node is not approved. */
function nodeLine(config: ConfigEvidence, { number }: Pick<HostEntry, 'number'>): Related[] {
  const own = config.written.nodes.filter((node) => node.number === number)
  return own.map(({ span }) => config.cite(span, `says that nobody has approved node ${number}`))
}

/** The iprange lines that give a node its addresses. */
function rangeLines(config: ConfigEvidence, { number, addresses }: Pick<HostEntry, 'number' | 'addresses'>): Related[] {
  return addresses.flatMap((address) => {
    const range = config.cluster.nodeRanges.find((one) => nodeAt(one, address) === number)
    if (range === undefined) return []
    return [config.cite(range.span, `gives node ${number} the address ${formatAddress(address)}`)]
  })
}

/** The node that an iprange line gives an address to; undefined if it gives it to none. */
export function nodeAt(range: Cluster['nodeRanges'][number], address: Address): number | undefined {
  return insideRange(range, address) ? range.firstNode + Number(addressDistance(range.first, address)) : undefined
}

/** The nodename lines of a node's canonical name, and of the alias that was asked for. The default name is of no line. */
function nameLines(config: ConfigEvidence, { number, names }: HostEntry, typed: string | undefined): Related[] {
  const { cluster } = config
  const canonical = foldCase(names[0] ?? '')
  const asked = typed === undefined ? canonical : foldCase(typed)
  const first = nodenameOf(cluster, number, canonical)
  const spelling = nodenameOf(cluster, number, asked)
  const other = spelling === first ? undefined : spelling
  return [
    ...(first?.span === undefined
      ? []
      : [config.cite(first.span, `names node ${number} ${displayed(names[0] ?? '')}`)]),
    ...(other?.span === undefined ? [] : [config.cite(other.span, `gives node ${number} the alias ${asked}`)]),
  ]
}

/** The nodename line by which this name, in small letters and in any spelling, is that of a node; undefined if none is. */
function nodenameOf({ nodenames }: Pick<Cluster, 'nodenames'>, number: number, name: string): Nodename | undefined {
  return nodenames.find((line) => line.kind !== 'companion' && nodeNamed(line, displayed(name)) === number)
}

function companionLines(config: ConfigEvidence, entry: HostEntry): Related[] {
  const name = foldCase(entry.names[0] ?? '')
  const line = config.cluster.nodenames.find((one) => {
    const made = one.kind === 'companion' ? nameIn(one, entry.number) : undefined
    return made !== undefined && foldCase(byteString(made)) === name
  })
  if (line?.span === undefined) return []
  const own = config.cite(line.span, `gives node ${entry.number} this device, ${companionRule(line, entry.number)}`)
  const node = config.cluster.nodes.find(({ number }) => number === entry.number)
  const offsets = line.companions.filter(({ isOffset }) => isOffset).map(({ given }) => given.family)
  const bases = (node?.addresses ?? []).filter(({ family }) => offsets.includes(family))
  return [own, ...rangeLines(config, { number: entry.number, addresses: bases })]
}

/** How a companion has its addresses: `at 10.21.0.0 plus 15`. */
function companionRule({ companions }: Nodename, number: number): string {
  const rules = companions.map(({ given, isOffset }) =>
    isOffset ? `the address of the node plus ${formatAddress(given)}` : `${formatAddress(given)} plus ${number}`,
  )
  return `at ${rules.join(', and at ')}`
}

/** The host lines of a device that have one of these addresses. */
function deviceLines(config: ConfigEvidence, { names, addresses }: HostEntry): Related[] {
  const device = config.cluster.hosts.find(({ name }) => foldCase(byteString(name)) === foldCase(names[0] ?? ''))
  const lines = device?.lines.filter((line) => addresses.some((address) => sameAddress(address, line.address))) ?? []
  return lines.map((line) => config.cite(line.span, hostRule(device?.name ?? '', line)))
}

function hostRule(name: string, { aliases, address }: HostLine): string {
  const also = aliases.length === 0 ? '' : `, also called ${aliases.join(', ')}`
  return `gives ${name} the address ${formatAddress(address)}${also}`
}

/** The lines that make these addresses those of masters. */
export function masterLines(config: ConfigEvidence, addresses: readonly Address[]): Related[] {
  const { masters, interfaces } = config.cluster
  const isOne = (address: Address): boolean => addresses.some((one) => sameAddress(one, address))
  const orders = masters.flatMap(({ addresses: own, span }) => {
    const found = own.filter(isOne)
    return found.length === 0 ? [] : [config.cite(span, `names the master ${found.map(formatAddress).join(' and ')}`)]
  })
  const own = interfaces.flatMap(({ name, address, span }) => {
    if (address === undefined)
      return orders.length > 0 ? [] : [config.cite(span, `the system says the address of ${name}`)]
    return isOne(address) ? [config.cite(span, `gives the master the address ${formatAddress(address)}`)] : []
  })
  return [...orders.slice(0, 1), ...own]
}
