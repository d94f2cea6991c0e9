/** Names of users and groups as pam_access(8) reads them in its file: which of them mean themselves there, and nothing else. */
import type { ByteString } from '../records/entries.ts'

/** The words that access.conf(5) gives a meaning, in any case. */
const KEYWORDS: ReadonlySet<string> = new Set(['all', 'except', 'local', 'none'])

/** The longest name: a line of the file is read into 1024 bytes where BUFSIZ is least. */
const NAME_MAX = 255

/**
 * Whether a name can stand in the file. ASCII letters, digits, `_`, `.`, `-` and a final `$` alone: blanks, commas and colons separate,
 * `@` makes a netgroup or names a host, brackets make a group, `#` a comment. A number would also match the user of that id.
 */
export function isLoginName(name: ByteString): boolean {
  return (
    name.length <= NAME_MAX &&
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/.test(name) &&
    !/^[0-9]+$/.test(name) &&
    !KEYWORDS.has(name.toLowerCase())
  )
}
