/** A build that follows the one before it: what did not change is neither read nor built again. */
import { isDeepStrictEqual } from 'node:util'
import { Snapshot } from '../../../resolver/index.ts'
import { mustBeLocal, NotLocalError } from '../../../values/index.ts'
import { isPartial } from '../../accounts/listing.ts'
import { SOURCE_NAMES, type SourceName } from '../../sources/source.ts'
import { ACCOUNTS, accountPart, OTHERS } from '../account-part.ts'
import { memoryIn } from '../build-memory.ts'
import { type BuildOrder, type BuildWork, buildCandidate, type Candidate } from '../candidate.ts'
import type { AddressesOf } from '../reading.ts'
import { followedAccountFiles } from './account-files.ts'
import { followedAccounts } from './accounts.ts'
import { followedConfiguration } from './configuration.ts'
import { compared, type Followed, type Following, isSame, sectionsIn } from './following.ts'
import { candidateOfOthers } from './others.ts'

/** Reads, checks, builds and compares what changed since the last build, or all. Throws nothing for what the sources hold but what `beforeMuch` throws. */
export function nextCandidate(order: BuildOrder, addressesOf: AddressesOf): Candidate {
  const followed = orWhy(() => followingBuild(order, addressesOf))
  if (typeof followed !== 'string') return followed
  order.beforeMuch?.()
  return buildCandidate(order, addressesOf, followed, accountPart(order))
}

/** What is made of it, or the reason why more than what changed is needed. */
function orWhy<T>(make: () => T): T | string {
  try {
    return make()
  } catch (error) {
    if (error instanceof NotLocalError) return error.message
    throw error
  }
}

/**
 * The same candidate that a whole build would give, but for what was done for it. It costs what changed, and comparisons and copies of the
 * bytes. Throws NotLocalError where a whole build is needed.
 */
function followingBuild(order: BuildOrder, addressesOf: AddressesOf): Candidate {
  const following = followingOf(order, addressesOf)
  const others = OTHERS.filter((name) => !isSame(following, name))
  if (others.length === 0) return compared(order, accountStep(following))
  const isAccounts = ACCOUNTS.some((name) => !isSame(following, name)) || order.today !== following.memory.today
  const first = isAccounts ? accountStep(withOthersOf(following)) : undefined
  const next = first === undefined ? following : behind(following, first)
  const isConfigAlone = others.length === 1 && others[0] === 'config'
  const made = isConfigAlone ? orWhy(() => compared(order, followedConfiguration(next))) : undefined
  if (typeof made !== 'object') order.beforeMuch?.()
  const candidate = typeof made === 'object' ? made : candidateOfOthers(next, made)
  return first === undefined ? candidate : { ...candidate, work: bothWorks(first.work, candidate.work, next.before) }
}

/** What is made of the accounts, of their lines that changed or of whole files. */
function accountStep(following: Following): Followed {
  const made = orWhy(() => followedAccounts(following))
  if (typeof made !== 'string') return made
  following.order.beforeMuch?.()
  return followedAccountFiles(following, made)
}

/** The same, but that no other source than accounts changed. */
function withOthersOf(following: Following): Following {
  const { sources, last } = following
  return { ...following, sources: { ...sources, ...Object.fromEntries(OTHERS.map((name) => [name, last[name]])) } }
}

/** What is left to be done behind the accounts. */
function behind(following: Following, { built, memory }: Followed): Following {
  mustBeLocal(built?.public !== undefined && memory !== undefined, 'there is much to remember of the accounts')
  return {
    ...following,
    last: withOthersOf(following).sources,
    ...pairOf({ public: built.public, shadow: built.shadow }),
    memory: memoryIn(memory),
  }
}

/** What was done for the accounts, which gave `between`, and then for the rest: there the sections of accounts were copied. */
function bothWorks(first: BuildWork, rest: BuildWork, between: Snapshot): BuildWork {
  return {
    ...first,
    ...rest,
    bytesRead: first.bytesRead + rest.bytesRead,
    recordsMade: first.recordsMade + rest.recordsMade,
    sectionsCopied: Math.max(0, first.sectionsCopied + rest.sectionsCopied - sectionsIn(between)),
    sectionsEdited: first.sectionsEdited + rest.sectionsEdited,
  }
}

/** The build that an order follows. Throws NotLocalError unless it is that of what is served, and every source can be followed. */
function followingOf(order: BuildOrder, addressesOf: AddressesOf): Following {
  const { last, before, sources } = order
  mustBeLocal(last !== undefined && before.public !== undefined, 'there is no build to follow')
  const following: Following = {
    ...{ order, sources, addressesOf, last: last.sources, memory: memoryIn(last.memory) },
    ...pairOf({ public: before.public, shadow: before.shadow }),
  }
  mustFollow(following)
  return following
}

/** The snapshots of a build. */
function pairOf(pair: { readonly public: Uint8Array; readonly shadow: Uint8Array | undefined }) {
  return {
    before: Snapshot.open(pair.public),
    shadow: pair.shadow === undefined ? undefined : Snapshot.open(pair.shadow),
  }
}

function mustFollow(following: Following): void {
  const { order, memory, before, shadow } = following
  const { rules, digests } = memory
  mustBeLocal(isDeepStrictEqual(rules, order.rules), 'the settings changed')
  mustBeLocal(isDigest(digests.public, before), 'what is served is not what was built last')
  mustBeLocal(isDigest(digests.shadow, shadow), 'the shadow entries served are not those that were built last')
  for (const name of SOURCE_NAMES) mustBeFollowed(following, name)
  mustBeLocal((rules.passwords ?? []).length === 0, 'rules of the settings give passwords to nodes')
}

function mustBeFollowed(following: Following, name: SourceName): void {
  const [was, is] = [following.last[name], following.sources[name]]
  mustBeLocal(
    was.origin === is.origin && was.state === is.state && was.reason === is.reason,
    `${name} is read in another way`,
  )
  if (isSame(following, name)) return
  mustBeLocal(name !== 'loginDefs', `${name} changed`)
  mustBeLocal(!isPartial(was.bytes) && !isPartial(is.bytes), `${name} was not listed whole`)
}

function isDigest(digest: Uint8Array | undefined, snapshot: Snapshot | undefined): boolean {
  if (digest === undefined || snapshot === undefined) return digest === snapshot
  return Buffer.compare(digest, snapshot.digest) === 0
}
