/** A daemon that runs: what its process has to know of it. */

import type { Log } from '../values/index.ts'
import type { OwnProgram } from './processes/dns-process.ts'

/** A daemon that runs. */
export interface Daemon {
  /** SIGHUP came. */
  hangup(): void
  /** Ends, cleanly. */
  close(): Promise<void>
}

/** The process that a daemon runs in. */
export interface DaemonProcess {
  readonly version: string
  readonly logger: Log
  readonly pid: number
  /** The effective uid. */
  readonly uid: number
  /** How a process of DNS is started. */
  readonly dnsProgram: OwnProgram
}
