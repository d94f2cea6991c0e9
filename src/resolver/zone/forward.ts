/** The zone of the domain: every host, alias and companion under it, and where the service is. */
import { foldCase } from '../../values/index.ts'
import { hosts } from '../databases/hosts.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { type Apex, absoluteName, addressRecords, masters, nameServers, type ZoneContent } from './apex.ts'
import { isDomainName, isWildcardName } from './domain-name.ts'
import { found, LOOKED_AT_ONCE, type RecordData, type Zone, type ZoneRecord } from './record.ts'

/** Where proxies look for masters (RFC 2782). */
export const SERVICE = '_kickback._tcp'

/** The forward zone of a snapshot that has a domain. */
export class ForwardZone implements Zone {
  readonly origin: ByteString
  readonly #content: ZoneContent
  readonly #apex: Apex
  readonly #snapshot: Snapshot
  /** Records at names that are not those of hosts: the service, and name servers that the settings give addresses. */
  readonly #others: ReadonlyMap<ByteString, readonly RecordData[]>

  /** `before`: the zone of an earlier generation with the same content. */
  constructor(content: ZoneContent, apex: Apex, before?: ForwardZone) {
    this.origin = before?.origin ?? foldCase(content.snapshot.domain)
    this.#content = content
    this.#apex = apex
    this.#snapshot = content.snapshot
    this.#others = before === undefined ? this.#otherRecords() : before.#others
  }

  /** The same zone in another generation with the same content. */
  under(apex: Apex): ForwardZone {
    return new ForwardZone(this.#content, apex, this)
  }

  at(labels: readonly ByteString[]): readonly RecordData[] | undefined {
    if (labels.some((label) => label.includes('.'))) return undefined
    const name = labels.join('.')
    const apex = labels.length === 0 ? this.#apex.records : []
    const records = [...apex, ...this.#addresses(name), ...(this.#others.get(name) ?? [])]
    return records.length > 0 || this.#content.isBetween(`${name}.${this.origin}`) ? records : undefined
  }

  /** The names, absolute, whose records are not those of hosts. */
  get ownNames(): ByteString[] {
    return [...this.#others.keys()].map((name) => `${name}.${this.origin}`)
  }

  isOurs(): boolean {
    return true
  }

  records(): Iterable<ZoneRecord> {
    return found(this.lookingForRecords())
  }

  *lookingForRecords(): Generator<ZoneRecord | undefined, void, undefined> {
    for (const data of this.#apex.records) yield { owner: this.origin, data }
    for (const [name, others] of this.#others) {
      for (const data of others) yield { owner: `${name}.${this.origin}`, data }
    }
    let looked = 0
    for (const { record } of this.#snapshot.records('hosts')) {
      yield* this.recordsOf(record)
      if (++looked % LOOKED_AT_ONCE === 0) yield undefined
    }
  }

  /** The records that one host record gives the zone: those of its names which are found as it. */
  *recordsOf(record: Uint8Array): Generator<ZoneRecord, void, undefined> {
    const { names, addresses } = hosts.decode(record)
    const data = addressRecords(addresses)
    const position = this.#snapshot.positionOf('hosts', record)
    const given = new Set<ByteString>()
    for (const name of names) {
      const relative = this.relative(name)
      const found = relative === undefined || given.has(relative) ? undefined : this.#host(relative)
      if (relative === undefined || found === undefined || this.#snapshot.positionOf('hosts', found) !== position)
        continue
      given.add(relative)
      const owner = name.includes('.') || this.origin === '' ? name : `${name}.${this.origin}`
      for (const each of data) yield { owner, data: each }
    }
  }

  /** A stored name as it stands below the origin, in small letters; undefined if it is not under it, or can't be a name. */
  relative(name: ByteString): ByteString | undefined {
    const absolute = foldCase(absoluteName(this.#snapshot, name))
    if (!isDomainName(absolute)) return undefined
    if (absolute === this.origin) return ''
    return absolute.endsWith(`.${this.origin}`) ? absolute.slice(0, -this.origin.length - 1) : undefined
  }

  #addresses(relative: ByteString): RecordData[] {
    const record = this.#host(relative)
    return record === undefined ? [] : addressRecords(hosts.decode(record).addresses)
  }

  /** The host at a name: one that is stored under the whole name, else under the short one. */
  #host(relative: ByteString): Uint8Array | undefined {
    const absolute = relative === '' ? this.origin : `${relative}.${this.origin}`
    if (isWildcardName(relative)) return undefined
    const whole = this.#snapshot.hasDottedHosts ? this.#snapshot.lookup('hosts', { name: absolute }) : undefined
    if (whole !== undefined || relative === '' || relative.includes('.')) return whole
    return this.#snapshot.lookup('hosts', { name: relative })
  }

  #otherRecords(): Map<ByteString, RecordData[]> {
    const others = new Map<ByteString, RecordData[]>()
    for (const { name, addresses } of nameServers(this.#snapshot, this.#content.settings)) {
      const relative = this.relative(name)
      if (relative === undefined || relative === '' || addresses.length === 0) continue
      if (this.#host(relative) === undefined) others.set(relative, addressRecords(addresses))
    }
    const services = masters(this.#snapshot).map(({ names: [name = ''] }, priority): RecordData => {
      const target = absoluteName(this.#snapshot, name)
      return { type: 'SRV', priority, weight: 0, port: this.#content.settings.port, target }
    })
    if (services.length > 0) others.set(SERVICE, services)
    return others
  }
}
