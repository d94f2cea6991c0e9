/** A build that follows the one before it: what did not change is neither read nor built again. */
import { isDeepStrictEqual } from 'node:util'
import type { Diagnostic, Location } from '../../config/index.ts'
import {
  type AccountEdits,
  accountEdits,
  type ChangingFiles,
  deltaOf,
  differenceOf,
  type LineEdit,
  linesIn,
  mustBeLocal,
  NotLocalError,
  Snapshot,
  spliced,
} from '../../resolver/index.ts'
import { exportRules } from '../accounts/account-settings.ts'
import { isPartial } from '../accounts/listing.ts'
import { SOURCE_NAMES, type SourceName, type Sources, sameContent } from '../sources/source.ts'
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

  constructor(order: BuildOrder, addressesOf: AddressesOf) {
    const { last, before, sources } = order
    mustBeLocal(last !== undefined && before.public !== undefined, 'there is no build to follow')
    this.#order = order
    this.#sources = sources
    this.#last = last.sources
    this.#memory = memoryIn(last.memory)
    this.#before = Snapshot.open(before.public)
    this.#shadow = before.shadow === undefined ? undefined : Snapshot.open(before.shadow)
    this.#mustFollow(addressesOf)
  }

  /** Everything but the lines of accounts is as it was. */
  #mustFollow(addressesOf: AddressesOf): void {
    const { rules, digests, today, followedInterface, told } = this.#memory
    const same = isDeepStrictEqual
    mustBeLocal(same(rules, this.#order.rules), 'the settings changed')
    mustBeLocal(today === this.#order.today, 'it is another day')
    mustBeLocal(isDigest(digests.public, this.#before), 'what is served is not what was built last')
    mustBeLocal(isDigest(digests.shadow, this.#shadow), 'the shadow entries served are not those that were built last')
    for (const name of SOURCE_NAMES) this.#mustBeFollowed(name)
    const now = followedInterface === undefined ? told : addressesOf(followedInterface)
    mustBeLocal(same([...now], [...told]), 'the address of the interface changed')
    mustBeLocal((rules.passwords ?? []).length === 0, 'rules of the settings give passwords to nodes')
    mustBeLocal(rules.logins.length === 0 || this.#isSame, 'rules of the settings name accounts')
  }

  #mustBeFollowed(name: SourceName): void {
    const [was, is] = [this.#last[name], this.#sources[name]]
    mustBeLocal(
      was.origin === is.origin && was.state === is.state && was.reason === is.reason,
      `${name} is read in another way`,
    )
    if (sameContent(was, is)) return
    mustBeLocal(FOLLOWED.includes(name), `${name} changed`)
    mustBeLocal(!isPartial(was.bytes) && !isPartial(is.bytes), `${name} was not listed whole`)
  }

  get #isSame(): boolean {
    return FOLLOWED.every((name) => sameContent(this.#last[name], this.#sources[name]))
  }

  candidate(): Candidate {
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
