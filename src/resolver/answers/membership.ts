/** innetgr(3) on a snapshot. */
import { foldCase } from '../../values/index.ts'
import { NETGROUP, type Triple } from '../databases/netgroup.ts'
import { WILDCARD } from '../format.ts'
import { RecordReader } from '../records/decode.ts'
import type { ByteString } from '../records/entries.ts'
import { oncePerSnapshot } from '../snapshot/kept.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { HostTable } from './host-table.ts'

/** The user field of triples that have machines only. */
const NO_USER = '-'

/** A netgroup made ready to be asked often. */
interface Members {
  /** The hosts of triples that hold no user, and any domain: nearly always all of them. */
  readonly hosts: HostTable
  /** All other triples. */
  readonly others: readonly Triple[]
}

/**
 * Whether a netgroup holds a triple, as innetgr(3) tells it: a field that is absent, in the question or in the netgroup, matches
 * everything; hosts and domains compare without regard to case, users with it. False for an unknown netgroup.
 */
export function inNetgroup(snapshot: Snapshot, netgroup: ByteString, question: Partial<Triple>): boolean {
  const members = membersOf(snapshot, netgroup)
  if (members === undefined) return false
  const { host, user } = question
  const mayBeMachine = user === undefined || user === NO_USER
  if (mayBeMachine && (host === undefined ? members.hosts.size > 0 : members.hosts.has(host))) return true
  return members.others.some((triple) => holds(triple, question))
}

function holds(triple: Triple, question: Partial<Triple>): boolean {
  return (
    fits(triple.host, question.host, foldCase) &&
    fits(triple.user, question.user) &&
    fits(triple.domain, question.domain, foldCase)
  )
}

function fits(
  held: ByteString | undefined,
  wanted: ByteString | undefined,
  form: (text: ByteString) => ByteString = (text) => text,
): boolean {
  return held === undefined || wanted === undefined || form(held) === form(wanted)
}

/** The netgroups of a snapshot that were asked. */
const asked = oncePerSnapshot(() => new Map<ByteString, Members>())

function membersOf(snapshot: Snapshot, netgroup: ByteString): Members | undefined {
  const known = asked(snapshot).get(netgroup)
  if (known !== undefined) return known
  const record = snapshot.lookup('netgroup', { name: netgroup })
  if (record === undefined) return undefined
  const members = membersIn(record)
  asked(snapshot).set(netgroup, members)
  return members
}

/** The members of a netgroup's record. Throws SnapshotError on damage. */
function membersIn(record: Uint8Array): Members {
  const reader = new RecordReader(NETGROUP, record)
  const offsets = reader.words(3 * reader.u32('triple_count'))
  const size = reader.u32('strings_size')
  const start = reader.strings(size)
  const hosts = new HostTable(record, start + size, offsets.length / 3)
  const others: Triple[] = []
  const isNoUser = (offset: number): boolean => offset !== WILDCARD && reader.string(offset) === NO_USER
  const text = (offset: number): ByteString | undefined => (offset === WILDCARD ? undefined : reader.string(offset))
  for (let i = 0; i < offsets.length; i += 3) {
    const [host = 0, user = 0, domain = 0] = [offsets[i], offsets[i + 1], offsets[i + 2]]
    if (host !== WILDCARD && domain === WILDCARD && isNoUser(user)) hosts.add(start + host)
    else others.push({ host: text(host), user: text(user), domain: text(domain) })
  }
  return { hosts, others }
}
