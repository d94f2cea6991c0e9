/** The trust list: which signing keys and authorities the roots of a cluster have certified (docs/trust.md, "The trust list"). */
import type { KeyObject } from 'node:crypto'
import { hex } from '../../values/index.ts'
import { keyMark, publicKeyOfDer } from '../snapshot/signing.ts'
import {
  base64Bytes,
  FIRST_LINE,
  isListName,
  LINES,
  LIST_MAX,
  type LineWord,
  lineKind,
  NUMBER_MAX,
  PURPOSE,
} from './lines.ts'

/** A key of a master, and what the master is called. */
interface NamedKey {
  readonly key: KeyObject
  readonly name: string
}

/** A key that was withdrawn. */
export interface RevokedKey {
  /** Its mark in hex. */
  readonly mark: string
  readonly name: string
}

/** What a list says. Nothing of it is proved. */
export interface TrustContent {
  readonly number: number
  /** Ed25519, the first choice first. */
  readonly roots: readonly KeyObject[]
  /** Ed25519: what they signed is believed. */
  readonly signers: readonly NamedKey[]
  /** X.509 in DER. */
  readonly authorities: readonly { readonly certificate: Uint8Array; readonly name: string }[]
  readonly revoked: readonly RevokedKey[]
}

/** A list as it stands in its file. Who has one from `parseTrustList` has not proved it; who has one from `provedTrustList` has. */
export interface TrustList extends TrustContent {
  /** The whole file. */
  readonly bytes: Buffer
  /** What the signatures are over. */
  readonly message: Buffer
  /** 64 bytes each, and the mark of the root in hex. */
  readonly signatures: readonly { readonly mark: string; readonly signature: Buffer }[]
}

/**
 * A list that is not taken. `format`: it is no list; `unproved`: no root that is believed signed it; `older`: a list with a greater number is
 * held; `other`: another list with this number is held.
 */
export class TrustListError extends Error {
  override readonly name = 'TrustListError'
  readonly code: 'format' | 'unproved' | 'older' | 'other'

  constructor(code: TrustListError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Reads the bytes of a list. There is one way to write what it says: blanks, order, base64 and numbers that are written otherwise are
 * refused, as is a key that stands in it twice. Throws TrustListError (`format`) with the number of the line.
 */
export function parseTrustList(given: Uint8Array): TrustList {
  if (given.length > LIST_MAX) throw refused(0, `it is longer than ${LIST_MAX} bytes`)
  const bytes = Buffer.from(given)
  const [first, ...lines] = bytes.toString('latin1').split('\n')
  if (lines.pop() !== '') throw refused(0, 'its last line does not end')
  if (first !== FIRST_LINE) throw refused(1, `it does not begin with \`${FIRST_LINE}\``)
  const reading = new Reading()
  for (const [i, line] of lines.entries()) reading.take(i + 2, line)
  return reading.list(bytes, lines.length + 1)
}

function refused(line: number, what: string): TrustListError {
  return new TrustListError('format', `it is no trust list: ${line === 0 ? '' : `line ${line}: `}${what}`)
}

/** Reads line by line. */
class Reading {
  #number = 0
  readonly #roots: KeyObject[] = []
  readonly #signers: NamedKey[] = []
  readonly #authorities: { readonly certificate: Buffer; readonly name: string }[] = []
  readonly #revoked: RevokedKey[] = []
  readonly #signatures: { readonly mark: string; readonly signature: Buffer }[] = []
  /** Keys, certificates and marks that stood in a line: `WORD WHAT`. */
  readonly #seen = new Set<string>()
  readonly #counts = new Map<string, number>()
  /** The place in LINES of the last line. */
  #kind = 0

  take(at: number, line: string): void {
    const [word = '', what = '', name, ...more] = line.split(' ')
    const kind = lineKind(word)
    if (kind === undefined) throw refused(at, 'its first word is unknown')
    if ([word, what, ...(name === undefined ? [] : [name])].join(' ') !== line || more.length > 0)
      throw refused(at, `it is not written as \`${kind.form}\``)
    if ((name === undefined) !== (kind.form.split(' ').length === 2))
      throw refused(at, `it has not the words of \`${kind.form}\``)
    const place = LINES.indexOf(kind)
    if (place < this.#kind) throw refused(at, `${word} comes after ${LINES[this.#kind]?.word}`)
    this.#kind = place
    const count = (this.#counts.get(word) ?? 0) + 1
    this.#counts.set(word, count)
    if (count > kind.most) throw refused(at, `there are more than ${kind.most} lines of ${word}`)
    this.#fact(at, kind.word, what, name ?? '')
  }

  #fact(at: number, word: LineWord, what: string, name: string): void {
    if (word === 'number') this.#number = numberOf(at, what)
    else if (word === 'root') this.#roots.push(this.#key(at, what))
    else if (word === 'signing') this.#signers.push({ key: this.#key(at, what), name: nameOf(at, name) })
    else if (word === 'authority')
      this.#authorities.push({ certificate: this.#certificate(at, what), name: nameOf(at, name) })
    else if (word === 'revoked') this.#revoked.push({ mark: this.#mark(at, what, 'key'), name: nameOf(at, name) })
    else this.#signatures.push({ mark: this.#mark(at, what, word), signature: signatureOf(at, name) })
  }

  #key(at: number, text: string): KeyObject {
    const key = ed25519Of(base64Bytes(text))
    if (key === undefined) throw refused(at, 'that is no Ed25519 key in SPKI DER and base64')
    this.#once(at, `key ${hex(keyMark(key))}`)
    return key
  }

  #certificate(at: number, text: string): Buffer {
    const bytes = base64Bytes(text)
    if (bytes === undefined || !isSequence(bytes)) throw refused(at, 'that is no certificate in DER and base64')
    this.#once(at, `certificate ${text}`)
    return bytes
  }

  /** A revoked key is none that is listed, and one mark has one line. */
  #mark(at: number, text: string, word: string): string {
    if (!/^[0-9a-f]{32}$/.test(text)) throw refused(at, 'a mark has 32 hexadecimal digits')
    this.#once(at, `${word} ${text}`)
    return text
  }

  #once(at: number, what: string): void {
    if (this.#seen.has(what)) throw refused(at, 'this key stands in it already')
    this.#seen.add(what)
  }

  list(bytes: Buffer, last: number): TrustList {
    for (const { word, least } of LINES) {
      if ((this.#counts.get(word) ?? 0) < least) throw refused(last, `there is no line of ${word}`)
    }
    const text = bytes.toString('latin1')
    const signed = bytes.subarray(0, text.indexOf('\nsignature ') + 1)
    return {
      number: this.#number,
      roots: this.#roots,
      signers: this.#signers,
      authorities: this.#authorities,
      revoked: this.#revoked,
      signatures: this.#signatures,
      bytes,
      message: messageOf(signed),
    }
  }
}

/** What a root signs of these lines. */
export function messageOf(lines: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${PURPOSE}\0`, 'latin1'), lines])
}

function numberOf(at: number, text: string): number {
  const number = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : 0
  if (number === 0 || number > NUMBER_MAX) throw refused(at, `a number is 1 to ${NUMBER_MAX}`)
  return number
}

function nameOf(at: number, text: string): string {
  if (!isListName(text)) throw refused(at, 'a name has printable ASCII characters and no blanks')
  return text
}

function signatureOf(at: number, text: string): Buffer {
  const bytes = base64Bytes(text)
  if (bytes?.length !== 64) throw refused(at, 'a signature has 64 bytes in base64')
  return bytes
}

/** What the SPKI of each Ed25519 key begins with (RFC 8410); 32 bytes of the key follow. */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** A key of bytes that are laid out as one: nothing else comes before a parser of ASN.1, since nobody has proved it yet. */
function ed25519Of(bytes: Buffer | undefined): KeyObject | undefined {
  if (bytes?.length !== ED25519_SPKI.length + 32 || !bytes.subarray(0, ED25519_SPKI.length).equals(ED25519_SPKI))
    return undefined
  try {
    return publicKeyOfDer(bytes)
  } catch {
    return undefined
  }
}

/** Whether bytes are one SEQUENCE of DER, as a certificate is: more is looked at where it is used, when the list is proved. */
function isSequence(bytes: Buffer): boolean {
  return (
    bytes.length > 4 &&
    bytes.length < 0x10000 &&
    bytes.readUInt16BE(0) === 0x3082 &&
    bytes.readUInt16BE(2) === bytes.length - 4
  )
}
