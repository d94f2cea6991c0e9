/** The words of a node line, sorted by what they are. */
import { parseMac } from '../../values/index.ts'
import type { CompanionMac, NodeMac } from '../entries.ts'
import type { Word } from '../text/lexer.ts'

/** The word in place of the class of a node that nobody has approved. */
export const UNAPPROVED = 'unapproved'

/** The word in place of the MAC of a machine that is not there. */
export const OFF = 'off'

/** The words of a node line (without its keyword), sorted by their form and their order. */
export interface NodeWords {
  /** The first word, where it is a whole number. */
  readonly number: Word | undefined
  readonly class: Word | undefined
  readonly sequence: Word | undefined
  readonly stage: Word | undefined
  /** A fourth word that is neither number nor MAC. */
  readonly extra: Word | undefined
  readonly macs: readonly NodeMac[]
  readonly companionMacs: readonly CompanionMac[]
  /** What was meant as a MAC or an address, but is no MAC. */
  readonly badMacs: readonly Word[]
}

/** Octets in a row, or a colon, which no class name has. */
const LIKE_MAC = /:|^[0-9a-f]{1,3}(?:[.-][0-9a-f]{1,3}){2,}$/i

/** Sorts the words of a node line; `off` is in place of a MAC, and means no MAC. */
export function sortNodeWords(words: readonly Word[]): NodeWords {
  const [first] = words
  const number = first !== undefined && /^\d+$/.test(first.value) ? first : undefined
  const macs: NodeMac[] = []
  const companionMacs: CompanionMac[] = []
  const badMacs: Word[] = []
  const plain: Word[] = []
  for (const word of number === undefined ? words : words.slice(1)) {
    const mac = parseMac(word.value)
    const companionMac = mac === undefined ? companionMacOf(word) : undefined
    if (mac !== undefined) macs.push({ mac, span: word })
    else if (companionMac !== undefined) companionMacs.push(companionMac)
    else if (LIKE_MAC.test(word.value)) badMacs.push(word)
    else if (word.value !== OFF) plain.push(word)
  }
  return { number, class: plain[0], sequence: plain[1], stage: plain[2], extra: plain[3], macs, companionMacs, badMacs }
}

/** `NAME=MAC`, as no other word of a node line is. */
function companionMacOf(word: Word): CompanionMac | undefined {
  const at = word.value.indexOf('=')
  const mac = at < 1 ? undefined : parseMac(word.value.slice(at + 1))
  return mac && { name: word.value.slice(0, at), mac, span: word }
}
