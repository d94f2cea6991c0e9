/** An explanation: what made a record, or the nearest reason why there is none. Plain data. */
import type { Related } from '../../config/index.ts'

/** The kinds of explanations, and what each means. */
export const EXPLANATION_CODES = {
  found: 'There is a record: the lines are those that made it.',
  'no-such-node': 'The number is that of no node: the `nodes` line ends below it.',
  'no-address': 'No `iprange` line gives a node of this number an address.',
  'other-name': 'There is such a node, under another name.',
  'no-companion': 'The `nodename` line gives this node no such device: it has no address for it.',
  'no-mac': 'There is such a machine, and no line with its MAC address.',
  'no-name':
    'A `host` line has this address or MAC address and no name, or a `node` line gives the MAC address to a device that the node does not have.',
  'no-host': 'The address is in a `hostrange`, and no `host` line has it.',
  'no-range': 'The address is in no range of the configuration.',
  'line-left-out': 'A line of the configuration has it, but the line has an error and was left out.',
  'other-domain': 'The name is known without the domain that was given.',
  'absolute-name': 'The name is known with a domain of its own, and is found only with it.',
  'other-case': 'The name is known in other capitals. Names of users, groups and netgroups must match exactly.',
  'near-name': 'Names or MAC addresses that differ in one letter are known.',
  'other-database': 'Another database has this name or number.',
  'below-least': 'The id is below UID_MIN or GID_MIN or the settings `uids` or `gids`, or is 65534.',
  'above-greatest': 'The id is above UID_MAX or GID_MAX or the settings `uids` or `gids`.',
  excluded: 'The settings `exclude_users` or `exclude_groups` name the account.',
  'reserved-id': 'The id is reserved for the system.',
  'root-id': 'The id is 0, which is never exported.',
  'root-group': 'The primary group of the user is 0, which is never exported.',
  'power-group': 'The name of the group gives power over a machine.',
  disabled: 'The account is locked or expired, and the setting `disabled_users` is omit.',
  'earlier-line': 'The first line of this name is not exported, and so the later ones are not.',
  'bad-line': 'The line with this name cannot be read.',
  'no-groups': 'The user is a member of no exported group.',
  'no-shadow': 'There is no shadow entry for this user.',
  'id-floor': 'The snapshot has it, but this machine does not take ids below its own floor.',
  'local-name': 'The name means each machine itself, and is answered from its own files.',
  'read-as-number': 'The C library reads the key as an address in numbers, and asks nobody.',
  'bad-key': 'The key cannot be a name.',
  'not-this-machine': 'No address of this machine is known to the cluster.',
  'no-master': 'The configuration names no master.',
  'not-served': 'The files have it, and what they say is not served: see `not_served`.',
  unknown: 'Nothing like it is known.',
} as const satisfies Record<string, string>

/** One of EXPLANATION_CODES. */
export type ExplanationCode = keyof typeof EXPLANATION_CODES

/** An explanation of one key of one database. */
export interface Explanation {
  /** `found`, or the nearest reason why there is no answer. */
  readonly code: ExplanationCode
  /** The same in a sentence, without a final full stop. */
  readonly message: string
  /** The lines that it rests on, with what each does; none where only the snapshot is at hand. */
  readonly lines: readonly Related[]
  /** The bytes of the record; undefined if there is none. */
  readonly record?: Uint8Array
}

/** An explanation of an absence. */
export function absent(
  code: Exclude<ExplanationCode, 'found'>,
  message: string,
  lines: readonly Related[] = [],
): Explanation {
  return { code, message, lines }
}
