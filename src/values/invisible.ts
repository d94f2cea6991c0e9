/**
 * Characters that a person takes for a blank, or does not see at all, and that programs take for part of a word: no-break
 * spaces and the like come with text that is copied from a web page or a word processor, carriage returns from other systems.
 */

/** Such a character in a text. */
export interface Invisible {
  /** Where it starts, in bytes. */
  readonly at: number
  /** How many bytes it takes. */
  readonly length: number
  /** For messages: `a no-break space (U+00A0)`. */
  readonly name: string
}

/** The common ones by name (Unicode 15, names in small letters). */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x0d, 'a carriage return'],
  [0x85, 'a next line character'],
  [0xa0, 'a no-break space'],
  [0xad, 'a soft hyphen'],
  [0x200b, 'a zero width space'],
  [0x200c, 'a zero width non-joiner'],
  [0x200d, 'a zero width joiner'],
  [0x2028, 'a line separator'],
  [0x2029, 'a paragraph separator'],
  [0x202f, 'a narrow no-break space'],
  [0x2060, 'a word joiner'],
  [0x3000, 'an ideographic space'],
  [0xfeff, 'a byte order mark'],
])

/** Blanks other than space, tab and line ends, and characters of no width (Unicode categories Zs, Zl, Zp, Cf). */
const INVISIBLE = /[\p{Zl}\p{Zp}\p{Cf}\u0085\u2800\u3164]|(?! )\p{Zs}/u
const INVISIBLE_OR_RETURN = new RegExp(`${INVISIBLE.source}|\\r`, 'u')

/**
 * The first such character of a text that is held as one character a byte. Text that is no UTF-8 is read as Latin-1.
 * `returns`: whether a carriage return counts as one.
 */
export function firstInvisible(bytes: string, returns: boolean): Invisible | undefined {
  // Most text is ASCII: that is told without decoding it.
  const suspect = returns ? /[\r\x80-\xff]/ : /[\x80-\xff]/
  if (!suspect.test(bytes)) return undefined
  const utf8 = Buffer.from(bytes, 'latin1').toString('utf8')
  const isUtf8 = !utf8.includes('\ufffd')
  const text = isUtf8 ? utf8 : bytes
  const found = (returns ? INVISIBLE_OR_RETURN : INVISIBLE).exec(text)
  if (found === null) return undefined
  const size = (part: string): number => (isUtf8 ? Buffer.byteLength(part) : part.length)
  const [character] = found
  return { at: size(text.slice(0, found.index)), length: size(character), name: nameOf(character) }
}

/** A character as people are told it: a blank shows nothing. */
function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const number = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return `${NAMES.get(code) ?? 'an invisible character'} (${number})`
}
