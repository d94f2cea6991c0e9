/** Metrics of DHCP. */
import type { DhcpReport } from '../../../kickback/index.ts'
import type { Reading } from '../reading.ts'
import { type MetricRow, one, type Sample } from '../samples.ts'

/** What dnsmasq does, on a master that gives addresses. */
export const DHCP_METRICS: readonly MetricRow[] = [
  [
    'gauge',
    'kickback_dhcp_up',
    'Whether dnsmasq runs, or is being started; without it no machine gets an address.',
    [],
    of(({ reason }) => Number(reason === undefined)),
  ],
  [
    'counter',
    'kickback_dhcp_restarts_total',
    'How often dnsmasq ended by itself and was started again.',
    [],
    of(({ restarts }) => restarts),
  ],
  [
    'gauge',
    'kickback_dhcp_behind',
    'Whether dnsmasq has an older configuration than the one that is served.',
    [],
    of(({ unfollowed }) => Number(unfollowed !== undefined)),
  ],
  [
    'gauge',
    'kickback_dhcp_machines',
    'MACs that have an address in the files of dnsmasq.',
    [],
    of(({ machines }) => machines),
  ],
  ['counter', 'kickback_dhcp_leases_total', 'Leases that were given or renewed.', [], of(({ given }) => given)],
  [
    'gauge',
    'kickback_dhcp_strangers',
    'Machines that asked for an address and are not in the configuration.',
    [],
    of(({ strangers }) => strangers),
  ],
  [
    'gauge',
    'kickback_dhcp_foreign_servers',
    'DHCP servers other than masters that answered when they were looked for last; 0 where boot.beside allows them.',
    [],
    of(({ beside, foreign }) => (beside ? 0 : foreign.length)),
  ],
]

/** The one sample of a figure, where there is DHCP. */
function of(read: (dhcp: DhcpReport) => number): (reading: Reading) => readonly Sample[] {
  return ({ report: { dhcp } }) => one(dhcp && read(dhcp))
}
