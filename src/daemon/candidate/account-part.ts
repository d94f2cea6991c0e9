/**
 * The accounts of a whole build, read and built by themselves: what they take of memory is free again before the configuration is read, which takes as
 * much.
 */
import { type Diagnostic, hasErrors, parseConfig } from '../../config/index.ts'
import { FILE_DATABASE_NAMES, grafted, layout, Snapshot } from '../../resolver/index.ts'
import { SOURCE_NAMES, type SourceContent, type SourceName, type Sources } from '../sources/source.ts'
import { type BuildOrder, buildSnapshots, type KeptAccounts, type SnapshotPair } from './candidate.ts'
import { accountsOf, type Reading } from './reading.ts'

/** The account files. */
export const ACCOUNTS: readonly SourceName[] = ['passwd', 'group', 'shadow']
/** The sources that are no account files. */
export const OTHERS: readonly SourceName[] = SOURCE_NAMES.filter((name) => !ACCOUNTS.includes(name))
/** The databases of the public snapshot that accounts make alone. */
export const ACCOUNT_DATABASES = ['passwd', 'group', 'initgroups'] as const

/** How many sections of the public snapshot these make: records, and indexes by name and id. */
export const ACCOUNT_SECTIONS = layout.SECTIONS.filter(({ database }) =>
  ACCOUNT_DATABASES.some((one) => one === database),
).length

/** An account file without a line. */
const NO_LINES: SourceContent = { origin: '', bytes: new Uint8Array(0), time: 0, state: 'read', reason: '' }

/** The accounts of a build; undefined where they can't be read by themselves: rules of the settings name some, or a file is not there. */
export function accountPart(order: BuildOrder): KeptAccounts | undefined {
  const { sources, rules } = order
  const isAlone = rules.logins.length === 0 && (rules.passwords ?? []).length === 0
  const isThere = sources.passwd.state === 'read' && sources.group.state === 'read'
  if (!isAlone || !isThere || !isEachNamedOnce(sources)) return undefined
  const { made, unexported, diagnostics } = accountsAlone(order)
  return {
    others: withoutAccounts,
    reading: (reading) => ({
      ...reading,
      accounts: { ...reading.accounts, unexported },
      diagnostics: withAccounts(sources, reading.diagnostics, diagnostics),
    }),
    snapshots: (others) => ({
      public:
        others.public &&
        made?.public &&
        grafted(Snapshot.open(others.public), Snapshot.open(made.public), ACCOUNT_DATABASES),
      shadow: made?.shadow,
    }),
  }
}

/** What accounts alone say, and make with a configuration without a line; nothing where there is an error. */
export function accountsAlone({ sources, rules, today }: Pick<BuildOrder, 'sources' | 'rules' | 'today'>): Pick<
  Reading['accounts'],
  'unexported' | 'diagnostics'
> & {
  readonly made: SnapshotPair | undefined
} {
  const accounts = accountsOf(accountFiles(sources), rules, today, new Map())
  const { cluster } = parseConfig(new Uint8Array(0))
  const made = hasErrors(accounts.diagnostics)
    ? undefined
    : buildSnapshots({ cluster, accounts, sharedAddresses: [], rules: [] }, sources, rules)
  return { made, unexported: accounts.unexported, diagnostics: accounts.diagnostics }
}

/** The sources with the account files empty. */
export function withoutAccounts(sources: Sources): Sources {
  return { ...sources, passwd: NO_LINES, group: NO_LINES, shadow: NO_LINES }
}

/** What accounts alone are made from: no database that has a file of its own is there. */
function accountFiles(sources: Sources): Sources {
  const none = ['netgroup' as const, ...FILE_DATABASE_NAMES].map((name) => [name, { ...NO_LINES, state: 'absent' }])
  return { ...sources, ...Object.fromEntries(none) }
}

/** Whether what is said about a source is known by its name. */
export function isEachNamedOnce(sources: Sources): boolean {
  return new Set(SOURCE_NAMES.map((name) => sources[name].origin)).size === SOURCE_NAMES.length
}

/** What is said about the other sources, and in its place what is said about the account files, which is among `all`. */
export function withAccounts(
  sources: Sources,
  others: readonly Diagnostic[],
  all: readonly Diagnostic[],
): readonly Diagnostic[] {
  const originsOf = (names: readonly SourceName[]) => new Set(names.map((name) => sources[name].origin))
  const [ofAccounts, behind] = [originsOf(ACCOUNTS), originsOf(['netgroup', ...FILE_DATABASE_NAMES])]
  const place = others.findIndex(({ file }) => behind.has(file))
  const own = all.filter(({ file }) => ofAccounts.has(file))
  return others.toSpliced(place < 0 ? others.length : place, 0, ...own)
}
