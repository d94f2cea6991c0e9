// Builds that follow one another as reloads do, each held against a whole one.
import { isDeepStrictEqual } from 'node:util'
import { memoryIn } from '../../../../src/daemon/candidate/build-memory.ts'
import {
  type BuildOrder,
  buildCandidate,
  type Candidate,
  type LastBuild,
  NO_SNAPSHOTS,
} from '../../../../src/daemon/candidate/candidate.ts'
import { nextCandidate } from '../../../../src/daemon/candidate/following/build.ts'
import type { BuildRules } from '../../../../src/daemon/candidate/reading.ts'
import type { Sources } from '../../../../src/daemon/sources/source.ts'
import { Snapshot } from '../../../../src/resolver/index.ts'
import { sectionEntries } from '../../../../src/resolver/snapshot/section-table.ts'
import { RULES } from '../../sources.ts'

/** A rule of the table `access` of the settings. */
export const accessOf = (key: string, users: readonly string[], groups: readonly string[]) => ({
  ...{ key, users, groups },
  location: { file: 'kickback.toml', line: 3, column: 1, end: 5 },
})

/** No interface has an address. */
export const nowhere = () => []

/** What a build gives, in a form that compares: without what was done for it. */
function given({ built, delta, memory, work, ...rest }: Candidate) {
  const bytes = (one: Uint8Array | undefined) => one && Buffer.from(one).toString('hex')
  const remembered = memory && memoryIn(memory)
  return {
    ...rest,
    built: built && { public: sectionsOf(built.public), shadow: sectionsOf(built.shadow) },
    delta: delta && { from: bytes(delta.from), bytes: bytes(delta.bytes) },
    memory: remembered && {
      ...remembered,
      digests: { public: bytes(remembered.digests.public), shadow: bytes(remembered.digests.shadow) },
    },
  }
}

/** A snapshot by its sections. */
function sectionsOf(bytes: Uint8Array | undefined) {
  if (bytes === undefined) return undefined
  const { header } = Snapshot.open(bytes)
  const sections = sectionEntries(header, bytes.subarray(header.tableStart, header.tableEnd))
  const parts = sections.map(({ id, offset, size }) => [`section ${id}`, hexOf(bytes.subarray(offset, offset + size))])
  return { ...Object.fromEntries(parts), header: hexOf(bytes.subarray(0, header.tableEnd)) }
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Throws with what is different: the parts by their names, which are told shortly. */
function mustEqual(actual: object, wanted: object): void {
  for (const [key, value] of Object.entries({ ...actual, ...wanted })) {
    const [one, other] = [(actual as Record<string, unknown>)[key], (wanted as Record<string, unknown>)[key]]
    if (isDeepStrictEqual(one, other)) continue
    if (Array.isArray(one) && Array.isArray(other)) {
      const at = one.findIndex((each, i) => !isDeepStrictEqual(each, other[i]))
      throw new Error(`${key}[${at}]: ${JSON.stringify(one[at])} is not ${JSON.stringify(other[at])}`)
    }
    const isNested = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (isNested && one && other) mustEqual(one, other)
    throw new Error(`${key}: ${JSON.stringify(one)?.slice(0, 3000)} is not ${JSON.stringify(other)?.slice(0, 3000)}`)
  }
}

/** Builds follow one another as reloads do; each is held against a whole one. */
export class Builds {
  last: LastBuild | undefined
  before = NO_SNAPSHOTS
  readonly rules: BuildRules
  followed = 0
  readonly reasons = new Map<string, number>()

  constructor(rules: BuildRules = RULES) {
    this.rules = rules
  }

  order(sources: Sources, today = 20_000): BuildOrder {
    return { sources, rules: this.rules, before: this.before, today, last: this.last, detail: { records: 20 } }
  }

  next(sources: Sources, isTaken = true, today = 20_000): Candidate {
    const order = this.order(sources, today)
    const next = nextCandidate(order, nowhere)
    mustEqual(given(next), given(buildCandidate(order, nowhere)))
    const { whole, wholeConfiguration, wholeAccounts } = next.work
    const why = whole ?? wholeConfiguration ?? wholeAccounts
    if (whole === undefined && wholeAccounts === undefined) this.followed++
    if (why !== undefined) this.reasons.set(why, (this.reasons.get(why) ?? 0) + 1)
    if (next.built !== undefined && isTaken) {
      this.before = next.built
      this.last = next.memory && { sources, memory: next.memory }
    }
    return next
  }
}
