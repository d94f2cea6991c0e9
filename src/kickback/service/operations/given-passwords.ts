/** What KEYS tells of the password hashes that a node was given, and what of it is in the audit log. */
import { displayed } from '../../../resolver/index.ts'
import { counted, foldedText } from '../../../values/index.ts'
import { PASSWORDS_MAX } from '../../wire/protocol.ts'
import type { GivenTo } from '../waits/granted-shadow.ts'

/** How many names, or sets of names, the audit log has at most, and how many characters of them. */
const [NAMED, NAMED_LENGTH] = [10, 200]

/** The fields of a reply; none where no hashes are given to anybody. */
export function givenFields(given: GivenTo | undefined) {
  if (given === undefined) return {}
  const { users, lost } = given
  const more = users.length - PASSWORDS_MAX
  return {
    passwords: users.slice(0, PASSWORDS_MAX).map((name) => Buffer.from(name, 'latin1')),
    ...(more > 0 && { more }),
    ...(lost !== undefined && { lost }),
  }
}

/** For people; empty where the node had none. It is bounded: an entry of the audit log has room for the keys too. */
export function givenText(given: GivenTo | undefined): string {
  if (given === undefined || given.users.length === 0) return ''
  const names = given.users.map(displayed)
  const text = foldedText(names, NAMED)
  const shown = text.length > NAMED_LENGTH ? `${text.slice(0, NAMED_LENGTH)}...` : text
  return `it had the password hashes of ${counted(names.length, 'user')}: ${shown}; `
}
