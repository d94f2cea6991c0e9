/**
 * The zones of a snapshot, and the records of each name. DNS answers, transfers and `export zone` all
 * come from here, so they can't differ.
 */
import { foldCase } from '../../values/index.ts'
import { hosts } from '../databases/hosts.ts'
import type { ByteString, ZoneSettings } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { type Apex, absoluteName, addressRecords, apexOf, renewedApex } from './apex.ts'
import { NamesBetween } from './between.ts'
import { reverseCuts } from './cut.ts'
import { isWildcardName } from './domain-name.ts'
import { ForwardZone } from './forward.ts'
import type { AuthorityData, RecordData, Zone } from './record.ts'
import { ReverseZone } from './reverse.ts'
import { ZONE_SECTIONS } from './sections.ts'

/** The zones of one snapshot. Making one is quick: records are looked up when they are asked for. */
export class Zones {
  readonly snapshot: Snapshot
  /** The snapshot that the records are looked up in: of an earlier generation, where its sections are the same. Zones with the same content have the same. */
  readonly content: Snapshot
  /** What the snapshot says of all zones. */
  readonly settings: ZoneSettings
  /** The start of authority of every zone. */
  readonly authority: AuthorityData
  /** The zone of the domain; undefined if the cluster has none. */
  readonly forward: ForwardZone | undefined
  /** In order of address. */
  readonly reverse: readonly ReverseZone[]
  readonly #byOrigin: ReadonlyMap<ByteString, Zone>
  readonly #between: NamesBetween
  readonly #apex: Apex

  /** `before`: zones with the same content, from which all but the serial is taken. Throws SnapshotError if the settings in the snapshot are damaged. */
  constructor(snapshot: Snapshot, before?: Zones) {
    this.snapshot = snapshot
    this.content = before?.content ?? snapshot
    this.settings = before?.settings ?? snapshot.zoneSettings
    this.#apex = before === undefined ? apexOf(snapshot, this.settings) : renewedApex(before.#apex, snapshot)
    this.authority = this.#apex.authority
    const { forward, reverse } = before === undefined ? this.#made() : before.#under(this.#apex)
    this.forward = forward
    this.reverse = reverse
    this.#byOrigin = new Map(this.all.map((zone) => [zone.origin, zone]))
    this.#between = before === undefined ? this.#namesBetween() : before.#between
  }

  /** These zones in a generation that changed none of their content; undefined if it did. */
  renewed(snapshot: Snapshot): Zones | undefined {
    return this.snapshot.isSameIn(snapshot, ZONE_SECTIONS) ? new Zones(snapshot, this) : undefined
  }

  #under(apex: Apex): Pick<Zones, 'forward' | 'reverse'> {
    return { forward: this.forward?.under(apex), reverse: this.reverse.map((zone) => zone.under(apex)) }
  }

  #made(): Pick<Zones, 'forward' | 'reverse'> {
    const { snapshot, settings } = this
    const content = { snapshot, settings, isBetween: (name: ByteString): boolean => this.#between.has(name) }
    return {
      forward: snapshot.domain === '' ? undefined : new ForwardZone(content, this.#apex),
      reverse: reverseCuts(snapshot.ranges(), settings.cuts).map((cut) => new ReverseZone(cut, content, this.#apex)),
    }
  }

  #namesBetween(): NamesBetween {
    return new NamesBetween(this.snapshot, {
      isOrigin: (name) => this.#byOrigin.has(name),
      hasWide: this.reverse.some((zone) => zone.isWide),
      ownNames: this.forward?.ownNames ?? [],
    })
  }

  /**
   * Works ahead for a short step; whether there is more to do. A server does all of it before it answers from the snapshot, else the
   * first question for some names waits for it.
   */
  prepare(): boolean {
    return this.#between.step()
  }

  /** The forward zone, then the reverse zones. */
  get all(): readonly Zone[] {
    return this.forward === undefined ? this.reverse : [this.forward, ...this.reverse]
  }

  /** The names whose records come from the settings or the masters, not from a host: origins, servers, the service. */
  get ownNames(): readonly ByteString[] {
    return [...this.all.map(({ origin }) => origin), ...(this.forward?.ownNames ?? [])]
  }

  /** A host's name with the domain, if it has no dot of its own. */
  absolute(name: ByteString): ByteString {
    return absoluteName(this.snapshot, name)
  }

  /** A name of several labels below the domain. */
  absoluteBelow(relative: ByteString): ByteString {
    return this.snapshot.domain === '' ? relative : `${relative}.${this.snapshot.domain}`
  }

  /** The zone of exactly this name (any case, no final dot). */
  named(origin: ByteString): Zone | undefined {
    return this.#byOrigin.get(foldCase(origin))
  }

  /** The zone that a name lies in, and how many of its labels (small letters) stand below the origin. */
  holding(labels: readonly ByteString[]): { readonly zone: Zone; readonly below: number } | undefined {
    for (let below = 0; below < labels.length; below++) {
      const suffix = labels.slice(below)
      const zone = this.#byOrigin.get(suffix.join('.'))
      if (zone !== undefined && suffix.length === zone.origin.split('.').length) return { zone, below }
    }
    return undefined
  }

  /** The addresses of a short name, which is answered although no zone has it. */
  shortName(label: ByteString): readonly RecordData[] | undefined {
    if (label.includes('.') || isWildcardName(label)) return undefined
    const record = this.content.lookup('hosts', { name: label })
    return record && addressRecords(hosts.decode(record).addresses)
  }
}
