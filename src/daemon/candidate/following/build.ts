/** A build that follows the one before it: what did not change is neither read nor built again. */
import { isDeepStrictEqual } from 'node:util'
import { Snapshot } from '../../../resolver/index.ts'
import { mustBeLocal, NotLocalError } from '../../../values/index.ts'
import { isPartial } from '../../accounts/listing.ts'
import { SOURCE_NAMES, type SourceName } from '../../sources/source.ts'
import { ACCOUNTS, accountPart } from '../account-part.ts'
import { memoryIn } from '../build-memory.ts'
import { type BuildOrder, buildCandidate, type Candidate } from '../candidate.ts'
import type { AddressesOf } from '../reading.ts'
import { candidateOfAccounts } from './accounts.ts'
import { candidateOfConfiguration } from './configuration.ts'
import { type Following, isSame, OTHERS } from './following.ts'
import { candidateOfOthers } from './others.ts'

/** Reads, checks, builds and compares what changed since the last build, or all. Never throws for what the sources hold. */
export function nextCandidate(order: BuildOrder, addressesOf: AddressesOf): Candidate {
  const followed = orWhy(() => followingBuild(order, addressesOf))
  return typeof followed === 'string' ? buildCandidate(order, addressesOf, followed, accountPart(order)) : followed
}

/** What is made of it, or the reason why more than what changed is needed. */
function orWhy(make: () => Candidate): Candidate | string {
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
  const changed = SOURCE_NAMES.filter((name) => !isSame(following, name))
  if (changed.every((name) => ACCOUNTS.includes(name))) return candidateOfAccounts(following)
  if (changed.length > 1 || changed[0] !== 'config') return candidateOfOthers(following)
  const followed = orWhy(() => candidateOfConfiguration(following))
  return typeof followed === 'string' ? candidateOfOthers(following, followed) : followed
}

/** The build that an order follows. Throws NotLocalError unless it is that of what is served, and every source can be followed. */
function followingOf(order: BuildOrder, addressesOf: AddressesOf): Following {
  const { last, before, sources } = order
  mustBeLocal(last !== undefined && before.public !== undefined, 'there is no build to follow')
  const following: Following = {
    ...{ order, sources, addressesOf, last: last.sources, memory: memoryIn(last.memory) },
    before: Snapshot.open(before.public),
    shadow: before.shadow === undefined ? undefined : Snapshot.open(before.shadow),
  }
  mustFollow(following)
  return following
}

function mustFollow(following: Following): void {
  const { order, memory, before, shadow } = following
  const { rules, digests, today } = memory
  mustBeLocal(isDeepStrictEqual(rules, order.rules), 'the settings changed')
  mustBeLocal(today === order.today, 'it is another day')
  mustBeLocal(isDigest(digests.public, before), 'what is served is not what was built last')
  mustBeLocal(isDigest(digests.shadow, shadow), 'the shadow entries served are not those that were built last')
  for (const name of SOURCE_NAMES) mustBeFollowed(following, name)
  mustBeLocal((rules.passwords ?? []).length === 0, 'rules of the settings give passwords to nodes')
  const isAllSame = SOURCE_NAMES.every((name) => isSame(following, name))
  mustBeLocal(rules.logins.length === 0 || isAllSame, 'rules of the settings name accounts')
  const isAccountsAlone = OTHERS.every((name) => isSame(following, name))
  mustBeLocal(
    isAccountsAlone || ACCOUNTS.every((name) => isSame(following, name)),
    'accounts and other sources changed',
  )
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
