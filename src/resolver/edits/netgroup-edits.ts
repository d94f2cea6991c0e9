/** What becomes of netgroups where machines come, go, or change their class: members stand in the order of their records among the hosts. */
import type { Cluster, ClusterHost, ClusterNode } from '../../config/index.ts'
import { compareAddress, countBefore, mustBeLocal } from '../../values/index.ts'
import { rangeNames, triplesOf } from '../contents/netgroups.ts'
import { canonicalName, type NameMakers } from '../contents/nodenames.ts'
import { type NetgroupEntry, netgroup, type Triple } from '../databases/netgroup.ts'
import { HOST_KINDS } from '../layout.ts'
import { type ByteString, byteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { RecordEdit } from './spliced.ts'

/** The machines that go and come. */
interface MemberChange {
  readonly old: Cluster
  readonly now: Cluster
  readonly makers: NameMakers
  readonly hasFileNetgroups: boolean
  /** Where the records of the devices that come are to stand, in place of those that go. */
  readonly place: number
}

/** A member, and where its record is among the hosts. */
interface Member {
  readonly name: ByteString
  readonly rank: number
}

/** The members that one netgroup loses, and those that it gets, in their order. */
interface Membership {
  readonly gone: Set<ByteString>
  readonly come: Member[]
}

/** The edits of the netgroups that have other members now, in the order of their places. Throws NotLocalError where these do not follow. */
export function netgroupEdits(snapshot: Snapshot, change: MemberChange): RecordEdit[] {
  const changed = new Memberships(snapshot, change).changed()
  mustBeLocal(changed.size === 0 || !change.hasFileNetgroups, 'a netgroup of the file may include one that changed')
  const edits = Array.from(changed, ([name, own]) => editOf(snapshot, name, own, change))
  return edits.sort((a, b) => a.from - b.from)
}

class Memberships {
  readonly #snapshot: Snapshot
  readonly #change: MemberChange
  readonly #all = new Map<ByteString, Membership>()

  constructor(snapshot: Snapshot, change: MemberChange) {
    this.#snapshot = snapshot
    this.#change = change
  }

  changed(): ReadonlyMap<ByteString, Membership> {
    const { old, now } = this.#change
    for (const [netgroup, member] of this.#ofHosts(old)) this.#of(netgroup).gone.add(member.name)
    for (const [netgroup, member] of this.#ofHosts(now)) this.#of(netgroup).come.push(member)
    for (const [netgroup, member] of this.#ofNodes(old)) this.#of(netgroup).gone.add(member.name)
    for (const [netgroup, member] of this.#ofNodes(now)) this.#of(netgroup).come.push(member)
    return new Map([...this.#all].filter(([, { gone, come }]) => [...gone].join(' ') !== namesOf(come)))
  }

  #of(name: ByteString): Membership {
    const known = this.#all.get(name) ?? { gone: new Set(), come: [] }
    this.#all.set(name, known)
    return known
  }

  *#ofHosts({ hosts, hostRanges }: Cluster): Generator<readonly [ByteString, Member]> {
    const ranges = hostRanges.toSorted((a, b) => compareAddress(a.first, b.first))
    for (const host of hosts) yield* membershipsOf(host, ranges, this.#change.place)
  }

  *#ofNodes({ nodes }: Cluster): Generator<readonly [ByteString, Member]> {
    for (const node of nodes) {
      if (node.class === undefined) continue
      mustBeLocal(this.#change.now.classes.has(node.class), 'no line defines the class of a node that changed')
      yield [byteString(node.class), this.#node(node)]
    }
  }

  #node({ number }: ClusterNode): Member {
    const name = canonicalName(this.#change.makers, number)
    return { name, rank: rankOf(this.#snapshot, name) }
  }
}

function* membershipsOf(
  host: ClusterHost,
  ranges: Cluster['hostRanges'],
  rank: number,
): Generator<readonly [ByteString, Member]> {
  for (const netgroup of rangeNames(ranges, host)) yield [byteString(netgroup), { name: byteString(host.name), rank }]
}

function namesOf(members: readonly Member[]): string {
  return members.map(({ name }) => name).join(' ')
}

function rankOf(snapshot: Snapshot, name: ByteString): number {
  const record = snapshot.lookup('hosts', { name })
  mustBeLocal(record !== undefined, 'a member of a netgroup has no record')
  return snapshot.positionOf('hosts', record)
}

function editOf(snapshot: Snapshot, name: ByteString, own: Membership, change: MemberChange): RecordEdit {
  const record = snapshot.lookup('netgroup', { name })
  mustBeLocal(record !== undefined, 'a netgroup comes')
  const from = snapshot.positionOf('netgroup', record)
  const entry = netgroup.decode(record)
  mustBeOfOneKind(snapshot, entry, change.now)
  const triples = membersAfter(snapshot, entry.triples, own)
  const isDefined = change.now.classes.has(name) || change.now.hostRanges.some((range) => range.name === name)
  mustBeLocal(triples.length > 0 || isDefined, 'a netgroup goes')
  return { from, to: from + record.length, records: [netgroup.encode({ name, triples })] }
}

/**
 * A class that no line defines may have the name of another netgroup, whose members stand behind those of the class, or before them.
 * Lines that define netgroups of two kinds with one name are in error.
 */
function mustBeOfOneKind(snapshot: Snapshot, { name, triples: [first] }: NetgroupEntry, now: Cluster): void {
  if (now.classes.has(name)) return
  const isOfRange = now.hostRanges.some((range) => range.name === name)
  mustBeLocal(isOfRange, 'a netgroup has a name that is not ASCII')
  const member = first && snapshot.find('hosts', { name: shortName(first, suffixOf(snapshot)) })
  mustBeLocal(first === undefined || member?.kind === HOST_KINDS.HOST, 'a class has the name of a hostrange')
}

/** The triples without those of the members that go, and with those of the members that come at their places. */
function membersAfter(snapshot: Snapshot, triples: readonly Triple[], { gone, come }: Membership): Triple[] {
  const suffix = suffixOf(snapshot)
  const leaving = new Set([...gone].flatMap((name) => triplesOf(name, suffix).map(({ host }) => host)))
  const kept = triples.filter(({ host }) => !leaving.has(host))
  const isBehind = (rank: number) => (triple: Triple) => rankOf(snapshot, shortName(triple, suffix)) >= rank
  const places = new Map<number, number>()
  const after: Triple[] = []
  let copied = 0
  // Devices have one place, and nodes come in the order of their records.
  for (const { name, rank } of come) {
    const place = places.get(rank) ?? countBefore(kept, isBehind(rank))
    places.set(rank, place)
    for (; copied < place; copied++) after.push(kept[copied] as Triple)
    after.push(...triplesOf(name, suffix))
  }
  return after.concat(kept.slice(copied))
}

function suffixOf({ domain }: Snapshot): ByteString {
  return domain === '' ? '' : `.${domain}`
}

/** The name of a member by which the hosts have it: a record has no name with the domain. */
function shortName({ host = '' }: Triple, suffix: string): ByteString {
  return suffix !== '' && host.endsWith(suffix) ? host.slice(0, -suffix.length) : host
}
