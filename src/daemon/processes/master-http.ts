/** The HTTP of a master, from the parts of one. */
import type { DnsCounters } from '../../dns/index.ts'
import type { KickbackServer, StatusReport } from '../../kickback/index.ts'
import type { Snapshot } from '../../resolver/index.ts'
import type { Address, HostPort, Log } from '../../values/index.ts'
import type { BuildRules } from '../candidate/reading.ts'
import type { OwnProgram } from '../daemon.ts'
import { LoopDelay, WATCHED } from '../metrics/loop-delay.ts'
import { masterPage } from '../page/page-parts.ts'
import type { Reloader } from '../reload/reloader.ts'
import type { Pin } from '../store/pin.ts'
import type { Audit } from '../trust/audit.ts'
import { auditedPage } from '../trust/audited.ts'
import { HttpProcess } from './http-process.ts'

/** What of a master's start HTTP needs. */
interface MasterStart {
  readonly settings: {
    readonly http: HostPort | null
    readonly dnsUser: string
    readonly runDir: string
    readonly rules: BuildRules
  }
  readonly uid: number
  readonly logger: Log
  readonly frontProgram: OwnProgram
  readonly told?: (report: StatusReport) => string
}

/** The parts of a master that HTTP tells of. */
interface MasterParts {
  readonly server: KickbackServer
  readonly reloader: Pick<Reloader, 'outcomes' | 'good'>
  readonly counters: () => Promise<Readonly<DnsCounters> | undefined>
  /** Until when its certificate is good, in milliseconds since 1970. */
  readonly until: () => number | undefined
  readonly pin: Pick<Pin, 'content'>
  readonly audit: Audit
  readonly served: () => Snapshot | undefined
  readonly own: () => readonly Address[]
}

/** The HTTP of a master. What is pinned was made of files that are not known: it is explained without them. */
export function masterHttp(start: MasterStart, parts: MasterParts): HttpProcess {
  const { server, reloader, counters: dns, until: certificateUntil, pin, audit, served, own } = parts
  const reloads = () => reloader.outcomes
  const loop = new LoopDelay({ lasts: WATCHED })
  const page = masterPage({
    metrics: { ...server.figures, dns, reloads, certificateUntil, loop },
    ...{ server, served, own, told: start.told, rules: start.settings.rules, audit: auditedPage(audit) },
    made: async () => (pin.content === undefined ? reloader.good() : undefined),
  })
  return new HttpProcess(start, page)
}
