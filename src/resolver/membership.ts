/** innetgr(3) on a snapshot. */
import type { ByteString, Triple } from './entries.ts'
import { folded } from './keys.ts'
import { oncePerSnapshot } from './once.ts'
import type { Snapshot } from './snapshot.ts'

/** A netgroup made ready to be asked often. */
interface Members {
  /** Folded hosts of triples that hold for every user and domain. */
  readonly hosts: ReadonlySet<ByteString>
  /** All other triples. */
  readonly others: readonly Triple[]
}

/**
 * Whether a netgroup holds a triple, as innetgr(3) tells it: a field that is absent, in the question or in the netgroup, fits
 * everything; hosts and domains compare without regard to case, users with it. False for an unknown netgroup.
 */
export function inNetgroup(snapshot: Snapshot, netgroup: ByteString, question: Partial<Triple>): boolean {
  const members = membersOf(snapshot, netgroup)
  if (members === undefined) return false
  const { host } = question
  if (host === undefined ? members.hosts.size > 0 : members.hosts.has(folded(host))) return true
  return members.others.some((triple) => holds(triple, question))
}

function holds(triple: Triple, question: Partial<Triple>): boolean {
  return (
    fits(triple.host, question.host, folded) &&
    fits(triple.user, question.user) &&
    fits(triple.domain, question.domain, folded)
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
  const entry = snapshot.find('netgroup', { name: netgroup })
  if (entry === undefined) return undefined
  const members = membersIn(entry.triples)
  asked(snapshot).set(netgroup, members)
  return members
}

function membersIn(triples: readonly Triple[]): Members {
  const hosts = new Set<ByteString>()
  const others: Triple[] = []
  for (const triple of triples) {
    if (triple.host !== undefined && triple.user === undefined && triple.domain === undefined)
      hosts.add(folded(triple.host))
    else others.push(triple)
  }
  return { hosts, others }
}
