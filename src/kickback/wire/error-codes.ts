/** The codes of errors in replies, once: docs/protocol.md and the C header are generated from this table. */

/** Why a request was not answered with a fact: stable codes of the reply field `error`. */
export const ERRORS = {
  denied: 'this asker may not ask that',
  operation: 'this operation is unknown here',
  request: 'a field is missing or of the wrong type',
  database: 'this database is unknown here',
  cursor: 'the generation of this cursor is gone: start again',
  generation: 'that generation is gone or unknown: start again',
  busy: 'too much is asked at once: ask later',
  starting: 'no snapshot yet',
  token: 'this join token is unknown, used or too old: make a new one',
  reload: 'this daemon has no configuration to read',
  incomplete: 'this database has entries that cannot be listed, and the master, which knows them, could not be asked',
  revoked: 'the key of this machine was revoked: it has to ask for a certificate with a new one',
  pending: 'the key of this node is not approved yet: compare its mark, and run kickback keys approve on a master',
  toolarge: 'the answer is larger than a reply can be',
  internal: 'the service failed; its log says why',
} as const
/** One of the codes of ERRORS. */
export type ErrorCode = keyof typeof ERRORS
