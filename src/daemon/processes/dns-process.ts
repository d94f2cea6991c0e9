/** The DNS of a daemon, as a process of its own. */
import type { DnsSettings, Share } from '../../dns/index.ts'
import type { Clock, Log } from '../../values/index.ts'
import type { OwnProgram } from '../daemon.ts'
import { type DnsFigures, dnsWord } from './figures.ts'
import { FrontProcess } from './front-process.ts'
import type { Unprivileged } from './privileges.ts'

/** What the process is told first. */
export interface DnsStart {
  readonly dns: DnsSettings
  /** Its part, where there are several. */
  readonly share?: Share
  /** Where the first of several takes what others hand over, as it is known now; 0: not yet. */
  readonly handover: number
  /** Who it is to become once it has its sockets. */
  readonly become: Unprivileged | null
}

/** What DNS as a process is made of. */
interface DnsProcessOptions {
  readonly settings: DnsSettings
  /** The name of the user that it runs as where we are root. */
  readonly user: string
  /** Our effective uid. */
  readonly uid: number
  /** The folder of the snapshot file. */
  readonly runDir: string
  readonly program: OwnProgram
  readonly log: Log
  readonly clock?: Clock
  readonly random?: () => number
  /** The part of this one, where there are several, its number, and where the first takes what others hand over. */
  readonly share?: Share
  readonly ordinal?: number
  readonly handover?: () => number
  readonly told?: (figures: DnsFigures, pid: number) => void
}

/** DNS behind a process of its own. */
export class DnsProcess extends FrontProcess<DnsFigures> {
  constructor({ settings, user, share, ordinal, handover = () => 0, told, ...options }: DnsProcessOptions) {
    super({
      ...options,
      kind: {
        ...{ name: ordinal === undefined ? 'DNS' : `DNS ${ordinal}`, isOn: settings.listen.length > 0 },
        ...{ isAwaited: true, user, userFlag: '--dns-user', ...(told && { told }) },
        start: (become) => {
          return { dns: settings, become, handover: handover(), ...(share && { share }) } satisfies DnsStart
        },
        word: dnsWord,
      },
    })
  }
}
