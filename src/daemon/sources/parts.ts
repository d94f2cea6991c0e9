/** How many parts sources have, of which a build makes one table or list. */
import { SOURCE_NAMES, type Sources } from './source.ts'

/**
 * The most entries of a table with which a build may have a limit of its memory. V8 ends a thread that reaches its limit, and Node gives it 16 MiB more to end
 * in; but V8 ends the whole process where one piece of memory is larger than that, as the table of a Map is that grows beyond 524,288 entries (29 MiB).
 */
export const LIMITED_PARTS = 2 ** 19

const [NEWLINE, COMMA, SPACE, TAB] = [10, 44, 32, 9]

/** Whether one source has more lines, more members of lists, or more words on one line than a table of a limited thread may have. */
export function hasManyParts(sources: Sources): boolean {
  return SOURCE_NAMES.some((name) => {
    const { bytes } = sources[name]
    return bytes.length > LIMITED_PARTS && mostParts(bytes) > LIMITED_PARTS
  })
}

function mostParts(bytes: Uint8Array): number {
  let [lines, members, words, most] = [0, 0, 0, 0]
  // By index: an iterator makes an object for each byte until this is compiled.
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === COMMA) members++
    else if (byte === SPACE || byte === TAB) words++
    else if (byte === NEWLINE) {
      lines++
      most = Math.max(most, words)
      words = 0
    }
  }
  return Math.max(lines, members, words, most)
}
