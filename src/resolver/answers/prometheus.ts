/** The nodes of a snapshot as targets of Prometheus, for file_sd_configs: what node_exporter on each of them tells. */
import { displayed } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { machinesOf } from './machines.ts'

/** The port of node_exporter. */
const PORT = 9100

/** A target with its labels, as file_sd_configs of prometheus.yml reads it. */
interface PrometheusTarget {
  readonly targets: readonly [string]
  readonly labels: { readonly instance: string; readonly groups: string }
}

/**
 * A target for each node, by address, so that Prometheus need not resolve names: the first of IPv4, else of IPv6. `instance` is the name;
 * `groups` has the netgroups of the node with a comma before and after each, so that `groups=~".*,gpu,.*"` finds one.
 */
export function prometheusTargets(snapshot: Snapshot): PrometheusTarget[] {
  return machinesOf(snapshot).flatMap(({ kind, name, lines, groups }) => {
    const addresses = lines.flatMap((line) => line.addresses)
    const address = addresses.find((one) => !one.includes(':')) ?? addresses[0]
    if (kind !== 'node' || address === undefined) return []
    const place = address.includes(':') ? `[${address}]:${PORT}` : `${address}:${PORT}`
    const labels = { instance: displayed(name), groups: `,${groups.map(displayed).join(',')},` }
    return [{ targets: [place] as const, labels }]
  })
}
