/** Node lines for machines that no line knows: added to a text, each with the next number of the network where the machine asked. */
import {
  type Address,
  type AddressRange,
  insideRange,
  type Mac,
  macKey,
  paddedMac,
  parseMac,
  sameAddress,
} from '../../values/index.ts'
import type { Cluster } from '../cluster.ts'
import { UNAPPROVED } from '../directives/node-line.ts'
import { type ParsedConfig, parseConfig } from '../parser.ts'
import { hasErrors } from '../text/diagnostic.ts'
import { writtenLines } from '../written.ts'
import { addLine } from './edit.ts'

/** A machine that is to become a node. */
export interface Newcomer {
  readonly mac: Mac
  /** The networks of IPv4 in one of which its address has to be. */
  readonly networks: readonly AddressRange[]
}

/** What became of a newcomer. */
export type AppendOutcome =
  /** It has a line now; `line` is its number in the text, `after` what it says. */
  | { readonly kind: 'appended'; readonly number: number; readonly line: number; readonly after: string }
  /** Its MAC stands in the text already, on this line. */
  | { readonly kind: 'written'; readonly line: number }
  /** No node with an address in its networks is left above those that have lines. */
  | { readonly kind: 'full' }
  /** The node that it would be has another master, which adds the line. */
  | { readonly kind: 'elsewhere'; readonly number: number }
  /** There were enough others: it may come again. */
  | { readonly kind: 'later' }
  /** The text is not to be changed, and why. */
  | { readonly kind: 'refused'; readonly reason: string }

/** How lines are added. */
interface Appending {
  /** How many lines at most. */
  readonly most: number
  /** Numbers that have machines, beside those that have lines: no other machine becomes one of these nodes. */
  readonly taken: readonly number[]
  /** Whether this machine adds the line of the node with this number. */
  readonly isOurs: (cluster: Cluster, number: number) => boolean
  /** How many MACs more the DHCP server bears. A text with more of them would not be followed, nor any change after it. */
  readonly room: (cluster: Cluster) => number
}

/** The text with lines added. */
interface Appended {
  /** The same bytes where nothing is added. */
  readonly bytes: Uint8Array
  /** In the order of the newcomers. */
  readonly outcomes: readonly AppendOutcome[]
}

/** A text that lines may be added to. */
export class AppendText {
  readonly bytes: Uint8Array
  readonly #domain: string
  readonly #parsed: ParsedConfig
  /** The line of each MAC that stands anywhere in the text, by macKey. */
  readonly #macs = new Map<number, number>()
  /** The numbers that node lines name. */
  readonly #numbers: ReadonlySet<number>

  /** Reads it, once. */
  constructor(bytes: Uint8Array, domain: string) {
    this.bytes = bytes
    this.#domain = domain
    this.#parsed = parseConfig(bytes, { domain })
    const { nodes, lines } = writtenLines(bytes)
    this.#numbers = new Set(nodes.map(({ number }) => number))
    for (const { number, words } of lines)
      for (const key of words.flatMap(({ value }) => macsIn(value)))
        if (!this.#macs.has(key)) this.#macs.set(key, number)
  }

  /** The text with a line for each newcomer that may have one, and what became of each. Every other byte of it stays. */
  appended(newcomers: readonly Newcomer[], { most, taken, isOurs, room }: Appending): Appended {
    const reason = this.#refusal()
    if (reason !== undefined) return this.#kept(newcomers, reason)
    const { cluster } = this.#parsed
    const [macs, numbers] = [new Map(this.#macs), new Set([...this.#numbers, ...taken])]
    const free = new FreeNumbers(cluster, numbers)
    let bytes = this.bytes
    let count = 0
    const bound = room(cluster)
    const outcomes = newcomers.map(({ mac, networks }): AppendOutcome => {
      const standing = macs.get(macKey(mac))
      if (standing !== undefined) return { kind: 'written', line: standing }
      const number = free.next(networks)
      if (number === undefined) return { kind: 'full' }
      if (!isOurs(cluster, number)) return { kind: 'elsewhere', number }
      if (count >= bound) return { kind: 'refused', reason: 'it has as many MACs as the DHCP server bears' }
      if (count === most) return { kind: 'later' }
      count++
      const text = `node ${number} ${UNAPPROVED} ${paddedMac(mac)}`
      const { bytes: longer, line } = addLine(bytes, text)
      bytes = longer
      numbers.add(number)
      macs.set(macKey(mac), line)
      return { kind: 'appended', number, line, after: text }
    })
    if (count === 0 || !hasErrors(parseConfig(bytes, { domain: this.#domain }).diagnostics)) return { bytes, outcomes }
    return this.#kept(newcomers, 'with the new lines it would have errors')
  }

  #kept(newcomers: readonly Newcomer[], reason: string): Appended {
    return { bytes: this.bytes, outcomes: newcomers.map(() => ({ kind: 'refused', reason })) }
  }

  #refusal(): string | undefined {
    if (hasErrors(this.#parsed.diagnostics)) return 'it has errors: kickback check tells them'
    return this.#parsed.cluster.assignment === 'append' ? undefined : 'it does not say nodeassign append any more'
  }
}

/** The numbers that nodes may get, by the networks of their addresses. */
class FreeNumbers {
  readonly #cluster: Cluster
  /** Those that have lines, or machines; it grows. */
  readonly #taken: ReadonlySet<number>
  readonly #inside = new Map<readonly AddressRange[], readonly number[]>()

  constructor(cluster: Cluster, taken: ReadonlySet<number>) {
    this.#cluster = cluster
    this.#taken = taken
  }

  /** The number after the highest that is taken, of the nodes with an address in these networks; undefined if there is none. */
  next(networks: readonly AddressRange[]): number | undefined {
    const numbers = this.#inside.get(networks) ?? this.#numbersIn(networks)
    this.#inside.set(networks, numbers)
    return numbers[numbers.findLastIndex((number) => this.#taken.has(number)) + 1]
  }

  #numbersIn(networks: readonly AddressRange[]): readonly number[] {
    return this.#cluster.nodes.flatMap(({ number, addresses: [address] }) =>
      address.family === 4 && networks.some((network) => isHostIn(network, address)) ? [number] : [],
    )
  }
}

/** Whether a machine of a network can have an address: its first and its last one are those of the network and of all machines. */
function isHostIn(network: AddressRange, address: Address): boolean {
  return insideRange(network, address) && ![network.first, network.last].some((edge) => sameAddress(edge, address))
}

/** MACs of other spellings than those of the file: without separators, or with one after each second octet. */
const BARE = /(?<![0-9a-f])(?:[0-9a-f]{12}|[0-9a-f]{4}(?:[.:-][0-9a-f]{4}){2})(?![0-9a-f])/gi
/** One that stands among other text. */
const AMONG = /(?<![0-9a-f:.-])[0-9a-f]{1,2}(?:[:.-][0-9a-f]{1,2}){5}(?![0-9a-f:.-])/gi

/** The MACs in a word, in any spelling, by macKey: other programs have lines in the file too. */
function macsIn(word: string): readonly number[] {
  const whole = parseMac(word)
  if (whole !== undefined) return [macKey(whole)]
  const bare = word.match(BARE) ?? []
  const among = (word.match(AMONG) ?? []).flatMap((text) => parseMac(text) ?? [])
  return [...bare.map((text) => Number.parseInt(text.replace(/[.:-]/g, ''), 16)), ...among.map(macKey)]
}
