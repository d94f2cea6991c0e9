/** The words of the command line as the bytes that were typed, which need not be UTF-8. */
import { readFileSync } from 'node:fs'
import { type ByteString, byteString } from '../resolver/index.ts'

/** What Node puts in place of each byte of a word that is no UTF-8. */
const LOST = '\ufffd'
/** The words that this process was called with, each ended by a NUL (proc(5)). */
const CMDLINE = '/proc/self/cmdline'

/**
 * Words of the command line as the bytes that were typed: Node gives text, in which bytes that are no UTF-8 are lost, and names of
 * users may have any. `called` are the words that the process was called with, or undefined if they can't be had.
 */
export function typedBytes(words: readonly string[], called: Uint8Array | undefined): ByteString[] {
  const given = called === undefined ? [] : Buffer.from(called).toString('latin1').split('\0')
  return words.map((word) => {
    if (!word.includes(LOST)) return byteString(word)
    // Words that read the same as text may be different: each is taken once, in order.
    const at = given.findIndex((raw) => Buffer.from(raw, 'latin1').toString('utf8') === word)
    return at < 0 ? byteString(word) : (given.splice(at, 1)[0] ?? '')
  })
}

/**
 * What `typedBytes` wants to know, where one of these words lost a byte; it must be read before the process gets another title, which
 * is written over it.
 */
export function calledWith(words: readonly string[]): Uint8Array | undefined {
  if (!words.some((word) => word.includes(LOST))) return undefined
  try {
    return readFileSync(CMDLINE)
  } catch {
    return undefined
  }
}
