/** How dnsmasq runs: as a child where this process has the rights for it, else as the unit kickback-dhcp.service. */
import { readFileSync } from 'node:fs'
import type { DhcpReport } from '../../../kickback/index.ts'
import { systemMessage } from '../../../values/index.ts'

/** What runs dnsmasq. */
export interface Engine {
  /** Starts it, or does so again where what it read at its start changed. Rejects where that cannot be. */
  restart(): Promise<void>
  /** Has it read its hosts again. Rejects where that cannot be. */
  hangup(): Promise<void>
  /** What is known of it. */
  readonly state: EngineState
  /** Looks how it is, where that does not come by itself. Never rejects. */
  look(): Promise<void>
  /** Ends it, where it ends with this process. */
  close(): Promise<void>
}

/** How dnsmasq is. */
export interface EngineState {
  /** Who runs it: this process, or the unit. */
  readonly by: DhcpReport['by']
  /** Its process; undefined while it does not run. */
  readonly pid: number | undefined
  /** Since when it runs, or does not, in seconds since 1970; undefined where that is not known. */
  readonly since: number | undefined
  /** How often it ended by itself. */
  readonly restarts: number
  /** Why it does not run, as far as that is known. */
  readonly reason: string | undefined
  /** Why it ended last, and when, in seconds since 1970; undefined if it never did. */
  readonly ended: DhcpReport['trouble']
  /** Why it has not read its hosts again although it was told to; absent where it has, as far as that is known. */
  readonly unread?: string | undefined
}

/** The capabilities that dnsmasq needs, by their numbers: to change its user (6, 7), to use ports 67 and 69 (10), for packets to machines without an address (12, 13). */
const NEEDED = [6, 7, 10, 12, 13] as const

/** Whether this process has the capabilities that dnsmasq needs. */
export function hasRights(status = readStatus()): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  return NEEDED.every((number) => (effective >> BigInt(number)) & 1n)
}

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1')
  } catch (error) {
    return systemMessage(error)
  }
}
