/** A daemon that runs: what its process has to know of it. */
import type { StatusReport } from '../kickback/index.ts'
import type { Log, ProgramFile } from '../values/index.ts'

/** A daemon that runs. */
export interface Daemon {
  /** Resolves once it can answer: once it has a generation. Never rejects. */
  readonly ready: Promise<void>
  /** What it does now, as one line for the service manager. */
  readonly state: string
  /** SIGHUP came. */
  hangup(): void
  /** Ends, cleanly. */
  close(): Promise<void>
}

/** How this program is started again, as a process of its own. */
export interface OwnProgram {
  /** The command line up to the name of a command: Node, and the file that it runs. */
  readonly words: readonly string[]
  /** That file, which is not started once it was replaced; it is not looked at unless given. */
  readonly file?: ProgramFile
  /** What the environment of such a process is to be. */
  readonly environment: Readonly<Record<string, string>>
}

/** The process that a daemon runs in. */
export interface DaemonProcess {
  readonly version: string
  readonly logger: Log
  readonly pid: number
  /** The effective uid. */
  readonly uid: number
  /** How a process of DNS or HTTP is started. */
  readonly frontProgram: OwnProgram
  /** The report of STATUS as `kickback status` prints it, for the page; it tells none unless set. */
  readonly told?: (report: StatusReport) => string
  /** Called when a reload begins, and with false when it has ended; nobody is told unless set. */
  readonly reloading?: (isReloading: boolean) => void
}
