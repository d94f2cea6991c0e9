/** The boot endpoint of a daemon, as a process of its own: strangers talk to it, and it reads only what everyone may read. */
import type { BootProcessReport } from '../../kickback/index.ts'
import { placeName } from '../../kickback/index.ts'
import type { HostPort, Log } from '../../values/index.ts'
import type { OwnProgram } from '../daemon.ts'
import { type BootFigures, bootWord } from './channel/boot-figures.ts'
import { FrontProcess } from './front-process.ts'
import type { Unprivileged } from './privileges.ts'

/** What the process is told first. */
export interface BootStart {
  readonly boot: readonly HostPort[]
  /** Who it is to become once it has its sockets. */
  readonly become: Unprivileged | null
}

/** What the process is told later: where it answers from now on. */
export interface BootNote {
  readonly listen: readonly HostPort[]
}

/** What a daemon has its boot endpoint made of. */
interface BootProcessParts {
  /** Where it is to answer now. */
  readonly listen: () => readonly HostPort[]
  readonly settings: { readonly dnsUser: string; readonly runDir: string }
  readonly uid: number
  readonly logger: Log
  readonly frontProgram: OwnProgram
}

/** A question of a node that boots costs a few messages, and the process asks a thousand a second at most. */
const MESSAGES_MAX = 5000

/** The boot endpoint behind a process of its own. */
export class BootProcess extends FrontProcess<BootFigures> {
  readonly #listen: () => readonly HostPort[]

  constructor(
    { listen, settings, uid, logger, frontProgram }: BootProcessParts,
    answer: (what: string, of: { readonly [name: string]: string }) => Promise<object | undefined>,
  ) {
    const { dnsUser: user, runDir } = settings
    super({
      ...{ uid, runDir, program: frontProgram, log: logger },
      kind: {
        ...{ name: 'boot', isOn: true, isAwaited: false, user, userFlag: '--dns-user' },
        messagesMax: MESSAGES_MAX,
        start: (become) => ({ boot: listen(), become }) satisfies BootStart,
        word: bootWord,
        answer: (what, of) => answer(what, of as { readonly [name: string]: string }),
      },
    })
    this.#listen = listen
  }

  /** Tells the process where it is to answer, if it is not known to do so: what it was told while it started is lost. */
  follow(): void {
    const listen = this.#listen()
    const { places = [], missing = [] } = this.told ?? {}
    const names = (all: readonly HostPort[]): string => all.map(placeName).sort().join(' ')
    if (names([...places, ...missing]) !== names(listen)) this.note({ listen } satisfies BootNote)
  }

  /** What STATUS tells of it; undefined before it was made ready. */
  get status(): BootProcessReport | undefined {
    const { report } = this
    if (report === undefined) return undefined
    const { pid, restarts, failures } = report
    const missing = (this.told?.missing ?? []).map(({ reason, ...place }) => ({ place: placeName(place), reason }))
    return { pid, listening: this.places.map(placeName), missing, restarts, failures }
  }
}
