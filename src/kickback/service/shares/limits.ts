/** The bounds on what clients can make grow. */

import { DRAINS_FROM } from '../../transport/link.ts'

/** What one listener allows. Times are milliseconds. */
export interface Limits {
  /** Connections at once; beyond, the source with the most makes room (see Crowd). */
  readonly connections: number
  /** Connections at once from one address; all of loopback is one. */
  readonly perAddress: number
  /** Connections at once from ports below 1024 of one address, besides: only root can take these, so a node's proxy gets in. */
  readonly reserved: number
  /** Connections at once from addresses that the configuration does not know as nodes or masters, all together. */
  readonly guests: number
  /** Subscriptions at once. */
  readonly subscribers: number
  /** Subscriptions at once from one address; those from ports below 1024 are counted for themselves. */
  readonly subscribersPerAddress: number
  /** How long a frame may take from its first byte to its last. */
  readonly halfSent: number
  /** Bytes of answers that may wait for a client to read; its further questions wait. */
  readonly queuedBytes: number
  /** The same for all clients together: with many of them each has its share, LEAST_SHARE at least. */
  readonly allQueuedBytes: number
  /** How long a client may leave so many unread. */
  readonly stalled: number
  /** How long a connection may say nothing. Whoever follows generations says HELLO now and then. */
  readonly idle: number
  /** How long a follower may be silent before it can be ended, if there are as many as may be. */
  readonly silent: number
}

/** For a Unix socket: all askers look the same, so all of them share one limit. */
export const LOCAL_LIMITS: Limits = {
  connections: 1024,
  perAddress: Number.POSITIVE_INFINITY,
  reserved: 0,
  guests: Number.POSITIVE_INFINITY,
  subscribers: 64,
  subscribersPerAddress: Number.POSITIVE_INFINITY,
  halfSent: 5_000,
  queuedBytes: 512 * 1024,
  allQueuedBytes: 64 * 1024 * 1024,
  stalled: 20_000,
  idle: 120_000,
  silent: 75_000,
}

/** For TCP: a connection for each node, and some more. */
export const NETWORK_LIMITS: Limits = {
  connections: 16_384,
  perAddress: 32,
  reserved: 8,
  guests: 4096,
  subscribers: 16_384,
  subscribersPerAddress: 16,
  halfSent: 10_000,
  queuedBytes: 512 * 1024,
  allQueuedBytes: 64 * 1024 * 1024,
  stalled: 60_000,
  idle: 120_000,
  silent: 75_000,
}

/**
 * Bytes that all connections together may have sent without being answered: half-sent frames, and frames in wait, of which a
 * connection has some 128 KiB at most before it is no longer read.
 */
export const KEPT_MAX = 64 * 1024 * 1024
/** Bytes of answers that may wait for all connections together to read, besides parts of the generations that are in memory anyway. */
export const UNREAD_MAX = 64 * 1024 * 1024
/** How many questions of one connection are answered before others have their turn. */
export const TURN_QUESTIONS = 64
/** How many bytes are answered to one connection before others have their turn. */
export const TURN_BYTES = 256 * 1024
/** The least that may wait for a client, however many there are, in bytes: a link reports only then that it has drained. */
export const LEAST_SHARE = DRAINS_FROM
