/** The DNS of a daemon, as a process of its own. */
import type { DnsCounters, DnsSettings } from '../../dns/index.ts'
import type { Clock, Log } from '../../values/index.ts'
import type { OwnProgram } from '../daemon.ts'
import { type DnsFigures, dnsWord } from './figures.ts'
import { FrontProcess } from './front-process.ts'
import type { Unprivileged } from './privileges.ts'

/** What the process is told first. */
export interface DnsStart {
  readonly dns: DnsSettings
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
}

/** What a daemon has its DNS made of. */
interface DnsDaemonParts {
  readonly settings: { readonly dns: DnsSettings; readonly dnsUser: string; readonly runDir: string }
  readonly uid: number
  readonly logger: Log
  readonly frontProgram: OwnProgram
}

/** The DNS of a daemon. */
export function newDnsProcess({ settings, uid, logger, frontProgram }: DnsDaemonParts): DnsProcess {
  const { dns, dnsUser, runDir } = settings
  return new DnsProcess({ settings: dns, user: dnsUser, uid, runDir, program: frontProgram, log: logger })
}

/** DNS behind a process of its own. */
export class DnsProcess extends FrontProcess<DnsFigures> {
  constructor({ settings, user, ...options }: DnsProcessOptions) {
    super({
      ...options,
      kind: {
        ...{ name: 'DNS', isOn: settings.listen.length > 0, isAwaited: true, user, userFlag: '--dns-user' },
        start: (become) => ({ dns: settings, become }) satisfies DnsStart,
        word: dnsWord,
      },
    })
  }

  /** What it has done, asked for now; what it told last where it does not say; undefined where it does not answer DNS. */
  async counters(): Promise<Readonly<DnsCounters> | undefined> {
    return (await this.figures())?.counters ?? undefined
  }
}
