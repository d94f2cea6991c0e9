/** The reverse zones: a PTR record for every address of every host. */
import type { Address } from '../../values/index.ts'
import { hosts } from '../databases/hosts.ts'
import type { ByteString, RangeEntry, ReverseCut } from '../records/entries.ts'
import { oncePerSnapshot } from '../snapshot/kept.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { type Apex, absoluteName, type ZoneContent } from './apex.ts'
import { arpaAddress, arpaDigits, arpaLabels, reverseName } from './arpa.ts'
import { isDomainName } from './domain-name.ts'
import { found, LOOKED_AT_ONCE, type RecordData, type Zone, type ZoneRecord } from './record.ts'

/** One reverse zone. */
export class ReverseZone implements Zone {
  readonly origin: ByteString
  readonly #cut: ReverseCut
  readonly #content: ZoneContent
  readonly #apex: Apex
  readonly #snapshot: Snapshot

  /** `before`: the zone of an earlier generation with the same content. */
  constructor(cut: ReverseCut, content: ZoneContent, apex: Apex, before?: ReverseZone) {
    this.origin = before?.origin ?? reverseName({ family: cut.family, bytes: cut.prefix })
    this.#cut = cut
    this.#content = content
    this.#apex = apex
    this.#snapshot = content.snapshot
  }

  /** The same zone in another generation with the same content. */
  under(apex: Apex): ReverseZone {
    return new ReverseZone(this.#cut, this.#content, apex, this)
  }

  at(labels: readonly ByteString[]): readonly RecordData[] | undefined {
    if (labels.length === 0) return this.#apex.records
    const address = this.#address(labels)
    if (address !== undefined) return this.#pointer(address)
    const isName = !labels.some((label) => label.includes('.'))
    return isName && this.#content.isBetween(`${labels.join('.')}.${this.origin}`) ? [] : undefined
  }

  isOurs(labels: readonly ByteString[]): boolean {
    const address = this.#address(labels)
    if (address === undefined) return true
    return rangesOf(this.#snapshot).some((range) => inside(range, { family: this.#cut.family, bytes: address }))
  }

  records(): Iterable<ZoneRecord> {
    return found(this.lookingForRecords())
  }

  *lookingForRecords(): Generator<ZoneRecord | undefined, void, undefined> {
    for (const data of this.#apex.records) yield { owner: this.origin, data }
    for (const address of this.#addresses()) {
      if (address === undefined) yield undefined
      else yield* this.#records(address)
    }
  }

  /** Whether a name can stand between an address and the origin: not in the narrowest zones, whose last octet is the address's. */
  get isWide(): boolean {
    return this.#cut.family === 6 || this.#cut.prefix.length < 3
  }

  /** Whether an address lies in the zone. */
  holds({ family, bytes }: Address): boolean {
    return family === this.#cut.family && this.#cut.prefix.every((octet, i) => bytes[i] === octet)
  }

  #records(address: Uint8Array): ZoneRecord[] {
    const pointers = this.#pointer(address)
    if (pointers === undefined) return []
    const owner = reverseName({ family: this.#cut.family, bytes: address })
    return pointers.map((data) => ({ owner, data }))
  }

  #pointer(address: Uint8Array): RecordData[] | undefined {
    const record = this.#snapshot.lookup('hosts', { address })
    if (record === undefined) return undefined
    const target = absoluteName(this.#snapshot, hosts.decode(record).names[0] ?? '')
    return isDomainName(target) ? [{ type: 'PTR', target }] : undefined
  }

  /** The address whose name the labels below the origin are; undefined if they are none. */
  #address(labels: readonly ByteString[]): Uint8Array | undefined {
    const { family, prefix } = this.#cut
    const digits = arpaDigits(family, [...labels, ...arpaLabels(family, prefix)])
    return digits && arpaAddress(family, digits)
  }

  /** The zone's addresses that may have a name, with undefined between: of a small IPv4 zone all, else those of all hosts. */
  *#addresses(): Generator<Uint8Array | undefined, void, undefined> {
    const { family, prefix } = this.#cut
    if (family === 4 && prefix.length >= 2) {
      yield* addressesUnder([...prefix])
      return
    }
    let looked = 0
    for (const { addresses } of this.#snapshot.entries('hosts')) {
      for (const address of addresses) if (this.holds(address)) yield address.bytes
      if (++looked % LOOKED_AT_ONCE === 0) yield undefined
    }
  }
}

/** A snapshot's ranges. */
const rangesOf = oncePerSnapshot((snapshot) => snapshot.ranges())

/** The IPv4 addresses that begin with two or three octets, in order, with undefined between. */
function* addressesUnder(octets: readonly number[]): Generator<Uint8Array | undefined, void, undefined> {
  const [a = 0, b = 0, c] = octets
  for (let third = c ?? 0; third <= (c ?? 255); third++) {
    for (let last = 0; last < 256; last++) {
      yield Uint8Array.of(a, b, third, last)
      if (last % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) yield undefined
    }
  }
}

function inside({ first, last }: RangeEntry, { family, bytes }: Address): boolean {
  return first.family === family && Buffer.compare(first.bytes, bytes) <= 0 && Buffer.compare(bytes, last.bytes) <= 0
}
