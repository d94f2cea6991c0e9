/** The bounds on what clients can make grow (pitfalls 28 and 34). */

import { DRAINS_FROM } from './link.ts'

/** What one listener allows. Times are milliseconds. */
export interface Limits {
  /** Connections at once; beyond, the one that has been idle the longest and follows nothing makes room. */
  readonly connections: number
  /** Connections at once from one address. */
  readonly perAddress: number
  /** Subscriptions at once. */
  readonly subscribers: number
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
}

/** For a Unix socket: askers can't be told apart, so all share what there is. */
export const LOCAL_LIMITS: Limits = {
  connections: 1024,
  perAddress: 1024,
  subscribers: 64,
  halfSent: 5_000,
  queuedBytes: 512 * 1024,
  allQueuedBytes: 64 * 1024 * 1024,
  stalled: 20_000,
  idle: 120_000,
}

/** For TCP: a connection for each node, and some more. */
export const NETWORK_LIMITS: Limits = {
  connections: 16_384,
  perAddress: 32,
  subscribers: 16_384,
  halfSent: 10_000,
  queuedBytes: 512 * 1024,
  allQueuedBytes: 64 * 1024 * 1024,
  stalled: 60_000,
  idle: 120_000,
}

/** How many questions of one connection are answered before others have their turn. */
export const TURN_QUESTIONS = 64
/** How many bytes are answered to one connection before others have their turn. */
export const TURN_BYTES = 512 * 1024
/** The least that may wait for a client, however many there are, in bytes: a link tells only then that it drained. */
export const LEAST_SHARE = DRAINS_FROM
