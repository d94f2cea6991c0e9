/** The words of a line as a directive reads them, with messages that quote its usage. */
import { type Address, type Mac, parseAddress, parseMac } from '../../values/index.ts'
import type { NodeSet } from '../cluster.ts'
import { withoutDomain } from '../names/nodename.ts'
import { MAX_NODE, parseNodeSet } from '../nodes/nodeset.ts'
import type { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import type { Word } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import { type Span, spanning } from '../text/span.ts'

const decoder = new TextDecoder()

/** The part of a directive's row that a message about its words quotes. */
interface Usage {
  readonly keyword: string
  readonly arguments: string
}

/** Where the words of a line come from. */
export interface LineContext {
  /** The whole file. */
  readonly bytes: Uint8Array
  /** Where readers report. */
  readonly diagnostics: ConfigDiagnostics
  /** The cluster's domain; undefined if names with a domain are left apart. */
  readonly domain: string | undefined
}

/** The words of one line as its directive reads them; each reader reports what is wrong and then gives undefined. */
export class Arguments {
  readonly keyword: Word
  readonly words: readonly Word[]
  /** Where the readers report. */
  readonly diagnostics: ConfigDiagnostics
  readonly #row: Usage
  readonly #context: LineContext
  /** From the keyword to the last word. */
  readonly span: Span

  /** `line` starts with the keyword. */
  constructor(keyword: Word, line: readonly Word[], row: Usage, context: LineContext) {
    this.keyword = keyword
    this.words = line.slice(1)
    this.span = spanning(keyword, this.words.at(-1) ?? keyword)
    this.diagnostics = context.diagnostics
    this.#row = row
    this.#context = context
  }

  get #usage(): string {
    return `${this.#row.keyword} ${this.#row.arguments}`
  }

  /** The text from one word to the last one as it is written, quotes and all. */
  textFrom(word: Word): string {
    const last = this.words.at(-1) ?? word
    return decoder.decode(this.#context.bytes.subarray(word.start, last.end))
  }

  /** The words, when there are from `least` to `most` of them. */
  counted(least: number, most: number): readonly Word[] | undefined {
    const extra = this.words[most]
    if (this.words.length < least) this.missing()
    else if (extra !== undefined) this.extra(extra)
    else return this.words
    return undefined
  }

  /** Reports that the line ends too soon; the span is its last word. */
  missing(): undefined {
    const last = this.words.at(-1) ?? this.keyword
    const hint = isJoinedRange(last.value) ? '; write the two ends of a range as two words' : ''
    this.diagnostics.report('missing-argument', last, `an argument is missing after this: ${this.#usage}${hint}`)
  }

  /** Reports a word that is one too many. */
  extra(word: Word): undefined {
    this.diagnostics.report('extra-argument', word, `${quote(word)} is one word too many: ${this.#usage}`)
  }

  /** A whole number from `least` to `most`. */
  number(word: Word, least: number, most: number): number | undefined {
    const value = /^\d+$/.test(word.value) ? Number(word.value) : Number.NaN
    if (value >= least && value <= most) {
      this.#warnLeadingZero(word, /^0\d/)
      return value
    }
    this.diagnostics.report('bad-number', word, `${quote(word)} is not a whole number from ${least} to ${most}`)
    return undefined
  }

  /** A node number. */
  nodeNumber(word: Word): number | undefined {
    return this.number(word, 0, MAX_NODE)
  }

  /** An address of either family. */
  address(word: Word): Address | undefined {
    const address = parseAddress(word.value)
    if (address === undefined)
      this.diagnostics.report('bad-address', word, `${quote(word)} is ${addressFault(word.value)}`)
    else if (address.family === 4 && !word.value.includes(':')) this.#warnLeadingZero(word, /\b0\d/)
    return address
  }

  /** A word that names machines, without the cluster's domain; its span does not change. */
  hostName(word: Word): Word {
    const value = withoutDomain(word.value, this.#context.domain)
    return value === word.value ? word : { ...word, value }
  }

  /** A MAC; `otherwise` says what may stand in its place. */
  mac(word: Word, otherwise = ''): Mac | undefined {
    const mac = parseMac(word.value)
    if (mac !== undefined) return mac
    const message = `${quote(word)} is not a MAC address: six hex octets are needed${otherwise}`
    this.diagnostics.report('bad-mac', word, message)
    return undefined
  }

  /** A set of nodes. */
  nodeSet(word: Word): NodeSet | undefined {
    const set = parseNodeSet(word.value)
    if (set !== undefined) this.#warnLeadingZero(word, /(?<!\d)0\d/)
    else
      this.diagnostics.report(
        'bad-node-set',
        word,
        `${quote(word)} is not a set of nodes such as 15, 0-31, 1,4-10, 5- or -`,
      )
    return set
  }

  #warnLeadingZero(word: Word, sought: RegExp): void {
    if (!sought.test(word.value)) return
    this.diagnostics.report(
      'leading-zero',
      word,
      `a leading zero in ${quote(word)}: it is read as decimal, not as octal`,
    )
  }
}

/** Whether a text is two addresses with a hyphen between them, as other programs write a range. */
function isJoinedRange(text: string): boolean {
  const ends = text.split('-')
  return ends.length === 2 && ends.every((end) => parseAddress(end) !== undefined)
}

/** The address of a text such as `10.1.0.1/24`, and what stands behind it; undefined for any other text. */
function prefixedIn(text: string): { readonly address: string; readonly rest: string } | undefined {
  const slash = text.indexOf('/')
  const address = text.slice(0, Math.max(slash, 0))
  return slash < 0 || parseAddress(address) === undefined ? undefined : { address, rest: text.slice(slash) }
}

/** Why a text is no address that can be used here. */
function addressFault(text: string): string {
  const prefixed = prefixedIn(text)
  if (prefixed !== undefined) return `not an IP address: leave out ${quote(prefixed.rest)}`
  const scope = text.indexOf('%')
  if (scope < 0 || parseAddress(text.slice(0, scope)) === undefined) return 'not an IP address'
  return `an address with an interface (${quote(text.slice(scope))}), which means nothing on other machines: use an address without one`
}
