import type { ByteString } from './entries.ts'

/** The most bytes of a label, and of a name with a length byte before each label and the final zero (RFC 1035, 2.3.4). */
const LABEL_MAX = 63
const NAME_MAX = 255

/** Whether an absolute name without its final dot can be sent in DNS. */
export function isDomainName(name: ByteString): boolean {
  if (name.length + 2 > NAME_MAX) return false
  return name.split('.').every((label) => label !== '' && label.length <= LABEL_MAX)
}
