/** The machines of all entries: what several lines and files say about one address or one name is put together. */
import { forbiddenIn, hostNameFault, isReservedName, withoutDomain } from '../../config/index.ts'
import { type Address, addressKey, foldCase, formatAddress, formatMac, type Mac, macKey } from '../../values/index.ts'
import { type Entry, ImportError, type Place, type Remark } from '../entry.ts'

/** An address with the names that lead to it, as a host line has them. */
export interface AddressLine {
  readonly address: Address
  /** Each once, whatever its case; the canonical one first. */
  readonly names: readonly string[]
  readonly macs: readonly GivenMac[]
  /** Where the address is told first. */
  readonly place: Place
  /** Where each name is told, by its name in small letters. */
  readonly told: ReadonlyMap<string, Place>
  /** What comments on its lines say. */
  readonly notes: readonly string[]
}

/** A machine. */
export interface Device {
  /** The canonical name, which leads to all its addresses; undefined if it has no name. */
  readonly name: string | undefined
  readonly lines: readonly AddressLine[]
  /** True if a file says that it is a compute node. */
  readonly isNode: boolean
}

/** An address line while entries are added. */
interface Gathered {
  readonly address: Address
  /** By the name in small letters. */
  readonly names: Map<string, string>
  readonly told: Map<string, Place>
  readonly macs: GivenMac[]
  readonly place: Place
  readonly notes: string[]
  isNode: boolean
}

/** A MAC, and where it is said. */
interface GivenMac {
  readonly mac: Mac
  readonly place: Place
}

/** The most names of addresses, and the most words of host lines: a name for each address and each MAC of its block. */
const WORDS_MAX = 4 * 1_048_576
/** So many comments on lines of one address are kept. */
const NOTES_MAX = 4
/** A remark on a name tells so many of its addresses. */
const ADDRESSES_TOLD = 4

/** Gathers entries, then gives the machines. */
export class Inventory {
  readonly remarks: Remark[] = []
  readonly #domain: string | undefined
  readonly #lines = new Map<string, Gathered>()
  /** Entries that name a machine whose address other entries tell. */
  readonly #withoutAddress: Entry[] = []
  #words = 0

  /** NAME.domain is NAME, where there is a domain. */
  constructor(domain: string | undefined) {
    this.#domain = domain
  }

  /**
   * Adds what an entry says. Names and addresses that no machine can have become remarks.
   * @throws ImportError if the entries so far have more names of addresses than can be held.
   */
  add(entry: Entry): void {
    this.#count(entry.place, (entry.names.length + 1) * Math.max(1, entry.addresses.length))
    const addresses = entry.addresses.filter((address) => this.#isUsable(entry, address))
    if (entry.addresses.length > 0 && addresses.length === 0) return
    const names = this.#usableNames(entry, addresses)
    if (addresses.length > 0) {
      const lines = addresses.map((address) => this.#lineOf(entry, address, names))
      lines[0]?.macs.push(...givenMacs(entry))
    } else if (names.length > 0) this.#withoutAddress.push({ ...entry, names })
    else if (entry.macs.length > 0) this.#remark(entry.place, `${macText(entry.macs)}: no usable name`)
  }

  /** The machines, in the order in which their addresses were first told. Throws ImportError as `add` does. */
  devices(): Device[] {
    const lines = [...this.#lines.values()]
    this.#placeRest(lines)
    this.#words = 0
    for (const { place, names, macs } of lines) this.#count(place, names.size * Math.max(1, macs.length))
    const macs = new MacOwners(this.remarks)
    return devicesOf(lines, this.remarks).map((device) => macs.owned(device))
  }

  #count(place: Place, words: number): void {
    this.#words += words
    if (this.#words > WORDS_MAX)
      throw new ImportError(place, `up to here there are more than ${WORDS_MAX} names of addresses and MACs`)
  }

  #isUsable({ place, names, macs }: Entry, address: Address): boolean {
    const bad = forbiddenIn({ first: address, last: address })
    if (bad === undefined) return true
    const words = [formatAddress(address), ...names, ...macs.map(formatMac)].join(' ')
    this.#remark(place, `${words}: the address is reserved for ${bad.of}`)
    return false
  }

  #lineOf({ place, note, isNode = false }: Entry, address: Address, names: readonly string[]): Gathered {
    const key = addressKey(address)
    const line = this.#lines.get(key) ?? newLine(address, place)
    this.#lines.set(key, line)
    addNames(line, names, place)
    if (note !== undefined && line.notes.length < NOTES_MAX && !line.notes.includes(note)) line.notes.push(note)
    line.isNode ||= isNode
    return line
  }

  #usableNames({ place, names }: Entry, addresses: readonly Address[]): string[] {
    const where = addresses.length === 0 ? '' : ` of ${addresses.slice(0, ADDRESSES_TOLD).map(formatAddress).join(' ')}`
    return names.flatMap((written) => {
      const name = withoutDomain(written.replace(/(?<=[^.])\.$/, ''), this.#domain)
      const fault = nameFault(name)
      if (fault === undefined) return name
      this.#remark(place, `${written}${where}: the name ${fault}`)
      return []
    })
  }

  /** What names a machine without its address belongs to the first address of that name. */
  #placeRest(lines: readonly Gathered[]): void {
    const byName = new Map<string, Gathered>()
    for (const line of lines) for (const key of line.names.keys()) if (!byName.has(key)) byName.set(key, line)
    // A canonical name comes before an alias of an earlier line.
    for (const line of lines.toReversed()) for (const key of [...line.names.keys()].slice(0, 1)) byName.set(key, line)
    for (const entry of this.#withoutAddress) {
      const { place, names, macs, isNode = false } = entry
      const line = names.map((name) => byName.get(foldCase(name))).find((found) => found !== undefined)
      if (line === undefined) {
        const words = [...macs.map(formatMac), ...names].join(' ')
        this.#remark(place, `${words}: no address is known for this name`)
        continue
      }
      line.macs.push(...givenMacs(entry))
      line.isNode ||= isNode
      addNames(line, names, place)
    }
  }

  #remark(place: Place, text: string): void {
    this.remarks.push({ place, text })
  }
}

/** Why a name cannot stand on a line of a configuration; undefined if it can. */
function nameFault(name: string): string | undefined {
  if (isReservedName(name)) return 'is reserved'
  if (foldCase(name) === 'ns') return 'is reserved for the name server of the zone, where no master is configured'
  const fault = hostNameFault(name)
  if (fault !== undefined) return fault
  return /["'\\\p{C}\u{fffd}]/u.test(name)
    ? 'has a quote, a backslash or a character that cannot be printed'
    : undefined
}

function newLine(address: Address, place: Place): Gathered {
  return { address, names: new Map(), told: new Map(), macs: [], place, notes: [], isNode: false }
}

/** Adds the names that a line has not yet. */
function addNames({ names, told }: Gathered, more: readonly string[], place: Place): void {
  for (const name of more) {
    const key = foldCase(name)
    if (names.has(key)) continue
    names.set(key, name)
    told.set(key, place)
  }
}

function macText(macs: readonly Mac[]): string {
  return macs.map(formatMac).join(' ')
}

function givenMacs({ macs, place }: Entry): GivenMac[] {
  return macs.map((mac) => ({ mac, place }))
}

/** Which machine has a MAC: the first that is said to have it. */
class MacOwners {
  readonly #owners = new Map<number, string>()
  readonly #remarks: Remark[]

  constructor(remarks: Remark[]) {
    this.#remarks = remarks
  }

  /** The machine with the MACs that are its own. */
  owned({ name, isNode, lines }: MutableDevice): Device {
    return { name, isNode, lines: lines.map((line) => ({ ...line, macs: this.#own(line, name) })) }
  }

  #own({ macs, address }: AddressLine, name: string | undefined): GivenMac[] {
    const owner = name ?? formatAddress(address)
    const seen = new Set<number>()
    return macs.filter(({ mac, place }) => {
      const key = macKey(mac)
      const before = this.#owners.get(key)
      if (before === undefined) this.#owners.set(key, owner)
      else if (before !== owner) {
        this.#remarks.push({ place, text: `${formatMac(mac)} of ${owner}: the MAC is that of ${before} already` })
        return false
      }
      const isNew = !seen.has(key)
      seen.add(key)
      return isNew
    })
  }
}

/** Lines that share names are one machine if one name leads to all of them; else a name belongs to the first machine that has it. */
function devicesOf(lines: readonly Gathered[], remarks: Remark[]): MutableDevice[] {
  const devices: MutableDevice[] = []
  const owners = new Map<string, MutableDevice>()
  for (const group of relatedLines(lines)) {
    const common = commonName(group)
    const made = new Set<MutableDevice>()
    for (const line of group) made.add(deviceFor(line, common, owners, remarks))
    devices.push(...made)
  }
  return devices.filter((device) => device.lines.length > 0)
}

/** A machine that still gets lines. */
interface MutableDevice {
  readonly name: string | undefined
  readonly lines: AddressLine[]
  isNode: boolean
}

/** Puts a line to the machine of its names; gives that machine. */
function deviceFor(
  line: Gathered,
  common: string | undefined,
  owners: Map<string, MutableDevice>,
  remarks: Remark[],
): MutableDevice {
  const { address, macs, place, told, notes, isNode } = line
  const canonical = common ?? [...line.names.keys()].find((key) => isFree(key, owners))
  const known = canonical === undefined ? undefined : owners.get(canonical)
  const name = canonical === undefined ? undefined : (known?.name ?? line.names.get(canonical))
  const device = known ?? { name, lines: [], isNode }
  const names: string[] = name === undefined ? [] : [name]
  if (canonical !== undefined) owners.set(canonical, device)
  for (const [key, written] of line.names) {
    if (key === canonical) continue
    const owner = owners.get(key)
    if (owner === undefined) owners.set(key, device)
    if (owner === undefined || owner === device) names.push(written)
    else
      remarks.push({
        place: told.get(key) ?? place,
        text: `${written} of ${formatAddress(address)}: the name is that of ${owner.name} already`,
      })
  }
  if (canonical === undefined && line.names.size > 0) {
    if (macs.length > 0)
      for (const { mac, place: from } of macs)
        remarks.push({ place: from, text: `${formatMac(mac)}: no name is left for it` })
    return device
  }
  device.lines.push({ address, names, macs, place, told, notes })
  device.isNode ||= isNode
  return device
}

/** Whether a name can be the canonical one of a line: nobody has it, or it is canonical already. */
function isFree(key: string, owners: ReadonlyMap<string, MutableDevice>): boolean {
  const owner = owners.get(key)
  return owner === undefined || foldCase(owner.name ?? '') === key
}

/** A configuration has at most so many lines of one machine. */
const LINES_MAX = 1000

/** A name that all lines have; the first such name of the first line. None of more lines than a machine may have. */
function commonName(lines: readonly Gathered[]): string | undefined {
  const [first, ...others] = lines
  if (first === undefined || others.length >= LINES_MAX) return undefined
  if (others.length === 0) return first.names.keys().next().value
  let left = [...first.names.keys()]
  for (const { names } of others) left = left.filter((key) => names.has(key))
  return left[0]
}

/** The lines in groups that share names, directly or by others; in the order of their first lines. */
function relatedLines(lines: readonly Gathered[]): Gathered[][] {
  const parents = lines.map((_, index) => index)
  const rootOf = (index: number): number => {
    let at = index
    while (parents[at] !== at) {
      const next = parents[at] ?? at
      parents[at] = parents[next] ?? next
      at = parents[at] ?? at
    }
    return at
  }
  const holders = new Map<string, number>()
  lines.forEach(({ names }, index) => {
    for (const key of names.keys()) {
      const holder = holders.get(key)
      if (holder === undefined) holders.set(key, index)
      else parents[Math.max(rootOf(holder), rootOf(index))] = Math.min(rootOf(holder), rootOf(index))
    }
  })
  const groups = new Map<number, Gathered[]>()
  lines.forEach((line, index) => {
    const root = rootOf(index)
    const group = groups.get(root)
    if (group === undefined) groups.set(root, [line])
    else group.push(line)
  })
  return [...groups.values()]
}
