/**
 * The names between the hosts and the origins of zones: they have no records, and exist because longer names do (empty non-terminals;
 * RFC 4592, 2.2.2; RFC 8020). `20.10.in-addr.arpa` is one where 10.in-addr.arpa is the zone of 10.20.30.5, and so is `rack.cluster.internal`
 * where there is a host pdu.rack.
 *
 * Only all hosts together tell them. They are gone through once for each snapshot and never for a question, in short steps that a server
 * can take before it answers from the snapshot.
 */
import { foldCase, type Steps } from '../../values/index.ts'
import { hosts } from '../databases/hosts.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { absoluteName } from './apex.ts'
import { reverseName } from './arpa.ts'
import { isDomainName } from './domain-name.ts'

/** After how many hosts a step ends. */
const HOSTS_A_STEP = 64

/** The zones that the names lie in. */
interface ZoneNames {
  /** Whether this is the name of a zone (small letters). */
  readonly isOrigin: (name: ByteString) => boolean
  /** Whether an address can have a name between it and its zone: not where all zones are as narrow as they can be. */
  readonly hasWide: boolean
  /** The names in zones that have records and are not those of hosts, absolute. */
  readonly ownNames: readonly ByteString[]
}

/** The names between of one snapshot. */
export class NamesBetween {
  readonly #snapshot: Snapshot
  readonly #zones: ZoneNames
  readonly #found = new Set<ByteString>()
  readonly #search: Steps<void>

  constructor(snapshot: Snapshot, zones: ZoneNames) {
    this.#snapshot = snapshot
    this.#zones = zones
    this.#search = this.#all()
  }

  /** Goes through some more hosts. Whether there are more. */
  step(): boolean {
    return this.#search.next().done !== true
  }

  /** Whether an absolute name (small letters) is one. Goes through all hosts first that no step has gone through. */
  has(name: ByteString): boolean {
    while (this.step());
    return this.#found.has(name)
  }

  *#all(): Steps<void> {
    for (const name of this.#zones.ownNames) this.#addAbove(foldCase(name))
    const { hasDottedHosts } = this.#snapshot
    if (!hasDottedHosts && !this.#zones.hasWide) return
    let looked = 0
    for (const { record } of this.#snapshot.records('hosts')) {
      if (looked++ % HOSTS_A_STEP === HOSTS_A_STEP - 1) yield
      const { names, addresses } = hosts.decode(record)
      if (hasDottedHosts) for (const name of names) if (name.includes('.')) this.#addAboveHost(name)
      if (this.#zones.hasWide && this.#isName(names[0] ?? '')) {
        for (const address of addresses) this.#addAbove(reverseName(address))
      }
    }
  }

  #isName(name: ByteString): boolean {
    return isDomainName(absoluteName(this.#snapshot, name))
  }

  #addAboveHost(name: ByteString): void {
    if (this.#isName(name)) this.#addAbove(foldCase(absoluteName(this.#snapshot, name)))
  }

  /** Adds the names above one, up to the origin of its zone. Above a name that is known all are. A name in no zone has none. */
  #addAbove(name: ByteString): void {
    const above: ByteString[] = []
    for (let dot = name.indexOf('.'); ; dot = name.indexOf('.', dot + 1)) {
      if (dot < 0) return
      const upper = name.slice(dot + 1)
      if (this.#found.has(upper) || this.#zones.isOrigin(upper)) break
      above.push(upper)
    }
    for (const upper of above) this.#found.add(upper)
  }
}
