/**
 * The kickback protocol's numbers and names, once: operations, fields, limits, ports. docs/protocol.md and the C header
 * src/nss/protocol.h are generated from, or checked against, this file.
 *
 * A frame is a 4-byte big-endian length and that many bytes of msgpack: one map with string keys. A request has `id` and
 * `op`; its reply has the same `id` and a `status`. Unknown fields are ignored; an unknown operation is answered UNAVAIL.
 */

import { DATABASE_NAMES } from '../../resolver/index.ts'
import type { ErrorCode } from './error-codes.ts'
import { CURSOR, type FieldsOf, field, type MessageField, optional } from './fields.ts'
import { KEY_MESSAGES } from './key-messages.ts'
import { NODE_MESSAGES } from './node-messages.ts'
import { LOGIN, NONCE, SECURE_MESSAGES } from './secure-messages.ts'

export { ERRORS, type ErrorCode } from './error-codes.ts'
export type { Cursor, FieldsOf, FieldType, MessageField } from './fields.ts'

/** The version of the protocol that this code speaks. */
export const PROTOCOL_VERSION = 1
/** The length of a frame's head in bytes. */
export const FRAME_HEAD = 4
/** The largest body of a request, in bytes. */
export const REQUEST_MAX = 64 * 1024
/** The largest body of a reply, in bytes: the largest record, or a chunk of a snapshot, and its envelope. */
export const REPLY_MAX = 16 * 1024 * 1024
/** The most bytes of a snapshot that one reply carries. */
export const CHUNK_MAX = 256 * 1024
/** The most records that one reply of an enumeration carries. */
export const BATCH_MAX = 256
/** The most nodes that one reply of NODES carries. */
export const NODES_MAX = 512
/** The most users whose password hashes a node had that a reply of KEYS names. */
export const PASSWORDS_MAX = 100_000
/** The length of a nonce in bytes. */
export const NONCE_BYTES = 32
/** After how many seconds in which it was sent nothing a follower that wants them gets a sign of life. */
export const BEAT_SECONDS = 10
/** With which sign of life a proof of life comes that waits for news: what nodes believe of a master is no older than this many and a few seconds. */
export const PROOF_BEATS = 2
/** After how many seconds a node that waits for other shadow entries is answered that there are none. */
export const SHADOW_WAIT = 50
/** The longest wait for nodes, in seconds: a day. */
export const WAIT_MAX = 86_400
/** The length of a join token in bytes. */
export const TOKEN_BYTES = 16
/** The length of an HMAC-SHA-256 (RFC 2104) in bytes: what proves that somebody has a join token. */
export const MAC_BYTES = 32
/** The length of the mark of a key in bytes. */
export const MARK_BYTES = 16
/** The most bytes of a client's text that are taken (HELLO's `software`). */
export const TEXT_MAX = 100
/** The most accounts of a node that are named, and the most bytes of a name that are taken (HELLO's `other_ids`). */
export const OTHER_IDS_MAX = 8
export const OTHER_NAME_MAX = 32
/** The TCP port of service `beonss`. */
export const DEFAULT_PORT = 3045

/** The statuses of NSS, as <nss.h> numbers them. */
export const STATUSES = { TRYAGAIN: -2, UNAVAIL: -1, NOTFOUND: 0, SUCCESS: 1 } as const
/** One of STATUSES. */
export type Status = (typeof STATUSES)[keyof typeof STATUSES]

/** Operations. The number goes on the wire; what each does, MESSAGES says. */
export const OPERATIONS = {
  HELLO: 0,
  LOOKUP: 1,
  ENUMERATE: 2,
  INNETGR: 4,
  SNAPSHOT: 5,
  SUBSCRIBE: 6,
  STATUS: 7,
  RELOAD: 8,
  ALIVE: 9,
  NODES: 10,
  /** The public key of the cluster, for who has a join token. */
  JOIN: 11,
  /** A new join token (root's socket only). */
  TOKEN: 12,
  /** The generations that a master keeps (root's socket only). */
  HISTORY: 13,
  /** What makes the content of a snapshot from that of another one. */
  DELTA: 14,
  /** The trust list. */
  TRUST: 15,
  /** A certificate for a node, by TLS alone. */
  ENROL: 16,
  /** Until nodes are in step (root's socket only). */
  WAIT: 17,
  /** The keys of nodes (root's socket only). */
  KEYS: 18,
  /** The keys of nodes for another master, by TLS alone. */
  NODE_KEYS: 19,
  /** The ssh host keys of the node that asks, by TLS alone. */
  HOST_KEYS: 20,
  /** The proof of which shadow entries a node is granted, by TLS alone. */
  SHADOW: 21,
  /** How the nodes of the configuration stand (root's socket only). */
  STATES: 22,
} as const
/** The name of an operation. */
export type OperationName = keyof typeof OPERATIONS

/** What a cursor holds. Its numbers come from a reply; a client never makes them up. */
export const CURSOR_FIELDS = [
  field('generation', 'uint', 'the generation that is listed'),
  field('position', 'uint', 'the position in it'),
] as const satisfies readonly MessageField[]

/** Fields that every request has. */
export const REQUEST_FIELDS = [
  field('id', 'uint', 'chosen by the client, below 2^32; comes back with the reply'),
  field('op', 'uint', 'the operation'),
] as const satisfies readonly MessageField[]

/** Fields that every reply has. */
export const REPLY_FIELDS = [
  field('id', 'uint', "the request's"),
  field('status', 'int', 'TRYAGAIN -2, UNAVAIL -1, NOTFOUND 0, SUCCESS 1'),
  optional('error', 'str', 'a stable code, if the status is UNAVAIL or TRYAGAIN: see the codes of `error`'),
  optional('message', 'str', 'the same as a sentence for people'),
] as const satisfies readonly MessageField[]

/** Fields that several messages have. */
const ANSWERED = field('generation', 'uint', 'the generation that answered')
const LENGTH = optional('length', 'uint', 'how many, CHUNK_MAX at most')
const DATA = optional('data', 'bin', 'the bytes, if SUCCESS; fewer than requested at the end')

/**
 * What each operation is for, and its fields beyond the common ones. Records are the snapshot's own bytes (docs/snapshot.md). A reply whose
 * status is UNAVAIL or TRYAGAIN may leave all of them out.
 */
export const MESSAGES = {
  HELLO: {
    doc: 'Versions, and who is there.',
    request: [
      field('versions', 'uint[]', 'the protocol versions that the client speaks'),
      optional('software', 'str', 'name and version of the client, for logs: at most TEXT_MAX printable bytes'),
      optional(
        'generation',
        'uint',
        'the generation that the client has: a proxy sends it, so that status can show who is behind',
      ),
      optional(
        'other_ids',
        'map',
        'the accounts of the own files of a node whose ids are not those of the cluster, see Nodes; absent: as it was told last',
      ),
    ],
    reply: [
      field('version', 'uint', 'the version to use: the greatest that both know, else the one of the service'),
      field('generation', 'uint', 'of the current public snapshot'),
      field('software', 'str', 'name and version of the service'),
      optional('tls', 'uint', 'the port of TLS on this address; absent: there is none'),
    ],
  },
  LOOKUP: {
    doc: 'One record by database and key. In initgroups a user without groups is NOTFOUND, whether passwd has the user or not.',
    request: [
      field('db', 'str', DATABASE_NAMES.join(', ')),
      field(
        'key',
        'key',
        'a name (str), an id or the number of a network (uint), in hosts and ethers an address of 4 or 16 bytes or a MAC of 6 (bin), elsewhere a name that is not UTF-8 (bin)',
      ),
      optional('nonce', 'bin', 'NONCE_BYTES random bytes: the answer is signed, see Proofs'),
    ],
    reply: [
      optional('record', 'bin', 'the record, if SUCCESS'),
      ANSWERED,
      optional(
        'signature',
        'bin',
        "the master's signature over nonce, question and answer, if the request has a nonce and the service has the key",
      ),
    ],
  },
  ENUMERATE: {
    doc: 'The records of a database, in order.',
    request: [
      field('db', 'str', 'as in LOOKUP'),
      CURSOR,
      optional('limit', 'uint', 'the greatest number of records wanted'),
    ],
    reply: [
      optional('records', 'bin[]', 'records in order (bin), if SUCCESS; there may be none in a reply with a cursor'),
      optional('cursor', 'cursor', 'where to continue; absent after the last record'),
      ANSWERED,
    ],
  },
  INNETGR: {
    doc: 'Whether a netgroup holds a triple: SUCCESS or NOTFOUND.',
    request: [
      field('netgroup', 'name', 'the netgroup'),
      optional('host', 'name', 'absent: any'),
      optional('user', 'name', 'absent: any'),
      optional('domain', 'name', 'absent: any'),
    ],
    reply: [ANSWERED],
  },
  SNAPSHOT: {
    doc: 'Bytes of a snapshot.',
    request: [
      field('kind', 'uint', '1 public, 2 shadow'),
      optional('generation', 'uint', 'which one; absent: the current one'),
      field('offset', 'uint', 'where the wanted bytes start'),
      LENGTH,
    ],
    reply: [
      DATA,
      optional('size', 'uint', 'the length of the whole snapshot'),
      field('generation', 'uint', 'the generation that the bytes belong to'),
    ],
  },
  SUBSCRIBE: {
    doc: 'To be told of generations.',
    request: [optional('beat', 'bool', 'signs of life are wanted too, see Following')],
    reply: [
      field('generation', 'uint', 'the generation that is current now'),
      field('digest', 'bin', 'its digest'),
      optional(
        'beat',
        'uint',
        'in the first reply, if signs of life were asked for: one comes after so many seconds in which nothing else did',
      ),
    ],
  },
  STATUS: {
    doc: 'What the service is doing.',
    request: [],
    reply: [optional('report', 'map', 'what the service is doing, see below')],
  },
  RELOAD: {
    doc: "Reads the configuration again, and answers once that is done. On root's socket alone.",
    request: [
      optional('dry_run', 'bool', 'only show what would change'),
      optional('force', 'bool', 'ignore the loss limit'),
      optional('config', 'str', 'for a dry run: the path of a configuration to try instead of the usual one'),
      optional('back_to', 'uint', 'serve the content of this earlier generation, and pin it: read nothing'),
      optional('release', 'bool', 'release what is pinned: what the sources say is served again'),
      LOGIN,
      optional('records', 'bool', 'tell the records that change one by one too'),
      optional(
        'stage_set',
        'uint',
        'somebody set the boot stage of the node with this number: one that is held is let go',
      ),
    ],
    reply: [optional('report', 'map', 'what changed, or why it was refused, see below')],
  },
  ALIVE: {
    doc: 'The proof that a master lives and holds a key now, at a bounded rate for each asker and for all.',
    request: [
      NONCE,
      optional('held', 'bin', 'the header of the public snapshot that the asker has; absent: it has none'),
      optional(
        'key',
        'bin',
        'the mark of the public key that the asker believes, a root or a signing key: the first 16 bytes of the SHA-256 of its SPKI in DER; absent: any',
      ),
      optional(
        'wait',
        'bool',
        'the asker gets signs of life: if it holds what is current, it is answered once there is something else, and with the second sign of life at the latest',
      ),
      optional('machine', 'map', 'how the machine of the asker is, see Nodes; absent: as it was told last'),
    ],
    reply: [
      field('header', 'bin', 'the header of the current public snapshot, with the state word 0'),
      field('known', 'bool', "whether the master's own history holds the asker's generation with that digest"),
      field('conflict', 'bool', 'whether the master is in conflict with another one, and so serves no nodes'),
      field('signature', 'bin', "the master's signature over nonce, header, known, conflict and held, see Proofs"),
      optional(
        'trust',
        'uint',
        "the number of the master's trust list; absent: it has none. It is not signed: ask TRUST",
      ),
      optional(
        'signer',
        'bin',
        'the mark of the key that made the signature; it is not signed, and saves trying others',
      ),
    ],
  },
  JOIN: {
    doc: 'The public key of the cluster for a node that has a join token, at a bounded rate. A token is good once.',
    request: [
      field('token', 'bin', 'which join token the asker has: see Joining; the token itself is never sent'),
      NONCE,
      field('proof', 'bin', 'MAC_BYTES: that the asker has the token, see Joining'),
      optional('lists', 'bool', 'whether the asker takes trust lists, and so is to have the root; absent: it does not'),
      optional('node_key', 'bin', 'MARK_BYTES: the mark of the key of the node, which is let in too; absent: none is'),
    ],
    reply: [
      field(
        'key',
        'bin',
        'the public key of the cluster, its SPKI in DER (RFC 8410): the root, or the signing key for who takes no trust lists',
      ),
      field('proof', 'bin', 'MAC_BYTES: that who has the token gives this key for this nonce, see Joining'),
      optional('node', 'uint', 'the node that the key of `node_key` was let in for; absent: it was not'),
    ],
  },
  TOKEN: {
    doc: "A new join token, on root's socket of a master alone; or a token for the page, on root's socket.",
    request: [
      optional('node', 'uint', 'the node that alone can use it, from its own address; absent: any'),
      optional('mac', 'bin', 'the MAC address that the node has to have, 6 bytes; absent: any'),
      optional('page', 'bool', 'a token with which the page shows names and nodes is wanted, and no join token'),
      LOGIN,
    ],
    reply: [
      field('token', 'bin', 'TOKEN_BYTES random bytes, for one use'),
      field('lasts', 'uint', 'for how many seconds it can be used'),
    ],
  },
  HISTORY: {
    doc: "The generations that a master keeps. On root's socket alone; a node keeps none, and answers with `operation`.",
    request: [
      optional('of', 'uint', 'also tell what is different in this generation from the one before it that is kept'),
    ],
    reply: [
      field('generations', 'map[]', 'each generation that is kept, the oldest first, see below'),
      field('generation', 'uint', 'the generation that is served'),
      optional('databases', 'map', 'with `of`: the difference, as `databases` in the report of RELOAD'),
    ],
  },
  DELTA: {
    doc: 'What makes the content of the current public snapshot from that of an earlier one, see Deltas. NOTFOUND: ask for the snapshot.',
    request: [
      field('from', 'bin', 'the digest of the snapshot that the asker has'),
      field('to', 'bin', 'the digest of the snapshot that it wants'),
      optional('offset', 'uint', 'where the wanted bytes start; absent: at the start'),
      LENGTH,
    ],
    reply: [DATA, optional('size', 'uint', 'how many bytes there are in all, if SUCCESS')],
  },
  TRUST: {
    doc: "The trust list of a master ([trust.md](trust.md)); NOTFOUND if it has none. On root's socket, also a newer list for the master.",
    request: [
      optional('roots', 'bin[]', 'the marks of the root keys that the asker believes, 64 at most: see `bridge`'),
      optional('list', 'bin', "on root's socket alone: a list that the master is to take, if it proves to be newer"),
      optional('action', 'str', 'for the audit log: what made the list'),
      LOGIN,
    ],
    reply: [
      optional('list', 'bin', 'the list that the master has, if SUCCESS'),
      optional('bridge', 'bin[]', 'the earlier lists that lead from one of `roots` to `list`; absent: none do'),
    ],
  },
  WAIT: {
    doc: "Waits until nodes are in step, see Nodes. On root's socket of a master alone.",
    request: [
      optional('nodes', 'str', 'which nodes, as the configuration writes a set: `0-31,40`; absent: all'),
      optional('generation', 'uint', 'the generation that they are to have, or a later one; absent: the current one'),
      field('seconds', 'uint', 'how long to wait, WAIT_MAX at most; 0: it is answered at once'),
    ],
    reply: [
      field('generation', 'uint', 'the generation that was waited for'),
      field('nodes', 'uint', 'how many nodes were waited for'),
      field('missing', 'str', 'which of them are not connected, as a set; empty: none'),
      field('behind', 'str', 'which of them are connected and have an older generation, as a set; empty: none'),
    ],
  },
  ...NODE_MESSAGES,
  ...SECURE_MESSAGES,
  ...KEY_MESSAGES,
} as const satisfies {
  readonly [O in OperationName]: {
    readonly doc: string
    readonly request: readonly MessageField[]
    readonly reply: readonly MessageField[]
  }
}

/** What a request of an operation asks, beyond `id` and `op`. */
export type Request<O extends OperationName> = FieldsOf<(typeof MESSAGES)[O]['request']>
/** The fields of a reply, besides `id`, if its status is SUCCESS or NOTFOUND. */
export type Reply<O extends OperationName> = FieldsOf<(typeof MESSAGES)[O]['reply']> & { readonly status: Status }
/** The fields of a reply if the status is UNAVAIL or TRYAGAIN. */
export interface Refusal {
  readonly status: typeof STATUSES.UNAVAIL | typeof STATUSES.TRYAGAIN
  readonly error: ErrorCode
  readonly message: string
}
