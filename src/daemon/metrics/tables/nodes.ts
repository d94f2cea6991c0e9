/** Metrics of nodes: as a master sees all of them, and as a node sees its masters. */
import { NODE_STATES, type PingCounts } from '../../../kickback/index.ts'
import type { Reading } from '../reading.ts'
import { flag, labelled, type MetricRow, one, type Sample } from '../samples.ts'

const FOLLOW_STATES = ['following', 'updating', 'searching'] as const

/** The nodes of a master. No node has a series of its own: there are too many, and their names are not for everybody. */
export const NODES_METRICS: readonly MetricRow[] = [
  [
    'gauge',
    'kickback_nodes_configured',
    'Nodes of the configuration.',
    [],
    ({ service }) => one(service?.nodes?.configured),
  ],
  [
    'gauge',
    'kickback_nodes_unapproved',
    'Nodes that nodeassign append added and nobody has approved yet. The other metrics of nodes do not count them.',
    [],
    ({ service }) => one(service?.nodes?.unapproved),
  ],
  [
    'gauge',
    'kickback_nodes',
    `Nodes of the configuration by their state: ${Object.keys(NODE_STATES).join(', ')}.`,
    ['state'],
    ({ service }) => labelled('state', service?.nodes?.states),
  ],
  [
    'gauge',
    'kickback_nodes_pinged',
    'Nodes of the configuration that are not up, by whether they answered a ping: up, off, unknown.',
    ['answer'],
    ({ service }) => labelled('answer', pings(service?.nodes?.pinged)),
  ],
  [
    'gauge',
    'kickback_hosts_pinged',
    'Devices of host lines by whether they answered a ping: up, off, unknown.',
    ['answer'],
    ({ service }) => labelled('answer', pings(service?.nodes?.devices)),
  ],
  [
    'gauge',
    'kickback_nodes_missing',
    'Nodes of the configuration that do not follow this master: they are off, not set up, or follow another one.',
    [],
    ({ service }) => one(service?.nodes?.missing),
  ],
  [
    'gauge',
    'kickback_host_keys_waiting',
    'Nodes of which an ssh host key waits for an approval, up to a thousand.',
    [],
    ({ report }) => one(report.role === 'master' ? (report.host_keys_waiting?.length ?? 0) : undefined),
  ],
  [
    'gauge',
    'kickback_nodes_reported',
    'Connections whose node reported which generation it has.',
    [],
    ({ report }) => one(report.reported),
  ],
  [
    'gauge',
    'kickback_nodes_behind',
    'Those of them that have other content than this daemon.',
    [],
    ({ report }) => one(report.behind),
  ],
  [
    'histogram',
    'kickback_node_lag_seconds',
    'How long after a generation was published a node reported that it has it.',
    [],
    ({ service }) => service?.nodes?.lag,
  ],
  [
    'gauge',
    'kickback_nodes_other_ids',
    'Nodes with accounts of their own whose ids are not those of the cluster.',
    [],
    ({ report }) => one(report.other_ids),
  ],
]

/** A node. */
export const NODE_METRICS: readonly MetricRow[] = [
  [
    'gauge',
    'kickback_follow_state',
    'Whether this node is in that state: following, updating, or searching for a master that is in step with it.',
    ['state'],
    ({ report: { following } }) =>
      following === undefined
        ? []
        : FOLLOW_STATES.map((state): Sample => [following.state === state ? 1 : 0, { state }]),
  ],
  [
    'gauge',
    'kickback_in_step_age_seconds',
    'How long ago a living master said last that the content of this node is in step, over restarts too.',
    [],
    ({ report }) => one(report.following?.age),
  ],
  [
    'gauge',
    'kickback_shadow_until_timestamp_seconds',
    'Until when this node keeps its shadow entries if no master proves before that they are granted, in seconds since 1970.',
    [],
    ({ report }) => one(report.following?.shadow_until),
  ],
  [
    'gauge',
    'kickback_master_state',
    'Always 1: the state of each master, as this node sees it.',
    ['master', 'state'],
    (reading) => masters(reading).map(({ master, state }) => [1, { master, state }]),
  ],
  [
    'gauge',
    'kickback_master_proof_age_seconds',
    'How long ago each master proved last that it holds the key of the cluster.',
    ['master'],
    (reading) =>
      masters(reading).flatMap(({ master, proof }): Sample[] => (proof === undefined ? [] : [[proof, { master }]])),
  ],
  [
    'gauge',
    'kickback_offers_refused',
    'Generations that the loss limit of this node refuses.',
    [],
    ({ report }) => one(report.following?.refusals.length),
  ],
  [
    'gauge',
    'kickback_dropped_accounts',
    'Users and groups that are left out because their ids are below the floors of this node.',
    ['kind'],
    ({ report: { following } }) =>
      following === undefined
        ? []
        : [
            [following.dropped?.users ?? 0, { kind: 'user' }],
            [following.dropped?.groups ?? 0, { kind: 'group' }],
          ],
  ],
  [
    'gauge',
    'kickback_insecure',
    'Whether this node believes every master without a key.',
    [],
    (reading) => (reading.report.following === undefined ? [] : flag(reading, reading.report.following.insecure)),
  ],
]

/** Certificates, of masters and nodes. */
export const CERTIFICATE_METRICS: readonly MetricRow[] = [
  [
    'gauge',
    'kickback_certificate_state',
    'Always 1: how the certificate stands that this node asks for.',
    ['state'],
    ({ report: { certificate } }) => (certificate === undefined ? [] : [[1, { state: certificate.state }]]),
  ],
  [
    'gauge',
    'kickback_certificate_expiry_timestamp_seconds',
    'Until when the certificate of this daemon is good, in seconds since 1970. It is renewed before.',
    [],
    ({ certificateUntil, report }) => one(certificateUntil ?? report.certificate?.until),
  ],
]

function masters({ report }: Reading): NonNullable<Reading['report']['following']>['masters'] {
  return report.following?.masters ?? []
}

function pings(counts: PingCounts | undefined): Readonly<Record<string, number>> | undefined {
  return counts && { ...counts }
}
