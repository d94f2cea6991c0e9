/** Every metric, in the order of the pages. */
import type { MetricRow } from '../samples.ts'
import { BOOT_METRICS } from './boot.ts'
import { DHCP_METRICS } from './dhcp.ts'
import { DNS_METRICS } from './dns.ts'
import { GENERATION_METRICS } from './generation.ts'
import { CERTIFICATE_METRICS, NODE_METRICS, NODES_METRICS } from './nodes.ts'
import { OBJECT_METRICS } from './objects.ts'
import { PROCESS_METRICS } from './process.ts'
import { SERVICE_METRICS } from './service.ts'

/** The metrics by what they are about. */
export const METRIC_GROUPS: Readonly<Record<string, readonly MetricRow[]>> = {
  'What is served': GENERATION_METRICS,
  'Nodes, on a master': NODES_METRICS,
  'Masters, on a node': NODE_METRICS,
  Certificates: CERTIFICATE_METRICS,
  'Questions and connections': SERVICE_METRICS,
  Objects: OBJECT_METRICS,
  DNS: DNS_METRICS,
  DHCP: DHCP_METRICS,
  Booting: BOOT_METRICS,
  'The process': PROCESS_METRICS,
}

/** Every metric. */
export const METRICS: readonly MetricRow[] = Object.values(METRIC_GROUPS).flat()
