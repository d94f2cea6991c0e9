/** Names on the wire: a length byte before each label, and a zero at the end (RFC 1035, 3.1). */
import type { ByteString } from '../../resolver/index.ts'

/** The most bytes of a label. */
export const LABEL_MAX = 63
/** The most bytes of a name, lengths and final zero included. */
export const NAME_MAX = 255

/** The byte with an ASCII capital made small (RFC 4343). */
export function foldedByte(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte
}

/** A name whose labels have no dots, absolute without the final one, as bytes. The empty name is the root. */
export function wireName(name: ByteString): Uint8Array {
  return wireLabels(name === '' ? [] : name.split('.'))
}

/** Labels as a name. Throws RangeError if DNS has no room for them. */
function wireLabels(labels: readonly ByteString[]): Uint8Array {
  const bytes = Buffer.alloc(labels.reduce((length, label) => length + label.length + 1, 1))
  let at = 0
  for (const label of labels) {
    if (label === '' || label.length > LABEL_MAX) throw new RangeError(`a label of ${label.length} bytes`)
    bytes[at] = label.length
    bytes.write(label, at + 1, 'latin1')
    at += 1 + label.length
  }
  if (bytes.length > NAME_MAX) throw new RangeError(`a name of ${bytes.length} bytes`)
  return bytes
}

/**
 * Where an uncompressed name ends that starts at an offset: the offset after its zero. -1 if the message is too short,
 * a label or the name too long, or the name compressed, which no question may be.
 */
export function nameEnd(message: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    const length = message[at]
    if (length === undefined || length > LABEL_MAX) return -1
    at += 1 + length
    if (at - start > NAME_MAX || at > message.length) return -1
    if (length === 0) return at
  }
}

/** Where a name ends that may be compressed: the offset after it, not after what it points to. -1 if it has no end. */
export function skipName(message: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    const length = message[at]
    if (length === undefined || at - start > NAME_MAX) return -1
    if (length >= 0xc0) return at + 2 <= message.length ? at + 2 : -1
    if (length > LABEL_MAX) return -1
    at += 1 + length
    if (length === 0) return at
  }
}

/**
 * A name that may be compressed, whole, and the offset after it in the message. Pointers lead backwards only, so that there is
 * an end (RFC 1035, 4.1.4). Undefined if the name is not well-formed or too long.
 */
export function expandedName(message: Uint8Array, start: number): { name: Uint8Array; end: number } | undefined {
  const end = skipName(message, start)
  const labels: Uint8Array[] = []
  let size = 1
  for (let at = start, lowest = start; end >= 0; ) {
    const length = message[at]
    if (length === undefined) return undefined
    if (length >= 0xc0) {
      at = ((length & 0x3f) << 8) | (message[at + 1] ?? 0)
      if (at >= lowest) return undefined
      lowest = at
      continue
    }
    size += length === 0 ? 0 : 1 + length
    if (length > LABEL_MAX || size > NAME_MAX || at + 1 + length > message.length) return undefined
    labels.push(message.subarray(at, at + 1 + length))
    if (length === 0) return { name: Buffer.concat(labels), end }
    at += 1 + length
  }
  return undefined
}

/** The labels of a name that `nameEnd` has found whole, ASCII letters small. */
export function foldedLabels(message: Uint8Array, start: number): ByteString[] {
  const labels: ByteString[] = []
  for (let at = start; ; ) {
    const length = message[at] ?? 0
    if (length === 0) return labels
    labels.push(foldedText(message, at + 1, at + 1 + length))
    at += 1 + length
  }
}

function foldedText(message: Uint8Array, start: number, end: number): ByteString {
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(foldedByte(message[i] ?? 0))
  return text
}

/** The bytes of a name in small letters: equal exactly for equal names. */
export function foldedName(name: Uint8Array): Uint8Array {
  return name.map(foldedByte)
}
