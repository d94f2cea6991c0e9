/**
 * The end of a negative answer: the SOA of its zone (RFC 2308). It is the same for all questions of one length
 * in one zone, so it is written once, and names that nobody has cost no more than those that somebody has.
 */

import { HEADER_SIZE } from '../wire/header.ts'
import { writeRecord } from '../wire/record.ts'
import { MessageWriter } from '../wire/writer.ts'
import type { Denial } from './answer.ts'

/** The denials of one generation, made when they are first needed. */
export class Denials {
  /** By the zone's name, then by where in the question it stands. */
  readonly #tails = new Map<string, Map<number, Buffer>>()

  /** The SOA record as it follows a question, whose name starts after the header; `below` bytes of it stand before the zone's. */
  tail(name: Uint8Array, below: number, denial: Denial): Buffer {
    if (denial.origin === undefined) return written(name, below, denial)
    let ofZone = this.#tails.get(denial.origin)
    if (ofZone === undefined) {
      ofZone = new Map()
      this.#tails.set(denial.origin, ofZone)
    }
    let tail = ofZone.get(below)
    if (tail === undefined) {
      tail = written(name, below, denial)
      ofZone.set(below, tail)
    }
    return tail
  }
}

/** Pointers lead into the zone's part of the question alone: what stands before it is another in each question. */
function written(name: Uint8Array, below: number, { soa, ttl }: Denial): Buffer {
  const writer = new MessageWriter()
  writer.raw(new Uint8Array(HEADER_SIZE + below))
  const zone = name.subarray(below)
  writer.name(zone)
  writer.u32(0)
  const start = writer.length
  writeRecord(writer, zone, soa, ttl)
  return writer.bytes().subarray(start)
}
