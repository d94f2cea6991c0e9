/** The lines of a trust list: what each kind says, how many there may be, and the base64 and names in them. */

/** The first line. */
export const FIRST_LINE = 'kickback trust 1'
/** What a root signs begins with this and the first byte 0. */
export const PURPOSE = 'kickback trust list 1'
/** The longest list in bytes. */
export const LIST_MAX = 64 * 1024
/** The greatest number of a list: it is the second at which the list was made, or one more than that of the list before. */
export const NUMBER_MAX = 2 ** 52 - 1
/** The longest name in bytes: host names have 253 at most (RFC 1035). */
const NAME_MAX = 253
/** How many lines of one kind there may be. */
export const LINES_MAX = 64

/** One kind of line: its first word, what follows, and how many there are at least. Kinds come in this order. */
export const LINES = [
  {
    word: 'number',
    form: 'number N',
    least: 1,
    most: 1,
    doc: 'a number that only grows: who has a list takes no list with a lower number, and none with the same number and other bytes',
  },
  {
    word: 'root',
    form: 'root KEY',
    least: 1,
    most: LINES_MAX,
    doc: 'a root key that is believed from this list on, the first choice first. There are two during a rotation of the root',
  },
  {
    word: 'signing',
    form: 'signing KEY NAME',
    least: 0,
    most: LINES_MAX,
    doc: 'the signing key of a master, and what the master is called',
  },
  {
    word: 'authority',
    form: 'authority CERTIFICATE NAME',
    least: 0,
    most: LINES_MAX,
    doc: 'the certificate of the authority of a master, and what the master is called',
  },
  {
    word: 'revoked',
    form: 'revoked MARK NAME',
    least: 0,
    most: LINES_MAX,
    doc: 'the mark of a key that was withdrawn, and whose it was. For people: a key that is not listed above is not believed anyway',
  },
  {
    word: 'signature',
    form: 'signature MARK SIGNATURE',
    least: 1,
    most: LINES_MAX,
    doc: 'the signature of the root key with that mark, over all lines before the first signature',
  },
] as const

/** The first word of a line. */
export type LineWord = (typeof LINES)[number]['word']

/** The kind of a first word; undefined if there is none. */
export function lineKind(word: string): (typeof LINES)[number] | undefined {
  return LINES.find((kind) => kind.word === word)
}

/** The bytes of base64 (RFC 4648) in the one way in which they can be written; undefined for anything else. */
export function base64Bytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined
}

/** Whether a name can stand in a list: printable ASCII without blanks. */
export function isListName(name: string): boolean {
  return name.length <= NAME_MAX && /^[!-~]+$/.test(name)
}
