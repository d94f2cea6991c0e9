/** A build of which the accounts are as they were: all but them is read and built. */
import type { Diagnostic } from '../../../config/index.ts'
import { FILE_DATABASE_NAMES, grafted, layout, Snapshot, spliced } from '../../../resolver/index.ts'
import { mustBeLocal } from '../../../values/index.ts'
import { SOURCE_NAMES, type SourceContent, type SourceName } from '../../sources/source.ts'
import { buildCandidate, type Candidate } from '../candidate.ts'
import { ACCOUNTS, type Following, OTHERS } from './following.ts'

/** The databases of the public snapshot that accounts make alone. */
const ACCOUNT_DATABASES = ['passwd', 'group', 'initgroups'] as const
/** How many sections these have: records, and indexes by name and id. */
const ACCOUNT_SECTIONS = layout.SECTIONS.filter(({ database }) =>
  ACCOUNT_DATABASES.some((one) => one === database),
).length
/** An account file without a line. */
const NO_LINES: SourceContent = { origin: '', bytes: new Uint8Array(0), time: 0, state: 'read', reason: '' }

/** The candidate; `why` is told: why the configuration was read whole. */
export function candidateOfOthers(following: Following, why?: string): Candidate {
  const { order, addressesOf, memory, before, shadow, sources } = following
  return buildCandidate(order, addressesOf, undefined, {
    others: (all) => ({ ...all, passwd: NO_LINES, group: NO_LINES, shadow: NO_LINES }),
    reading: (reading) => ({
      ...reading,
      accounts: { ...reading.accounts, unexported: memory.unexported },
      diagnostics: withAccounts(following, reading.diagnostics),
    }),
    snapshots: (made) => ({
      public: made.public && grafted(Snapshot.open(made.public), before, ACCOUNT_DATABASES),
      shadow: shadow && spliced(shadow, new Map())?.bytes,
    }),
    work: {
      ...(why !== undefined && { wholeConfiguration: why }),
      bytesRead: OTHERS.reduce((sum, name) => sum + sources[name].bytes.length, 0),
      ...{ sectionsCopied: ACCOUNT_SECTIONS, sectionsEdited: 0 },
    },
  })
}

/** What is said about the other sources, and in its place what was said about accounts. */
function withAccounts({ sources, memory }: Following, others: readonly Diagnostic[]): readonly Diagnostic[] {
  const origins = SOURCE_NAMES.map((name) => sources[name].origin)
  mustBeLocal(new Set(origins).size === origins.length, 'two sources have one name')
  const originsOf = (names: readonly SourceName[]) => new Set(names.map((name) => sources[name].origin))
  const [ofAccounts, behind] = [originsOf(ACCOUNTS), originsOf(['netgroup', ...FILE_DATABASE_NAMES])]
  const place = others.findIndex(({ file }) => behind.has(file))
  const kept = memory.diagnostics.filter(({ file }) => ofAccounts.has(file))
  return others.toSpliced(place < 0 ? others.length : place, 0, ...kept)
}
