/** How much sources mean: the parts and the names of which a build makes tables and lists. */
import { mostNames } from '../../config/index.ts'
import { SOURCE_NAMES, type SourceContent, type Sources } from './source.ts'

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

/** By the content of a configuration: one build asks several times, and the next one where only other sources changed. */
const names = new WeakMap<Uint8Array, number>()

/** How many names the nodes of a configuration have at most by lines that mean many (mostNames). Its bytes must not change afterwards. */
export function namesIn({ bytes }: SourceContent): number {
  const count = names.get(bytes) ?? mostNames(bytes)
  names.set(bytes, count)
  return count
}

/** The most bytes of sources that are small: some thousand names. */
const SMALL = 512 * 1024
/** The most names that few lines of a small configuration may mean. */
const SMALL_NAMES = 2 ** 14
/** The most bytes of a small netgroup file: each of its netgroups may have all triples of the others. */
const SMALL_NETGROUP = 16 * 1024

/** Whether the sources take so little, and mean so little, that what is made of them takes little too. */
export function isSmall(sources: Sources): boolean {
  const bytes = SOURCE_NAMES.reduce((sum, name) => sum + sources[name].bytes.length, 0)
  if (bytes > SMALL || sources.netgroup.bytes.length > SMALL_NETGROUP) return false
  return namesIn(sources.config) <= SMALL_NAMES
}
