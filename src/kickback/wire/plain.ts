/**
 * Whether bytes are plain msgpack: one value made of maps, arrays, integers, floats, strings, bytes, booleans and nil, and
 * nothing else. Bytes from outside are gone through here before the msgpack library sees them: its extensions run code on
 * what they are given, and its containers are made before their contents are seen to be there.
 */
import { counted } from '../../values/index.ts'

/** A message that is not plain msgpack, or more of it than is allowed. */
export class MessageError extends Error {
  override readonly name = 'MessageError'
}

/** How deep maps and arrays may be nested. */
export const DEPTH_MAX = 8

/** What follows a token: a number of `width` bytes added to `count`, and that many times `each` bytes or values. */
interface Form {
  readonly width: 0 | 1 | 2 | 4
  readonly count: number
  readonly each: 'byte' | 'value' | 'pair'
}

const form = (each: Form['each'], width: Form['width'], count = 0): Form => ({ each, width, count })
const scalar = (bytes: number): Form => form('byte', 0, bytes)

/** Tokens c0..df: extensions (c7..c9, d4..d8) and the unused c1 have no form. */
const LONG_FORMS: { readonly [token: number]: Form } = {
  192: scalar(0), // nil
  194: scalar(0), // false
  195: scalar(0), // true
  196: form('byte', 1), // bin 8, 16, 32
  197: form('byte', 2),
  198: form('byte', 4),
  202: scalar(4), // float 32, 64
  203: scalar(8),
  204: scalar(1), // uint 8, 16, 32, 64
  205: scalar(2),
  206: scalar(4),
  207: scalar(8),
  208: scalar(1), // int 8, 16, 32, 64
  209: scalar(2),
  210: scalar(4),
  211: scalar(8),
  217: form('byte', 1), // str 8, 16, 32
  218: form('byte', 2),
  219: form('byte', 4),
  220: form('value', 2), // array 16, 32
  221: form('value', 4),
  222: form('pair', 2), // map 16, 32
  223: form('pair', 4),
}

/** The form of each token of the msgpack specification. */
const FORMS: readonly (Form | undefined)[] = Array.from({ length: 256 }, (_, token) => {
  if (token < 0x80 || token >= 0xe0) return scalar(0)
  if (token < 0x90) return form('pair', 0, token - 0x80)
  if (token < 0xa0) return form('value', 0, token - 0x90)
  if (token < 0xc0) return scalar(token - 0xa0)
  return LONG_FORMS[token]
})

/**
 * Throws MessageError unless `bytes` are one plain value of at most `valuesMax` values in all, none cut short, with nothing
 * after it. Takes time in proportion to the values, keeps nothing.
 */
export function assertPlain(bytes: Uint8Array, valuesMax: number): void {
  const open: number[] = []
  let left = 1
  let values = 0
  let at = 0
  while (left > 0 || open.length > 0) {
    if (left === 0) {
      left = open.pop() ?? 0
      continue
    }
    left--
    if (++values > valuesMax) throw new MessageError(`more than ${valuesMax} values`)
    const token = FORMS[bytes[at] ?? 0xc1]
    if (token === undefined) throw new MessageError(at < bytes.length ? `not a plain value at byte ${at}` : 'cut short')
    const count = token.count + bigEndian(bytes, at + 1, token.width)
    at += 1 + token.width
    if (count > bytes.length - at) throw new MessageError('cut short')
    if (token.each === 'byte') {
      at += count
      continue
    }
    if (open.push(left) > DEPTH_MAX) throw new MessageError(`more than ${DEPTH_MAX} containers in each other`)
    left = token.each === 'pair' ? 2 * count : count
  }
  if (at !== bytes.length) throw new MessageError(`${counted(bytes.length - at, 'byte')} after the value`)
}

/** The number in `width` bytes; bytes beyond the end count as 0, which the check of what follows finds out. */
function bigEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let i = at; i < at + width; i++) value = value * 256 + (bytes[i] ?? 0)
  return value
}
