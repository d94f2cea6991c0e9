/** The further names of nodes: aliases that a format makes, aliases of single nodes, and companions. */
import { addressDistance, addressValue, formatAddress, formatMac, offsetAddress } from '../../values/index.ts'
import type { AddressLine, Device } from '../machines/inventory.ts'
import { formatOf, formatText, formKey, makes, type NameFormat, type NumberedName, numberedForms } from './numbered.ts'
import { type Block, boundTo, type NumberedNode, type Stretch } from './numbering.ts'

/** A further name of a node, by the place of the node in its block. */
interface FurtherName {
  readonly at: number
  readonly form: NumberedName
  readonly name: string
}

/** An alias that no format makes. */
export interface SingleAlias {
  readonly node: NumberedNode
  readonly name: string
}

/** Lines for aliases, and the aliases that have none. */
interface AliasLines {
  readonly lines: readonly string[]
  readonly singles: readonly SingleAlias[]
}

/** A format that needs more lines than this is none. */
const STRETCHES_MAX = 4

/** The nodename lines of the aliases of a block. */
export function aliasLines(block: Block, isAlone: boolean): AliasLines {
  const groups = new Map<string, FurtherName[]>()
  const singles: SingleAlias[] = []
  block.nodes.forEach((node, at) => {
    for (const name of node.device.lines[0]?.names.slice(1) ?? []) {
      const form = numberedForms(name).find(({ digits }) => Number(digits) === node.number)
      if (form === undefined) singles.push({ node, name })
      else addTo(groups, formKey(form), { at, form, name })
    }
  })
  const lines: string[] = []
  for (const group of groups.values()) {
    const { format, made, others } = madeBy(group)
    const stretches = stretchesOf(made, () => true)
    const isFormat = format !== undefined && made.length > 1 && stretches.length <= STRETCHES_MAX
    if (isFormat) lines.push(...stretches.map((stretch) => nameLine(block, stretch, isAlone, format)))
    for (const { at, name } of isFormat ? others : group) {
      const node = block.nodes[at]
      if (node !== undefined) singles.push({ node, name })
    }
  }
  return { lines, singles }
}

/** Companions of the nodes of a block: their lines, and the machines that they stand for. */
interface CompanionLines {
  readonly lines: readonly string[]
  readonly devices: readonly Device[]
  /** The MACs of these machines as words of node lines, by the number of the node. */
  readonly words: ReadonlyMap<number, readonly string[]>
}

/** A companion of a node. */
interface Companion extends FurtherName {
  readonly device: Device
  /** How its address follows from that of the node, as the nodename line says it. */
  readonly rule: string
}

/** Companions that are no machines for users: they have a netgroup of their own, and are not in `cluster`. */
const MANAGEMENT = /bmc|ipmi|ilo|drac|imm|[-_]sp$|mgmt|mgt|oob|con(?:sole)?$/i

/** The nodename lines of the machines whose names and addresses follow from those of the block's nodes. */
export function companionLines(block: Block, others: readonly Device[], isAlone: boolean): CompanionLines {
  const places = new Map(block.nodes.map(({ number }, at) => [number, at]))
  const groups = new Map<string, Companion[]>()
  for (const device of others) {
    const companion = companionOf(block, places, device)
    if (companion !== undefined) addTo(groups, formKey(companion.form), companion)
  }
  const lines: string[] = []
  const devices: Device[] = []
  const words = new Map<number, string[]>()
  for (const group of groups.values()) {
    const { format, made } = madeBy(group)
    const stretches = stretchesOf(made, (a, b) => a.rule === b.rule)
    if (format === undefined || made.length < 2 || stretches.length > STRETCHES_MAX) continue
    const netgroup = MANAGEMENT.test(`${format.prefix} ${format.suffix}`) ? ' bmcs' : ''
    for (const stretch of stretches)
      lines.push(`${nameLine(block, stretch, isAlone, format)} ${stretch.first.rule}${netgroup}`)
    for (const { at, device, name } of made) {
      const macs = device.lines.flatMap((line) => line.macs)
      const node = block.nodes[at]?.node ?? 0
      if (macs.length > 0)
        words.set(node, [...(words.get(node) ?? []), ...macs.map((each) => `${name}=${formatMac(each.mac)}`)])
      devices.push(device)
    }
  }
  return { lines, devices, words }
}

/** A machine whose name has that of a node in it: `node01-ipmi`, `inode01`. */
function companionOf(block: Block, places: ReadonlyMap<number, number>, device: Device): Companion | undefined {
  const [line, second] = device.lines
  if (line === undefined || second !== undefined || line.names.length !== 1) return undefined
  for (const form of numberedForms(device.name ?? '')) {
    const at = places.get(Number(form.digits))
    const node = at === undefined ? undefined : block.nodes[at]
    const isRelated = form.prefix.endsWith(block.format.prefix)
    const rule = isRelated && node !== undefined ? ruleOf(node, line) : undefined
    if (at !== undefined && rule !== undefined) return { at, form, name: device.name ?? '', device, rule }
  }
  return undefined
}

/** An offset to the node's address whose first octet is 0; else the address that node 0 would have. */
function ruleOf({ device, node }: NumberedNode, { address }: AddressLine): string | undefined {
  const own = device.lines.find((line) => line.address.family === 4)?.address
  if (own === undefined || address.family !== 4) return undefined
  const offset = addressDistance(own, address)
  if (offset > 0n && offset < 1n << 24n)
    return formatAddress({
      family: 4,
      bytes: Uint8Array.from([24n, 16n, 8n, 0n], (bits) => Number((offset >> bits) & 255n)),
    })
  const base = offsetAddress(address, -node)
  return base === undefined || addressValue(base) < 1n << 24n ? undefined : formatAddress(base)
}

/** The format of most of the names, those that it makes, and the others. */
function madeBy<T extends FurtherName>(
  group: readonly T[],
): { format: NameFormat | undefined; made: readonly T[]; others: readonly T[] } {
  const format = formatOf(group.map(({ form }) => form))
  if (format === undefined) return { format, made: [], others: group }
  return {
    format,
    made: group.filter(({ form }) => makes(format, form)).sort((a, b) => a.at - b.at),
    others: group.filter(({ form }) => !makes(format, form)),
  }
}

/** Names whose nodes follow each other in the block, for as long as they are alike. */
function stretchesOf<T extends FurtherName>(
  made: readonly T[],
  isAlike: (a: T, b: T) => boolean,
): { first: T; last: T }[] {
  const stretches: { first: T; last: T }[] = []
  for (const name of made) {
    const stretch = stretches.at(-1)
    if (stretch !== undefined && name.at === stretch.last.at + 1 && isAlike(stretch.first, name)) stretch.last = name
    else stretches.push({ first: name, last: name })
  }
  return stretches
}

function nameLine(
  block: Block,
  { first, last }: { readonly first: FurtherName; readonly last: FurtherName },
  isAlone: boolean,
  format: NameFormat,
): string {
  const [from, to] = [block.nodes[first.at], block.nodes[last.at]]
  if (from === undefined || to === undefined) throw new Error('a name of no node')
  const stretch: Stretch = { first: from, last: to }
  return `nodename ${boundTo(block, stretch, isAlone)}${formatText(format)}`
}

function addTo<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [item])
  else group.push(item)
}
