/** Names of DNS as text. */
import type { ByteString } from '../records/entries.ts'

/** The most bytes of a label (RFC 1035, 2.3.4). */
const LABEL_MAX = 63
/** The most bytes of a name without its final dot: on the wire it has a length before each label and a final zero, 255 in all. */
export const NAME_TEXT_MAX = 253

/** Whether an absolute name without its final dot can be sent in DNS as the name of a machine. */
export function isDomainName(name: ByteString): boolean {
  if (name.length > NAME_TEXT_MAX || isWildcardName(name)) return false
  return name.split('.').every((label) => label !== '' && label.length <= LABEL_MAX)
}

/** Whether a name has `*` as its first label: secondaries would answer with it for every name (RFC 4592). */
export function isWildcardName(name: ByteString): boolean {
  return name.startsWith('*') && (name.length === 1 || name[1] === '.')
}
