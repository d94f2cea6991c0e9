/** What the pages of a master and of a node are made from. */
import type { KeyAction, KickbackServer, StatusReport } from '../../kickback/index.ts'
import { DATABASES, displayed, hostAt, type IdRule, layout, type Snapshot } from '../../resolver/index.ts'
import { type Address, dayOf, each, inTurns, type Steps, wallClock } from '../../values/index.ts'
import type { BuildRules } from '../candidate/reading.ts'
import { explainOnThread } from '../explanations/explain-thread.ts'
import type { MetricsSources } from '../metrics/reading.ts'
import type { Sources } from '../sources/source.ts'
import type { PageDeskParts } from './page-desk.ts'

/** What any daemon gives its page. */
interface DaemonParts {
  readonly metrics: MetricsSources & { readonly report: () => StatusReport }
  /** The report as `kickback status` prints it. */
  readonly told: ((report: StatusReport) => string) | undefined
  /** The public snapshot that is served. */
  readonly served: () => Snapshot | undefined
  /** The addresses of this machine. */
  readonly own: () => readonly Address[]
  readonly audit: (entry: KeyAction) => void
}

/** What a master gives it besides. */
interface MasterParts extends DaemonParts {
  readonly server: Pick<KickbackServer, 'nodeStates'>
  readonly rules: BuildRules
  /** What is served was made from this; undefined where that is not known, as of what is pinned. */
  readonly made: () => Promise<Sources | undefined>
}

/** The page of a master: with its nodes, and with the lines of files. */
export function masterPage(parts: MasterParts): PageDeskParts {
  const { server, rules, made, served } = parts
  return {
    ...pageOf(parts, async () => {
      const sources = await made()
      return sources && { made: { sources, rules, today: dayOf(wallClock()) } }
    }),
    standing: () => server.nodeStates(),
    nodeName: async (number) => {
      const snapshot = served()
      return snapshot && inTurns(nodeNamed(snapshot, number))
    },
  }
}

/** The page of a node. */
export function nodePage(parts: DaemonParts, floor: IdRule): PageDeskParts {
  return pageOf(parts, async () => ({ floor }))
}

function pageOf(
  { metrics, told = () => '', served, own, audit }: DaemonParts,
  basis: () => Promise<object | undefined>,
): PageDeskParts {
  return {
    ...{ report: metrics.report, reloads: metrics.reloads, told, metrics, audit },
    names: () => namesOf(served(), own()),
    explain: async (key) => {
      const snapshot = served()
      if (snapshot === undefined) return { key, answers: [] }
      return explainOnThread({ key, snapshot: snapshot.bytes, own: own(), ...(await basis()) })
    },
  }
}

/** The names of a machine with these addresses. */
function namesOf(snapshot: Snapshot | undefined, own: readonly Address[]): readonly string[] {
  if (snapshot === undefined) return []
  const records = own.flatMap(({ bytes }) => hostAt(snapshot, bytes) ?? [])
  const names = new Set(records.flatMap((record) => DATABASES.hosts.decode(record).names).map(displayed))
  return [...names].flatMap((name) => [name, `${name}.${snapshot.domain}`])
}

/** The name of the node with this number; undefined if there is none. */
function* nodeNamed(snapshot: Snapshot, number: number): Steps<string | undefined> {
  let found: string | undefined
  yield* each(snapshot.records('hosts'), ({ record }) => {
    if (found !== undefined) return
    const host = DATABASES.hosts.decode(record)
    if (host.kind === layout.HOST_KINDS.NODE && host.number === number) found = displayed(host.names[0] ?? '')
  })
  return found
}
