/** A build that follows the one before it: what did not change is neither read nor built again. */
import { isDeepStrictEqual } from 'node:util'
import type { Diagnostic, Location } from '../../config/index.ts'
import {
  type AccountEdits,
  accountEdits,
  type ChangingFiles,
  deltaOf,
  differenceOf,
  FILE_DATABASE_NAMES,
  grafted,
  type LineEdit,
  layout,
  linesIn,
  mustBeLocal,
  NotLocalError,
  Snapshot,
  spliced,
} from '../../resolver/index.ts'
import { exportRules } from '../accounts/account-settings.ts'
import { isPartial } from '../accounts/listing.ts'
import { SOURCE_NAMES, type SourceContent, type SourceName, type Sources, sameContent } from '../sources/source.ts'
import { asBytes, type BuildMemory, memoryIn } from './build-memory.ts'
import { type BuildOrder, buildCandidate, type Candidate } from './candidate.ts'
import type { AddressesOf } from './reading.ts'

/** The sources of which lines may change. */
const FOLLOWED: readonly SourceName[] = ['passwd', 'group', 'shadow']

/** Reads, checks, builds and compares what changed since the last build, or all. Never throws for what the sources hold. */
export function nextCandidate(order: BuildOrder, addressesOf: AddressesOf): Candidate {
  const followed = followingBuild(order, addressesOf)
  return typeof followed === 'string' ? buildCandidate(order, addressesOf, followed) : followed
}

/** The sources that are read anew if one of them changes, and then without accounts. */
const OTHERS = SOURCE_NAMES.filter((name) => !FOLLOWED.includes(name))
/** The databases of the public snapshot that accounts make alone. */
const ACCOUNT_DATABASES = ['passwd', 'group', 'initgroups'] as const
/** How many sections these have: records, and indexes by name and id. */
const ACCOUNT_SECTIONS = layout.SECTIONS.filter(({ database }) =>
  ACCOUNT_DATABASES.some((one) => one === database),
).length
/** An account file without a line. */
const NO_LINES: SourceContent = { origin: '', bytes: new Uint8Array(0), time: 0, state: 'read', reason: '' }

/**
 * The same candidate that a whole build would give, but for what was done for it; or the reason why a whole build is needed. It costs what changed, and
 * comparisons and copies of the bytes.
 */
function followingBuild(order: BuildOrder, addressesOf: AddressesOf): Candidate | string {
  try {
    return new FollowingBuild(order, addressesOf).candidate()
  } catch (error) {
    if (error instanceof NotLocalError) return error.message
    throw error
  }
}

class FollowingBuild {
  readonly #order: BuildOrder
  readonly #sources: Sources
  readonly #last: Sources
  readonly #memory: BuildMemory
  readonly #before: Snapshot
  readonly #shadow: Snapshot | undefined
  readonly #addressesOf: AddressesOf

  constructor(order: BuildOrder, addressesOf: AddressesOf) {
    const { last, before, sources } = order
    mustBeLocal(last !== undefined && before.public !== undefined, 'there is no build to follow')
    this.#order = order
    this.#sources = sources
    this.#last = last.sources
    this.#memory = memoryIn(last.memory)
    this.#before = Snapshot.open(before.public)
    this.#shadow = before.shadow === undefined ? undefined : Snapshot.open(before.shadow)
    this.#addressesOf = addressesOf
    this.#mustFollow()
  }

  /** It is the build of what is served, and every source can be followed. */
  #mustFollow(): void {
    const { rules, digests, today } = this.#memory
    const same = isDeepStrictEqual
    mustBeLocal(same(rules, this.#order.rules), 'the settings changed')
    mustBeLocal(today === this.#order.today, 'it is another day')
    mustBeLocal(isDigest(digests.public, this.#before), 'what is served is not what was built last')
    mustBeLocal(isDigest(digests.shadow, this.#shadow), 'the shadow entries served are not those that were built last')
    for (const name of SOURCE_NAMES) this.#mustBeFollowed(name)
    mustBeLocal((rules.passwords ?? []).length === 0, 'rules of the settings give passwords to nodes')
    const isSame = SOURCE_NAMES.every((name) => this.#isSame(name))
    mustBeLocal(rules.logins.length === 0 || isSame, 'rules of the settings name accounts')
    const isAccountsAlone = OTHERS.every((name) => this.#isSame(name))
    mustBeLocal(isAccountsAlone || FOLLOWED.every((name) => this.#isSame(name)), 'accounts and other sources changed')
  }

  #mustHaveItsAddress(): void {
    const { followedInterface, told } = this.#memory
    const now = followedInterface === undefined ? told : this.#addressesOf(followedInterface)
    mustBeLocal(isDeepStrictEqual([...now], [...told]), 'the address of the interface changed')
  }

  #mustBeFollowed(name: SourceName): void {
    const [was, is] = [this.#last[name], this.#sources[name]]
    mustBeLocal(
      was.origin === is.origin && was.state === is.state && was.reason === is.reason,
      `${name} is read in another way`,
    )
    if (sameContent(was, is)) return
    mustBeLocal(name !== 'loginDefs', `${name} changed`)
    mustBeLocal(!isPartial(was.bytes) && !isPartial(is.bytes), `${name} was not listed whole`)
  }

  #isSame(name: SourceName): boolean {
    return sameContent(this.#last[name], this.#sources[name])
  }

  candidate(): Candidate {
    return OTHERS.every((name) => this.#isSame(name)) ? this.#ofAccounts() : this.#ofOthers()
  }

  /** Accounts are as they were: all but them is read and built. */
  #ofOthers(): Candidate {
    return buildCandidate(this.#order, this.#addressesOf, undefined, {
      others: (sources) => ({ ...sources, passwd: NO_LINES, group: NO_LINES, shadow: NO_LINES }),
      reading: (reading) => ({
        ...reading,
        accounts: { ...reading.accounts, unexported: this.#memory.unexported },
        diagnostics: this.#withAccounts(reading.diagnostics),
      }),
      snapshots: (made) => ({
        public: made.public && grafted(Snapshot.open(made.public), this.#before, ACCOUNT_DATABASES),
        shadow: this.#shadow && spliced(this.#shadow, new Map())?.bytes,
      }),
      work: {
        bytesRead: OTHERS.reduce((sum, name) => sum + this.#sources[name].bytes.length, 0),
        ...{ sectionsCopied: ACCOUNT_SECTIONS, sectionsEdited: 0 },
      },
    })
  }

  /** What is said about the other sources, and in its place what was said about accounts. */
  #withAccounts(others: readonly Diagnostic[]): readonly Diagnostic[] {
    const origins = SOURCE_NAMES.map((name) => this.#sources[name].origin)
    mustBeLocal(new Set(origins).size === origins.length, 'two sources have one name')
    const originsOf = (names: readonly SourceName[]) => new Set(names.map((name) => this.#sources[name].origin))
    const [ofAccounts, behind] = [originsOf(FOLLOWED), originsOf(['netgroup', ...FILE_DATABASE_NAMES])]
    const place = others.findIndex(({ file }) => behind.has(file))
    const kept = this.#memory.diagnostics.filter(({ file }) => ofAccounts.has(file))
    return others.toSpliced(place < 0 ? others.length : place, 0, ...kept)
  }

  /** Some lines of accounts changed, and nothing else. */
  #ofAccounts(): Candidate {
    this.#mustHaveItsAddress()
    const memory = this.#memory
    const edits = accountEdits(
      { files: filesOf(this.#last), public: this.#before, shadow: this.#shadow, unexported: memory.unexported },
      filesOf(this.#sources),
      {
        ...{ limits: memory.limits, also: exportRules(memory.rules) },
        ...{ disabledUsers: memory.rules.disabledUsers, today: memory.today },
      },
    )
    const open = spliced(this.#before, edits.public)
    const shadow = this.#shadow && spliced(this.#shadow, edits.shadow)
    mustBeLocal(
      open !== undefined && (this.#shadow === undefined || shadow !== undefined),
      'an index needs another size',
    )
    const after = Snapshot.open(open.bytes)
    const afterShadow = shadow && Snapshot.open(shadow.bytes)
    const diagnostics = this.#diagnostics(edits)
    const { detail } = this.#order
    return {
      built: { public: open.bytes, shadow: shadow?.bytes },
      difference: {
        ...differenceOf(this.#before, after, detail),
        ...(this.#shadow && afterShadow && differenceOf(this.#shadow, afterShadow, detail)),
      },
      delta: deltaOf(this.#before, after),
      granted: shadow && [],
      ...{ diagnostics, images: memory.images },
      ...{ errors: 0, omitted: 0 },
      inputTimes: SOURCE_NAMES.map((name) => this.#sources[name].time),
      ...{ interfaceAddresses: memory.interfaceAddresses, followedInterface: memory.followedInterface },
      ...{ masters: memory.masters, port: memory.port },
      memory: asBytes({ ...memory, diagnostics, digests: { public: after.digest, shadow: afterShadow?.digest } }),
      work: {
        bytesRead: edits.bytesRead,
        recordsMade: open.recordsMade + (shadow?.recordsMade ?? 0),
        sectionsCopied: open.sectionsCopied + (shadow?.sectionsCopied ?? 0),
        sectionsEdited: open.sectionsEdited + (shadow?.sectionsEdited ?? 0),
      },
    }
  }

  /** Those of before, whose lines may be further up or down now. */
  #diagnostics({ lines }: AccountEdits): readonly Diagnostic[] {
    const shifts = new Map<string, (location: Location) => number>()
    for (const name of FOLLOWED as readonly (keyof ChangingFiles)[]) {
      const edit = lines[name]
      if (edit === undefined) continue
      const { origin, bytes } = this.#last[name]
      mustBeLocal(!shifts.has(origin), 'two sources have one name')
      if (this.#memory.diagnostics.some(({ file }) => file === origin))
        shifts.set(origin, shiftOf(edit, bytes, this.#sources[name].bytes))
    }
    const origins = SOURCE_NAMES.map((name) => this.#last[name].origin)
    const isNamedOnce = [...shifts.keys()].every((origin) => origins.filter((one) => one === origin).length === 1)
    mustBeLocal(isNamedOnce, 'two sources have one name')
    if (shifts.size === 0) return this.#memory.diagnostics
    const moved = <L extends Location>(location: L): L => ({
      ...location,
      line: shifts.get(location.file)?.(location) ?? location.line,
    })
    return this.#memory.diagnostics.map((one) => {
      // Its message tells the number of another line.
      mustBeLocal(!(one.code === 'account-repeated' && shifts.has(one.file)), 'a name is on two lines')
      return { ...moved(one), related: one.related.map(moved) }
    })
  }
}

/** On which line a place is now that was outside of an edit. Throws NotLocalError for one inside. */
function shiftOf({ start, oldEnd, newEnd }: LineEdit, before: Uint8Array, after: Uint8Array) {
  const head = linesIn(before, 0, start)
  const [gone, come] = [linesIn(before, start, oldEnd), linesIn(after, start, newEnd)]
  return ({ line }: Location): number => {
    mustBeLocal(line <= head || line > head + gone, 'there was something to say about a line that changed')
    return line <= head ? line : line + come - gone
  }
}

function isDigest(digest: Uint8Array | undefined, snapshot: Snapshot | undefined): boolean {
  if (digest === undefined || snapshot === undefined) return digest === snapshot
  return Buffer.compare(digest, snapshot.digest) === 0
}

function filesOf({ passwd, group, shadow }: Sources): ChangingFiles {
  return { passwd: passwd.bytes, group: group.bytes, shadow: shadow.state === 'read' ? shadow.bytes : undefined }
}
