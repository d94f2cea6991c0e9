/** The codes of diagnostics about a source as a whole, and about what a reload would do. */
import type { CodeRow } from '../../config/index.ts'

/** Every diagnostic of a reload that no single file's reader makes. */
export const RELOAD_CODES = {
  'unreadable-file': {
    severity: 'error',
    meaning:
      'A file that must be there cannot be read: the configuration, passwd or group; the name service of the master did not list its accounts; or a file that may be absent is there and cannot be read: login.defs, netgroup or networks.',
  },
  'no-interface-address': {
    severity: 'warning',
    meaning:
      'The first interface line has no address, and this machine has no such interface, or no address on it: nodes cannot reach the master.',
  },
  'access-unknown-class': {
    severity: 'error',
    meaning:
      'A rule of [access] names neither a set of nodes nor a class of the configuration. With such a rule left out, everybody could log in on its nodes.',
  },
  'access-no-node': {
    severity: 'warning',
    meaning: 'A rule of [access] names only nodes that do not exist.',
  },
  'access-unknown-account': {
    severity: 'warning',
    meaning:
      'A rule of [access] names a user or a group that the cluster does not have, or does not export. Users of a node itself may always log in there.',
  },
  'access-other-case': {
    severity: 'warning',
    meaning:
      'A user has the name of a user that a rule of [access] names, but for upper and lower case. PAM does not tell such names apart: both may log in.',
  },
  'passwords-unknown-class': {
    severity: 'error',
    meaning: 'A rule of [passwords] names neither a set of nodes nor a class of the configuration.',
  },
  'passwords-no-node': {
    severity: 'warning',
    meaning: 'A rule of [passwords] names only nodes that do not exist.',
  },
  'passwords-unknown-account': {
    severity: 'warning',
    meaning: 'A rule of [passwords] names a user or a group that the cluster does not have, or does not export.',
  },
  'passwords-system-account': {
    severity: 'warning',
    meaning:
      'A rule of [passwords] names a user whose uid is not in the range of users. Hashes of system accounts go to no node, whatever a rule says.',
  },
  'passwords-too-many': {
    severity: 'error',
    meaning:
      'The rules of [passwords] combine to too many different sets of accounts: each takes memory on the master. Use fewer rules that overlap.',
  },
  'too-many-masters': {
    severity: 'warning',
    meaning:
      'The masterorder lines name more than 16 addresses. The numbers of generations tell 16 masters apart: with more, two masters can give one number to different content, which is a conflict.',
  },
  'loopback-only': {
    severity: 'warning',
    meaning: 'The master listens on loopback alone: no node can ask it.',
  },
  'key-pair': {
    severity: 'error',
    meaning:
      'The signing.pub of the state dir does not belong to its signing.key: nodes that have it take nothing from this master.',
  },
  'other-key': {
    severity: 'warning',
    meaning:
      'The last good generation was signed by another key than the one of the state dir: nodes and other masters need the new one.',
  },
  'loss-limit': {
    severity: 'error',
    meaning:
      'The reload would lose ten or more records and more than a tenth of a database, give as many another address or id, or empty a database. `kickback reload --force` accepts it.',
  },
} as const satisfies Record<string, CodeRow>
