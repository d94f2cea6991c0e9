/** The HTTP of a daemon, as a process of its own: strangers talk to it, and it holds neither keys nor shadow. */
import { type HttpProcessReport, placeName } from '../../kickback/index.ts'
import type { HostPort, Log } from '../../values/index.ts'
import type { OwnProgram } from '../daemon.ts'
import { type MetricsSources, readMetrics } from '../metrics/reading.ts'
import { FrontProcess } from './front-process.ts'
import { type HttpFigures, httpWord } from './http-figures.ts'
import type { Unprivileged } from './privileges.ts'

/** What the process is told first. */
export interface HttpStart {
  readonly http: HostPort
  /** Who it is to become once it has its socket. */
  readonly become: Unprivileged | null
}

/** What a daemon has its HTTP made of. */
interface HttpProcessParts {
  readonly settings: { readonly http: HostPort | null; readonly dnsUser: string; readonly runDir: string }
  readonly uid: number
  readonly logger: Log
  readonly frontProgram: OwnProgram
}

/** HTTP behind a process of its own. */
export class HttpProcess extends FrontProcess<HttpFigures> {
  constructor({ settings, uid, logger, frontProgram }: HttpProcessParts, sources: MetricsSources) {
    const { http, dnsUser: user, runDir } = settings
    super({
      ...{ uid, runDir, program: frontProgram, log: logger },
      kind: {
        ...{ name: 'HTTP', isOn: http !== null, isAwaited: false, user, userFlag: '--dns-user' },
        start: (become) => ({ http, become }),
        word: httpWord,
        answer: (what) => answered(what, sources),
      },
    })
  }

  /** What STATUS tells of it; undefined where HTTP is off. */
  get status(): HttpProcessReport | undefined {
    const { report } = this
    if (report === undefined) return undefined
    const { pid, restarts, failures } = report
    return { pid, listening: this.places.map(placeName), restarts, failures }
  }
}

/** What of a daemon its process may have. */
async function answered(what: string, sources: MetricsSources): Promise<object | undefined> {
  return what === 'reading' ? readMetrics(sources) : undefined
}
