/** innetgr(3) on a snapshot. */
import { atOnce, foldCase, STEP, type Steps } from '../../values/index.ts'
import { NETGROUP, type Triple } from '../databases/netgroup.ts'
import { WILDCARD } from '../format.ts'
import { RecordReader } from '../records/decode.ts'
import type { ByteString } from '../records/entries.ts'
import { oncePerSnapshot } from '../snapshot/kept.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { HostTable } from './host-table.ts'

/** The user field of triples that have machines only. */
const NO_USER = '-'

/** A netgroup that is made ready to be asked often: each who asks does a part of the work that is left. */
class Members {
  /** The hosts of triples that hold no user, and any domain: nearly always all of them. */
  readonly hosts: HostTable
  /** All other triples. */
  readonly others: Triple[] = []
  /** The work that is left. */
  #work: Steps<void> | undefined

  /** Throws SnapshotError on damage, as each step may. */
  constructor(record: Uint8Array) {
    const reader = new RecordReader(NETGROUP, record)
    const offsets = reader.words(3 * reader.u32('triple_count'))
    const size = reader.u32('strings_size')
    const start = reader.strings(size)
    this.hosts = new HostTable(record, start + size, offsets.length / 3)
    this.#work = this.#take(reader, offsets, start)
  }

  /** Takes some more triples; whether there are more. */
  step(): boolean {
    if (this.#work?.next().done !== false) this.#work = undefined
    return this.#work !== undefined
  }

  *#take(reader: Pick<RecordReader<never>, 'string'>, offsets: readonly number[], start: number): Steps<void> {
    const isNoUser = (offset: number): boolean => offset !== WILDCARD && reader.string(offset) === NO_USER
    const text = (offset: number): ByteString | undefined => (offset === WILDCARD ? undefined : reader.string(offset))
    for (let i = 0; i < offsets.length; i += 3) {
      if (i > 0 && i % (3 * STEP) === 0) yield
      const [host = 0, user = 0, domain = 0] = [offsets[i], offsets[i + 1], offsets[i + 2]]
      if (host !== WILDCARD && domain === WILDCARD && isNoUser(user)) this.hosts.add(start + host)
      else this.others.push({ host: text(host), user: text(user), domain: text(domain) })
    }
  }
}

/** Makes a netgroup ready to be asked, in steps: of a large one the first question else waits for all of it. Throws SnapshotError on damage. */
export function* netgroupSteps(snapshot: Snapshot, netgroup: ByteString): Steps<void> {
  const members = membersOf(snapshot, netgroup)
  try {
    while (members?.step()) yield
  } catch (error) {
    // What is half made is not asked.
    asked(snapshot).delete(netgroup)
    throw error
  }
}

/**
 * Whether a netgroup holds a triple, as innetgr(3) tells it: a field that is absent, in the question or in the netgroup, matches
 * everything; hosts and domains compare without regard to case, users with it. False for an unknown netgroup.
 */
export function inNetgroup(snapshot: Snapshot, netgroup: ByteString, question: Partial<Triple>): boolean {
  atOnce(netgroupSteps(snapshot, netgroup))
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
  const members = new Members(record)
  asked(snapshot).set(netgroup, members)
  return members
}
