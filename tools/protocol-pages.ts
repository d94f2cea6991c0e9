/** The tables of docs/protocol.md, and the bounds on clients in docs/reference.md. */
import {
  KEPT_MAX,
  type Limits,
  LOCAL_LIMITS,
  NETWORK_LIMITS,
  UNREAD_MAX,
} from '../src/kickback/service/shares/limits.ts'
import { OLD_BYTES_MAX } from '../src/kickback/service/shares/readings.ts'
import { HOST_KEY_REPORT } from '../src/kickback/wire/key-messages.ts'
import { MACHINE_REPORT } from '../src/kickback/wire/machine.ts'
import { HOST_STATE_REPORT, NODE_STATE_REPORT } from '../src/kickback/wire/node-messages.ts'
import { OTHER_ID_REPORT, OTHER_IDS_REPORT } from '../src/kickback/wire/other-ids.ts'
import {
  BATCH_MAX,
  CHUNK_MAX,
  ERRORS,
  MAC_BYTES,
  MARK_BYTES,
  MESSAGES,
  type MessageField,
  NODES_MAX,
  NONCE_BYTES,
  OPERATIONS,
  type OperationName,
  OTHER_IDS_MAX,
  OTHER_NAME_MAX,
  PASSWORDS_MAX,
  PROTOCOL_VERSION,
  REPLY_FIELDS,
  REPLY_MAX,
  REQUEST_FIELDS,
  REQUEST_MAX,
  TEXT_MAX,
  TOKEN_BYTES,
} from '../src/kickback/wire/protocol.ts'
import {
  CERTIFICATE_REPORT,
  DIAGNOSTIC_REPORT,
  FOLLOWING_REPORT,
  GENERATION_REPORT,
  NODE_KEY_REPORT,
  NODE_REPORT,
  RELOAD_REPORT,
  STATUS_REPORT,
} from '../src/kickback/wire/report.ts'
import { DHCP_REPORT } from '../src/kickback/wire/status/dhcp-report.ts'
import { HOST_KEYS_MAX } from '../src/resolver/index.ts'
import type { Made } from './made.ts'
import { table } from './markdown.ts'

const LIMITS: readonly (readonly [what: string, value: number])[] = [
  ['protocol version', PROTOCOL_VERSION],
  ["a request's body, bytes", REQUEST_MAX],
  ["a reply's body, bytes", REPLY_MAX],
  ['bytes of a snapshot in one reply', CHUNK_MAX],
  ['records in one reply', BATCH_MAX],
  ['nodes in one reply (NODES_MAX)', NODES_MAX],
  ['users in one reply of KEYS (PASSWORDS_MAX)', PASSWORDS_MAX],
  ['a nonce, bytes (NONCE_BYTES)', NONCE_BYTES],
  ['a join token, bytes (TOKEN_BYTES)', TOKEN_BYTES],
  ['an HMAC, bytes (MAC_BYTES)', MAC_BYTES],
  ['the mark of a key, bytes (MARK_BYTES)', MARK_BYTES],
  ["a client's text, printable bytes (TEXT_MAX)", TEXT_MAX],
  ['ssh host keys of a node (HOST_KEYS_MAX)', HOST_KEYS_MAX],
  ['accounts of a node that are named (OTHER_IDS_MAX)', OTHER_IDS_MAX],
  ['the name of such an account, printable bytes (OTHER_NAME_MAX)', OTHER_NAME_MAX],
]

/** The bounds on what clients can take, by kind of door. */
const BOUNDS: readonly (readonly [what: string, value: (limits: Limits) => string])[] = [
  ['connections', ({ connections }) => String(connections)],
  ['of these, from addresses that are not nodes or masters', ({ guests }) => bound(guests)],
  ['connections of one address', ({ perAddress }) => bound(perAddress)],
  [
    'in addition, from its ports below 1024',
    ({ reserved }) => bound(reserved === 0 ? Number.POSITIVE_INFINITY : reserved),
  ],
  ['subscriptions', ({ subscribers }) => String(subscribers)],
  ['of these, of one address', ({ subscribersPerAddress }) => bound(subscribersPerAddress)],
  ['bytes that wait for one client to read', ({ queuedBytes }) => String(queuedBytes)],
  [
    'bytes that wait for all clients of a door to read, shared out among them',
    (limits) => String(limits.allQueuedBytes),
  ],
  ['seconds that a client may leave so many bytes unread', ({ stalled }) => String(stalled / 1000)],
  ['seconds from the first byte of a request to its last', ({ halfSent }) => String(halfSent / 1000)],
  ['seconds that a connection may be silent', ({ idle }) => String(idle / 1000)],
  ['the same for a connection that follows, if all connections are taken', ({ silent }) => String(silent / 1000)],
  ['bytes of requests that wait for an answer, all connections of the daemon together', () => String(KEPT_MAX)],
  ['bytes of answers that wait for clients to read, all connections of the daemon together', () => String(UNREAD_MAX)],
  ['bytes of old generations that are kept for clients that read them', () => String(OLD_BYTES_MAX)],
]

/** A bound that may be none. */
function bound(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '' : String(value)
}

const TYPES: { readonly [T in MessageField['type']]: string } = {
  uint: 'uint',
  int: 'int',
  str: 'str',
  bin: 'bin',
  bool: 'bool',
  name: 'str or bin',
  key: 'str, uint or bin',
  cursor: 'map',
  map: 'map',
  'uint[]': 'array of uint',
  'bin[]': 'array of bin',
  'map[]': 'array of map',
}

function fieldRows(where: string, fields: readonly MessageField[]): string[][] {
  return fields.map(({ name, type, optional, doc }) => [where, `\`${name}\``, TYPES[type], optional ? '' : 'yes', doc])
}

function operation(name: OperationName): string {
  const { doc, request, reply } = MESSAGES[name]
  const rows = [...fieldRows('request', request), ...fieldRows('reply', reply)]
  const head = `### ${name} (${OPERATIONS[name]})\n\n${doc}\n\n`
  return head + table(['in', 'field', 'type', 'always', 'meaning'], rows)
}

const docTable = (docs: { readonly [name: string]: string }): string =>
  table(
    ['field', 'meaning'],
    Object.entries(docs).map(([name, doc]) => [`\`${name}\``, doc]),
  )

/** The fields that all requests and all replies have. */
function commonFields(): string {
  const rows = [...fieldRows('request', REQUEST_FIELDS), ...fieldRows('reply', REPLY_FIELDS)]
  return table(['in', 'field', 'type', 'always', 'meaning'], rows)
}

function errorsTable(): string {
  const rows = Object.entries(ERRORS).map(([code, meaning]) => [`\`${code}\``, meaning])
  return table(['code', 'meaning'], rows)
}

/** Each part of docs/protocol.md by its name. */
const PARTS: { readonly [name: string]: () => string } = {
  limits: () => table(['limit', 'value'], LIMITS),
  common: commonFields,
  errors: errorsTable,
  operations: () => (Object.keys(OPERATIONS) as OperationName[]).map(operation).join('\n'),
  status: () => docTable(STATUS_REPORT),
  dhcp: () => docTable(DHCP_REPORT),
  following: () => docTable(FOLLOWING_REPORT),
  node: () => docTable(NODE_REPORT),
  'host-state': () => docTable(HOST_STATE_REPORT),
  'node-state': () => docTable(NODE_STATE_REPORT),
  machine: () => docTable(MACHINE_REPORT),
  'other-ids': () => docTable(OTHER_IDS_REPORT),
  'other-id': () => docTable(OTHER_ID_REPORT),
  'node-key': () => docTable(NODE_KEY_REPORT),
  'host-key': () => docTable(HOST_KEY_REPORT),
  certificate: () => docTable(CERTIFICATE_REPORT),
  generation: () => docTable(GENERATION_REPORT),
  diagnostic: () => docTable(DIAGNOSTIC_REPORT),
  reload: () => docTable(RELOAD_REPORT),
}

/** The bounds on the clients of a Unix socket and of TCP. */
function boundsTable(): string {
  const rows = BOUNDS.map(([what, value]) => [what, value(LOCAL_LIMITS), value(NETWORK_LIMITS)])
  return table(['what', 'a Unix socket', 'TCP'], rows)
}

/** The parts of both pages. */
export const PROTOCOL_PAGES: readonly Made[] = [
  ...Object.entries(PARTS).map(([part, text]) => ({ path: 'docs/protocol.md', part, text })),
  { path: 'docs/reference.md', part: 'bounds', text: boundsTable },
]
