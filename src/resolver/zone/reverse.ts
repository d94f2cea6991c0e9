/** The reverse zones: a PTR record for every address of every host. */
import type { Address } from '../../values/index.ts'
import { hosts } from '../databases/hosts.ts'
import type { ByteString, RangeEntry, ReverseCut, ZoneSettings } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { absoluteName, apexRecords } from './apex.ts'
import { arpaAddress, arpaDigits, arpaLabels, reverseName } from './arpa.ts'
import { isDomainName } from './domain-name.ts'
import type { RecordData, Zone, ZoneRecord } from './record.ts'

/** One reverse zone. */
export class ReverseZone implements Zone {
  readonly origin: ByteString
  readonly #cut: ReverseCut
  readonly #snapshot: Snapshot
  readonly #settings: ZoneSettings
  #between: ReadonlySet<ByteString> | undefined
  readonly #used = new Map<string, boolean>()

  constructor(cut: ReverseCut, snapshot: Snapshot, settings: ZoneSettings) {
    this.origin = reverseName({ family: cut.family, bytes: cut.prefix })
    this.#cut = cut
    this.#snapshot = snapshot
    this.#settings = settings
  }

  at(labels: readonly ByteString[]): readonly RecordData[] | undefined {
    if (labels.length === 0) return apexRecords(this.#snapshot, this.#settings)
    const address = this.#address(labels)
    if (address !== undefined) return this.#pointer(address)
    return this.#isBetween(labels) ? [] : undefined
  }

  isOurs(labels: readonly ByteString[]): boolean {
    const address = this.#address(labels)
    if (address === undefined) return true
    return this.#snapshot.ranges().some((range) => inside(range, { family: this.#cut.family, bytes: address }))
  }

  *records(): Generator<ZoneRecord, void, undefined> {
    for (const data of apexRecords(this.#snapshot, this.#settings)) yield { owner: this.origin, data }
    for (const address of this.#addresses()) {
      for (const data of this.#pointer(address) ?? [])
        yield { owner: reverseName({ family: this.#cut.family, bytes: address }), data }
    }
  }

  /** Whether an address lies in the zone. */
  holds({ family, bytes }: Address): boolean {
    return family === this.#cut.family && this.#cut.prefix.every((octet, i) => bytes[i] === octet)
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

  /** The zone's addresses that may have a name: of a small IPv4 zone all, else those of all hosts. */
  *#addresses(): Generator<Uint8Array, void, undefined> {
    const { family, prefix } = this.#cut
    if (family === 4 && prefix.length >= 2) {
      yield* addressesUnder([...prefix])
      return
    }
    for (const { addresses } of this.#snapshot.entries('hosts')) {
      for (const address of addresses) if (this.holds(address)) yield address.bytes
    }
  }

  /** Whether labels are part of the name of an address that has a name. */
  #isBetween(labels: readonly ByteString[]): boolean {
    const { family, prefix } = this.#cut
    const digits = arpaDigits(family, [...labels, ...arpaLabels(family, prefix)])
    if (digits === undefined) return false
    if (family === 4 && digits.length >= 2) return this.#isUsed(digits)
    this.#between ??= new Set([...this.#addresses()].flatMap((address) => this.#namesAbove(address)))
    return this.#between.has(labels.join('.'))
  }

  /** Whether an IPv4 address that begins with these octets has a name. Going through many is remembered. */
  #isUsed(octets: readonly number[]): boolean {
    const key = octets.join('.')
    let used = this.#used.get(key)
    if (used !== undefined) return used
    used = false
    for (const address of addressesUnder(octets)) {
      used = this.#pointer(address) !== undefined
      if (used) break
    }
    if (octets.length === 2) this.#used.set(key, used)
    return used
  }

  /** The relative names between an address of the zone and its origin, where the address has a name. */
  #namesAbove(address: Uint8Array): ByteString[] {
    if (this.#pointer(address) === undefined) return []
    const labels = arpaLabels(this.#cut.family, address.subarray(this.#cut.prefix.length))
    return labels.slice(1).map((_, i) => labels.slice(i + 1).join('.'))
  }
}

/** The IPv4 addresses that begin with two or three octets, in order. */
function* addressesUnder(octets: readonly number[]): Generator<Uint8Array, void, undefined> {
  const [a = 0, b = 0, c] = octets
  for (let third = c ?? 0; third <= (c ?? 255); third++) {
    for (let last = 0; last < 256; last++) yield Uint8Array.of(a, b, third, last)
  }
}

function inside({ first, last }: RangeEntry, { family, bytes }: Address): boolean {
  return first.family === family && Buffer.compare(first.bytes, bytes) <= 0 && Buffer.compare(bytes, last.bytes) <= 0
}
