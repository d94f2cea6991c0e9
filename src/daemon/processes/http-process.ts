/** The HTTP of a daemon, as a process of its own: strangers talk to it, and it holds neither keys nor shadow. */
import { type HttpProcessReport, placeName } from '../../kickback/index.ts'
import { type HostPort, hex, type Log } from '../../values/index.ts'
import type { OwnProgram } from '../daemon.ts'
import { secretHash } from '../page/page-access.ts'
import { PageDesk, type PageDeskParts } from '../page/page-desk.ts'
import { type HttpFigures, httpWord } from './channel/http-figures.ts'
import { FrontProcess } from './front-process.ts'
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
  readonly #desk: PageDesk

  constructor({ settings, uid, logger, frontProgram }: HttpProcessParts, page: PageDeskParts) {
    const desk = new PageDesk(page)
    const { http, dnsUser: user, runDir } = settings
    super({
      ...{ uid, runDir, program: frontProgram, log: logger },
      kind: {
        ...{ name: 'HTTP', isOn: http !== null, isAwaited: false, user, userFlag: '--dns-user' },
        start: (become) => ({ http, become }),
        word: httpWord,
        answer: (what, of) => desk.answer(what, of as { readonly [name: string]: string }),
      },
    })
    this.#desk = desk
  }

  /** A token for the page, for who has this login uid; undefined while HTTP is not answered: somebody else may have the address. */
  grant(login: number | undefined): { readonly token: Uint8Array; readonly lasts: number } | undefined {
    if (this.places.length === 0) return undefined
    const granted = this.#desk.grant(login)
    this.note({ granted: hex(secretHash(hex(granted.token))) })
    return granted
  }

  /** What STATUS tells of it; undefined where HTTP is off. */
  get status(): HttpProcessReport | undefined {
    const { report } = this
    if (report === undefined) return undefined
    const { pid, restarts, failures } = report
    return { pid, listening: this.places.map(placeName), restarts, failures }
  }
}
