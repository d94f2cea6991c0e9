/** What the report of STATUS tells of the DHCP server of a master. */

/** The DHCP server of a master. */
export interface DhcpReport {
  readonly by: 'child' | 'unit'
  readonly pid: number
  readonly since?: number
  readonly restarts: number
  readonly reason?: string
  readonly trouble?: { readonly text: string; readonly time: number }
  readonly unfollowed?: string
  readonly machines: number
  readonly given: number
  readonly strangers: number
  readonly beside: boolean
  readonly foreign: readonly ForeignDhcpReport[]
}

/** A DHCP server other than a master. */
export interface ForeignDhcpReport {
  readonly server: string
  readonly interface: string
  readonly time: number
}

/** The fields of `dhcp`. */
export const DHCP_REPORT: { readonly [F in keyof DhcpReport]-?: string } = {
  by: 'who runs dnsmasq: `child`, the daemon itself, or `unit`, kickback-dhcp.service',
  pid: 'its process ID; 0 while there is none',
  since: 'since when it runs, or does not, in seconds since 1970; absent where that is not known',
  restarts: 'how often it ended by itself and was started again',
  reason: 'why it does not run; absent: it runs, or is being started',
  trouble:
    'the last line of its log that tells of an error, or why it ended, whichever was later: `text`, and when that was (`time`, in seconds since 1970)',
  unfollowed: 'why it has an older configuration than the one that is served; absent: it has that one',
  machines: 'how many MACs have an address in its files',
  given: 'how many times it gave or renewed a lease since the start of the master',
  strangers: 'how many machines are listed that asked and are not in the configuration',
  beside: 'whether the settings allow other DHCP servers (`boot.beside`)',
  foreign:
    'the DHCP servers other than masters that answered when they were looked for last: `server`, its address, `interface`, where it answers, and `time`, in seconds since 1970',
}
