/** Text from outside, made fit to be kept, logged and shown: bounded in length, and with no character that does something. */

/** The most characters of such text that are kept unless a caller says otherwise. */
export const PRINTABLE_MAX = 100

/**
 * Characters that show nothing, or that change how a terminal shows others: controls (C0, DEL, C1), line and paragraph
 * separators, direction marks and overrides, invisible ones, surrogates without a partner, and private use.
 */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

/**
 * Text from outside as it may be printed: at most `max` characters of it (the rest is `...`), each character that is not shown
 * as an escape (`\x1b`, `\u202e`), a backslash as two. Bytes are read as UTF-8; those that are none become U+FFFD.
 */
export function printable(text: string | Uint8Array, max = PRINTABLE_MAX): string {
  const whole = typeof text === 'string' ? text : Buffer.from(text.subarray(0, 4 * max + 4)).toString()
  // No character takes more than two units: so much is enough to tell whether there are more than `max`.
  const characters = [...whole.slice(0, 2 * max + 2)]
  const kept = characters.slice(0, max).join('')
  const shown = kept.replaceAll('\\', '\\\\').replaceAll(UNSHOWN, escaped)
  return characters.length > max ? `${shown}...` : shown
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}
