/** The messages about nodes, for root alone: those that follow, and those of the configuration with how each of them stands. */
import { CURSOR, field, type MessageField, optional } from './fields.ts'
import { MACHINE, type MachineReport } from './machine.ts'
import { checkShape, type ShapesOf } from './report-shape.ts'

/** The states of a node, each with what it means. */
export const NODE_STATES = {
  up: 'it follows this master, and the master heard of it in the last 45 seconds',
  booting: 'it asked what to boot after the master heard of it last',
  installing: 'it was sent a system that installs it, and has not reported that this is done',
  held: 'it booted the same stage again and again without a report, and gets no image any more',
  down: 'it followed this master, and its connection has ended, or it is silent',
  never: 'it never followed this master since the master started: it is off, not set up, or follows another one',
} as const
/** One of NODE_STATES. */
export type NodeState = keyof typeof NODE_STATES

/** How the content of a node stands to that of its master, each with what it means. */
export const NODE_CONTENTS = {
  'in-step': 'it has the content of this master',
  behind: 'it has other content',
  'other-key': 'it believes another key than that of this master, and takes nothing from it',
} as const
/** One of NODE_CONTENTS. */
export type NodeContent = keyof typeof NODE_CONTENTS

/** What can be told of a machine that was asked for its MAC, each with what it means. */
export const PING_ANSWERS = {
  up: 'it answered when it was asked for its MAC (ARP): its network card and its kernel work, or another machine has its address',
  off: 'it did not answer: it is off, or is not connected',
} as const
/** One of PING_ANSWERS. */
export type PingAnswer = keyof typeof PING_ANSWERS

/** How a node of the configuration stands. */
export interface NodeStateReport {
  readonly number: number
  readonly name: string
  readonly address: string
  readonly state: NodeState
  readonly content?: NodeContent
  readonly since?: number
  readonly seen?: number
  readonly generation?: number
  readonly software?: string
  readonly sent?: string
  readonly machine?: MachineReport
  readonly ping?: PingAnswer
  readonly pinged?: number
}

/** How a device of a `host` line stands. */
export interface HostStateReport {
  readonly name: string
  readonly address: string
  readonly ping?: PingAnswer
  readonly pinged?: number
}

const words = (table: Readonly<Record<string, string>>): string =>
  Object.entries(table)
    .map(([word, meaning]) => `\`${word}\`: ${meaning}`)
    .join('; ')

/** The fields of a node in a reply of STATES. */
export const NODE_STATE_REPORT: Readonly<Record<keyof NodeStateReport, string>> = {
  number: 'its number',
  name: 'its name',
  address: 'the address from which it follows, or did last; else its first address',
  state: words(NODE_STATES),
  content: `${words(NODE_CONTENTS)}; absent: it is not known, or the node is not up`,
  since: 'of one that boots, is installed or is held: since when, in seconds since 1970',
  seen: 'when the master heard of it last, in seconds since 1970; absent: not since the master started',
  generation: 'the generation that it has, or had when it was there last',
  software: 'name and version, as the node reported them',
  sent: 'the boot stage that it was sent last',
  machine: 'what it told of its machine, while it is up: see below',
  ping: `of one that is not up, ${words(PING_ANSWERS)}; absent: it is not asked, or nothing is known`,
  pinged: 'when that was found, in seconds since 1970',
}

/** The fields of a device in a reply of STATES. */
export const HOST_STATE_REPORT: Readonly<Record<keyof HostStateReport, string>> = {
  name: 'its name',
  address: 'its first address',
  ping: `${words(PING_ANSWERS)}; absent: it is not asked, or nothing is known`,
  pinged: 'when that was found, in seconds since 1970',
}

const NODE_STATE: ShapesOf<NodeStateReport> = {
  number: 'uint',
  name: 'str',
  address: 'str',
  state: { words: Object.keys(NODE_STATES) },
  content: { optional: { words: Object.keys(NODE_CONTENTS) } },
  since: { optional: 'number' },
  seen: { optional: 'number' },
  generation: { optional: 'uint' },
  software: { optional: 'str' },
  sent: { optional: 'str' },
  machine: { optional: { fields: MACHINE } },
  ping: { optional: { words: Object.keys(PING_ANSWERS) } },
  pinged: { optional: 'number' },
}

const HOST_STATE: ShapesOf<HostStateReport> = {
  name: 'str',
  address: 'str',
  ping: { optional: { words: Object.keys(PING_ANSWERS) } },
  pinged: { optional: 'number' },
}

/** The nodes of a reply of STATES as they arrived. Throws MessageError naming the first field that is wrong. */
export function nodeStateReports(value: unknown): readonly NodeStateReport[] {
  checkShape(value, { list: { fields: NODE_STATE } }, 'nodes')
  return value as readonly NodeStateReport[]
}

/** The devices of a reply of STATES as they arrived. Throws MessageError naming the first field that is wrong. */
export function hostStateReports(value: unknown): readonly HostStateReport[] {
  checkShape(value, { list: { fields: HOST_STATE } }, 'hosts')
  return value as readonly HostStateReport[]
}

const COMPARED = field('generation', 'uint', 'the generation that they are compared with')

/** Rows of MESSAGES. */
export const NODE_MESSAGES = {
  NODES: {
    doc: "The nodes that follow, and what each one holds, a page at a time. On root's socket alone.",
    request: [
      optional('cursor', 'uint', 'the `cursor` of the reply before; absent at first'),
      optional('limit', 'uint', 'the greatest number of nodes wanted; at most NODES_MAX are sent'),
      optional('gone', 'bool', 'those that followed and do not now, each with `seen`; absent: those that follow'),
    ],
    reply: [
      field('nodes', 'map[]', 'each subscriber that reported its generation, see below'),
      optional('cursor', 'uint', 'where to continue; absent after the last node'),
      COMPARED,
    ],
  },
  STATES: {
    doc: "The nodes of the configuration and how each of them stands, a page at a time. On root's socket of a master alone.",
    request: [CURSOR, optional('hosts', 'bool', 'the devices of `host` lines, in `hosts`; absent: the nodes')],
    reply: [
      field(
        'nodes',
        'map[]',
        'nodes of the configuration, in no order, see Nodes; there may be none in a reply with a cursor',
      ),
      optional('hosts', 'map[]', 'devices, where these were asked for, in no order, see Nodes'),
      optional('cursor', 'cursor', 'where to continue; absent after the last node'),
      COMPARED,
    ],
  },
} as const satisfies Readonly<
  Record<
    string,
    { readonly doc: string; readonly request: readonly MessageField[]; readonly reply: readonly MessageField[] }
  >
>
