/** The DNS of a daemon, as a process of its own. */
import type { DnsSettings, Share } from '../../dns/index.ts'
import { type DnsFigures, dnsWord } from './channel/dns-figures.ts'
import { FrontProcess, type ProcessParts } from './front-process.ts'
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
  /**
   * Where a snapshot is kept, if there is no generation yet: it answers from that one, or waits for an order to look. It reads what everyone may read:
   * the folder has secrets, too, and so is no descriptor of it. Null: there is a generation.
   */
  readonly keptDir: string | null
}

/** What DNS is made of, as one process or several. */
export interface DnsParts extends ProcessParts {
  readonly settings: DnsSettings
  /** The name of the user that it runs as where we are root. */
  readonly user: string
}

/** What DNS as a process is made of. */
interface DnsProcessOptions extends DnsParts {
  /** The part of this one, where there are several, its number, and where the first takes what others hand over. */
  readonly share?: Share
  readonly ordinal?: number
  readonly handover?: () => number
  readonly told?: (figures: DnsFigures, pid: number) => void
  readonly ended?: () => void
}

/** DNS behind a process of its own. */
export class DnsProcess extends FrontProcess<DnsFigures> {
  constructor({ settings, user, share, ordinal, handover = () => 0, told, ended, ...options }: DnsProcessOptions) {
    super({
      ...options,
      kind: {
        ...{ name: ordinal === undefined ? 'DNS' : `DNS ${ordinal}`, isOn: settings.listen.length > 0 },
        ...{ isAwaited: true, user, userFlag: '--dns-user', ...(told && { told }), ...(ended && { ended }) },
        start: (become, keptDir) => {
          return { dns: settings, become, keptDir, handover: handover(), ...(share && { share }) } satisfies DnsStart
        },
        word: dnsWord,
      },
    })
  }
}
