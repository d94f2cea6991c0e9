/**
 * Ready answers: what was answered once is kept as bytes, found by the question's bytes, and patched for who asks. A reply
 * points into its question and repeats its length, so that only the id, one flag and the letter case of the question
 * differ from asker to asker. The serial of a SOA record is put in as a reply is sent: so a generation that changes nothing else
 * has the same ready answers.
 *
 *   slots    hash, position | hash, position | ...        open addressing; position 0 is an empty slot
 *   slabs    size 16, serial's place 16, reply | ...      no reply crosses the end of its slab; place 0 is no serial
 *   passing  reply | reply | ...                          one place for all questions whose hashes end alike
 *
 * batch/replies.c does the same in C.
 */
import type { Address } from '../../values/index.ts'
import { TYPE } from '../wire/dns2.ts'
import { DO, EDNS_VERSION, OPT_SIZE, UDP_MAX, UDP_PLAIN } from '../wire/edns.ts'
import { HEADER_SIZE, OPCODE_BITS, QR, RD } from '../wire/header.ts'
import { LABEL_MAX, NAME_MAX } from '../wire/name.ts'

const SLAB_BITS = 20
const SLAB_SIZE = 1 << SLAB_BITS
/** When the last of this many slabs has been begun, all answers are made anew: the bound on what questions can make us keep. */
const SLABS_MAX = 64
const FEWEST_SLOTS = 1 << 10
/** FNV-1a, 32 bits. */
const HASH_START = 0x811c9dc5 | 0
const HASH_FACTOR = 0x01000193

/** Replies to names that anybody can invent have so many places, and at most so many bytes each. */
const PASSING_PLACES = 1 << 12
const PASSING_MAX = 382

/** How many bytes before a stored reply say its size, and where its serial is. */
const PREFIX = 4

/** The ready answers of one generation, and of later ones that change only the serial. */
export interface ReadyTable {
  /** How many answers are ready, without the passing ones. */
  readonly count: number
  /**
   * The reply to a request by UDP, where it is a plain question (with an OPT record without options or none) whose answer
   * is ready and fits. Undefined for all others, whatever the bytes.
   */
  reply(request: Uint8Array): Buffer | undefined
  /**
   * Keeps a plain reply: one without OPT, whose header says what every asker is told. `isPassing`: the name is one that anybody can
   * invent, so its reply takes the place of another one. `serialAt`: where the serial of its SOA record stands; 0 if it has none.
   */
  keep(plain: Uint8Array, isPassing: boolean, serialAt: number): void
  /** From now on, the SOA records in replies have this serial. */
  renumber(serial: number): void
  /** Who asks from this address has short replies, or, as `isWhole` says, all: for sockets that answer by themselves. */
  admit(address: Address, isWhole: boolean): void
}

/** A kept reply. */
interface Kept {
  readonly bytes: Buffer
  readonly serialAt: number
}

/** Ready answers. */
export class ReadyAnswers implements ReadyTable {
  #slots = new Int32Array(2 * FEWEST_SLOTS)
  #count = 0
  #slabs: Buffer[] = []
  /** Where the next reply goes: slab number and offset in one number. The first bytes stay empty, for position 0. */
  #end = 8
  /** The hash of the question that was scanned last. */
  #hash = 0
  #serial = 0
  readonly #passing: (Kept | undefined)[] = []

  /** How many answers are ready. */
  get count(): number {
    return this.#count
  }

  /** As ReadyTable. */
  reply(request: Uint8Array): Buffer | undefined {
    if (!isPlain(request)) return undefined
    const end = this.#scan(request)
    if (end === 0) return undefined
    const withOpt = request[11] === 1
    const limit = withOpt ? plainOptLimit(request, end) : request.length === end ? UDP_PLAIN : 0
    if (limit === 0) return undefined
    const position = this.#find(request, end)
    if (position === 0) return this.#passed(request, end, limit, withOpt)
    const slab = this.#slabs[position >>> SLAB_BITS] as Buffer
    const at = position & (SLAB_SIZE - 1)
    const start = at + PREFIX
    const bytes = slab.subarray(start, start + slab.readUInt16BE(at))
    return this.#sent({ bytes, serialAt: slab.readUInt16BE(at + 2) }, request, end, limit, withOpt)
  }

  /** As ReadyTable. */
  renumber(serial: number): void {
    this.#serial = serial
  }

  #sent(kept: Kept, request: Uint8Array, end: number, limit: number, withOpt: boolean): Buffer | undefined {
    const reply = patched(kept.bytes, request, end, limit, withOpt)
    if (kept.serialAt > 0) reply?.writeUInt32BE(this.#serial, kept.serialAt)
    return reply
  }

  /** As ReadyTable. */
  keep(plain: Uint8Array, isPassing = false, serialAt = 0): void {
    const end = this.#scan(plain)
    // The serial is behind the question: the bytes before it come from the client.
    if (serialAt !== 0 && (serialAt < end || serialAt + 4 > plain.length)) return
    if (end === 0 || this.#find(plain, end) !== 0) return
    if (isPassing) {
      if (plain.length > PASSING_MAX) return
      this.#passing[this.#hash & (PASSING_PLACES - 1)] = { bytes: folded(Buffer.from(plain)), serialAt }
      return
    }
    if (this.#slabs.length >= SLABS_MAX) this.#clear()
    if (4 * this.#count >= this.#slots.length) this.#grow()
    this.#insert(this.#hash, this.#stored(plain, serialAt))
    this.#count++
  }

  /** No socket answers by itself from here: who asks is looked at each time. */
  admit(): void {}

  #passed(request: Uint8Array, end: number, limit: number, withOpt: boolean): Buffer | undefined {
    const kept = this.#passing[this.#hash & (PASSING_PLACES - 1)]
    if (kept === undefined || kept.bytes.length < end || !isAnswerAt(kept.bytes, 0, request, end)) return undefined
    return this.#sent(kept, request, end, limit, withOpt)
  }

  /** The end of the question, and its hash; 0 if it is none. Letters are hashed as small ones. */
  #scan(message: Uint8Array): number {
    let hash = HASH_START
    let at = HEADER_SIZE
    for (;;) {
      const length = message[at] ?? 255
      hash = Math.imul(hash ^ length, HASH_FACTOR)
      if (length === 0) break
      const stop = at + 1 + length
      if (length > LABEL_MAX || stop >= message.length) return 0
      for (at++; at < stop; at++) {
        const byte = message[at] as number
        hash = Math.imul(hash ^ (byte >= 65 && byte <= 90 ? byte + 32 : byte), HASH_FACTOR)
      }
    }
    const end = at + 5
    if (end > message.length || at + 1 - HEADER_SIZE > NAME_MAX) return 0
    if (message[end - 2] !== 0 || message[end - 1] !== 1) return 0
    hash = Math.imul(hash ^ (message[end - 3] as number), HASH_FACTOR)
    this.#hash = hash ^ (hash >>> 15)
    return end
  }

  /** Where the answer to the scanned question stands; 0 if it is not ready. */
  #find(message: Uint8Array, end: number): number {
    const slots = this.#slots
    const mask = slots.length - 2
    for (let slot = (this.#hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const position = slots[slot + 1] as number
      if (position === 0) return 0
      if (slots[slot] === this.#hash && this.#isAnswer(position, message, end)) return position
    }
  }

  /** Whether the reply at a position has the same question. */
  #isAnswer(position: number, message: Uint8Array, end: number): boolean {
    const slab = this.#slabs[position >>> SLAB_BITS] as Buffer
    return isAnswerAt(slab, (position & (SLAB_SIZE - 1)) + PREFIX, message, end)
  }

  /** Copies a reply to the end of the slabs, with its question in small letters and no id; where it now stands. */
  #stored(plain: Uint8Array, serialAt: number): number {
    const left = SLAB_SIZE - (this.#end & (SLAB_SIZE - 1))
    if (this.#end >>> SLAB_BITS < this.#slabs.length && left < plain.length + PREFIX) this.#end += left
    const position = this.#end
    if (position >>> SLAB_BITS === this.#slabs.length) this.#slabs.push(Buffer.alloc(SLAB_SIZE))
    const slab = this.#slabs[position >>> SLAB_BITS] as Buffer
    const at = position & (SLAB_SIZE - 1)
    const start = at + PREFIX
    slab.writeUInt16BE(plain.length, at)
    slab.writeUInt16BE(serialAt, at + 2)
    slab.set(plain, start)
    folded(slab.subarray(start, start + plain.length))
    this.#end += plain.length + PREFIX
    return position
  }

  #insert(hash: number, position: number): void {
    const mask = this.#slots.length - 2
    let slot = (hash << 1) & mask
    while (this.#slots[slot + 1] !== 0) slot = (slot + 2) & mask
    this.#slots[slot] = hash
    this.#slots[slot + 1] = position
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(2 * old.length)
    for (let slot = 0; slot < old.length; slot += 2) {
      if (old[slot + 1] !== 0) this.#insert(old[slot] as number, old[slot + 1] as number)
    }
  }

  #clear(): void {
    this.#slots = new Int32Array(2 * FEWEST_SLOTS)
    this.#slabs = []
    this.#count = 0
    this.#end = 8
  }
}

/** A reply with its question in small letters and without RD, in its place. */
function folded(reply: Buffer): Buffer {
  reply[2] = (reply[2] as number) & ~RD
  for (let at = HEADER_SIZE; reply[at] !== 0; ) {
    const stop = at + 1 + (reply[at] as number)
    for (at++; at < stop; at++) {
      const byte = reply[at] as number
      if (byte >= 65 && byte <= 90) reply[at] = byte + 32
    }
  }
  return reply
}

/** Whether the kept reply that starts at `shift` has the question of a message. */
function isAnswerAt(kept: Uint8Array, shift: number, message: Uint8Array, end: number): boolean {
  const nameStop = end - 4
  for (let at = HEADER_SIZE; at < nameStop; at++) {
    const byte = message[at] as number
    if ((byte >= 65 && byte <= 90 ? byte + 32 : byte) !== kept[shift + at]) return false
  }
  return kept[shift + nameStop] === message[nameStop] && kept[shift + nameStop + 1] === message[nameStop + 1]
}

/** A kept reply as it is sent for this request; undefined where it does not fit. */
function patched(kept: Buffer, request: Uint8Array, end: number, limit: number, withOpt: boolean): Buffer | undefined {
  const size = kept.length
  const whole = withOpt ? size + OPT_SIZE : size
  if (whole > limit) return undefined
  const reply = Buffer.allocUnsafe(whole)
  kept.copy(reply)
  reply[0] = request[0] as number
  reply[1] = request[1] as number
  reply[2] = (reply[2] as number) | ((request[2] as number) & RD)
  for (let at = HEADER_SIZE; at < end; at++) reply[at] = request[at] as number
  if (withOpt) putOpt(reply, size, (request[end + 7] as number) & DO)
  return reply
}

/** Whether a header is that of one question and at most one additional record. */
function isPlain(request: Uint8Array): boolean {
  return (
    request.length > HEADER_SIZE + 4 &&
    ((request[2] as number) & (QR | OPCODE_BITS)) === 0 &&
    request[4] === 0 &&
    request[5] === 1 &&
    request[6] === 0 &&
    request[7] === 0 &&
    request[8] === 0 &&
    request[9] === 0 &&
    request[10] === 0 &&
    (request[11] as number) <= 1
  )
}

/** The most bytes of the reply where an OPT record of our version without options ends the request, else 0. */
function plainOptLimit(request: Uint8Array, at: number): number {
  if (request.length !== at + OPT_SIZE || request[at] !== 0 || request[at + 1] !== 0) return 0
  if (request[at + 2] !== TYPE.OPT || request[at + 6] !== EDNS_VERSION) return 0
  if (request[at + 9] !== 0 || request[at + 10] !== 0) return 0
  const size = ((request[at + 3] as number) << 8) | (request[at + 4] as number)
  return Math.min(UDP_MAX, Math.max(UDP_PLAIN, size))
}

/** Ends a reply with an OPT record without options. */
function putOpt(reply: Buffer, at: number, flags: number): void {
  reply[11] = 1
  reply[at] = 0
  reply[at + 1] = 0
  reply[at + 2] = TYPE.OPT
  reply[at + 3] = UDP_MAX >> 8
  reply[at + 4] = UDP_MAX & 255
  reply[at + 5] = 0
  reply[at + 6] = EDNS_VERSION
  reply[at + 7] = flags
  reply[at + 8] = 0
  reply[at + 9] = 0
  reply[at + 10] = 0
}
