/** The file that pam_access(8) reads on a node, in the form of access.conf(5): the first line that matches a login decides. */
import type { ByteString } from '../records/entries.ts'
import { isLoginName } from './names.ts'
import type { LoginRule } from './rules.ts'

/** What the file is called in a state dir. */
export const LOGINS_FILE = 'access.conf'

/** What the file begins with: who finds another beginning leaves the file alone. */
const MARK = '# Written by kickback.'

/** Whether a file's content is ours. */
export function isLoginsFile(content: Uint8Array): boolean {
  return Buffer.from(content.subarray(0, MARK.length)).equals(Buffer.from(MARK))
}

/** The file where no rule names the node. It stays: pam_access refuses everybody if the file that it is to read is not there. */
export const OPEN_LOGINS = `${MARK} No rule of [access] names this node: everybody may log in.\n`

/**
 * The file of a node: root and who comes from no other machine, then the users of the machine itself, then those of the rules; nobody else.
 * `local` are the names of the machine's own passwd file. A name that would mean something else to pam_access is left out.
 */
export function loginsFile(rules: readonly LoginRule[], local: readonly ByteString[]): ByteString {
  const may = (names: readonly ByteString[]): string[] => names.filter(isLoginName)
  return [
    `${MARK} Do not edit it: it follows [access] in the settings of the master.`,
    '# root, and what is no login from another machine.',
    permitted('root'),
    '+:ALL:LOCAL',
    '# Users of this machine itself.',
    ...may(local).map(permitted),
    ...rules.flatMap(({ key, users, groups }) => [
      `# ${shown(key)}`,
      ...may(users).map(permitted),
      ...may(groups).map((group) => permitted(`(${group})`)),
    ]),
    '# Nobody else.',
    '-:ALL:ALL',
    '',
  ].join('\n')
}

function permitted(who: string): string {
  return `+:${who}:ALL`
}

/** A key as a comment. One that is long, or has a character that is not shown, could end the comment for pam_access. */
function shown(key: ByteString): string {
  return /^[\x20-\x7e]{1,100}$/.test(key) ? key : 'a rule'
}

/** The names of the users in a passwd file. */
export function passwdNames(bytes: Uint8Array): readonly ByteString[] {
  return Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .flatMap((line) => /^([^:]+):/.exec(line)?.[1] ?? [])
}
