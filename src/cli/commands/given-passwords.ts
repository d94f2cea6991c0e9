/** The users whose password hashes a master gave to a node, as `kickback keys revoke` and `passwords` print them. */
import { displayed } from '../../resolver/index.ts'
import { counted, foldedText } from '../../values/index.ts'

/** What a reply of KEYS tells of them. */
export interface GivenReply {
  readonly passwords?: readonly Uint8Array[]
  readonly more?: number
  readonly lost?: number
}

/** How many names, or sets of names, revoke prints. */
const NAMED = 40
const NUMERIC = new Intl.Collator('en', { numeric: true })

/** The names as text, those with numbers in the order of these; undefined if the daemon gives no hashes to anybody, as one of an earlier release. */
export function givenNames({ passwords }: GivenReply): readonly string[] | undefined {
  return passwords?.map((name) => displayed(Buffer.from(name).toString('latin1'))).sort(NUMERIC.compare)
}

/** What revoke says after the keys, and what is to be done. Empty where a daemon gives no hashes to anybody. */
export function revokedText(node: string, reply: GivenReply): string {
  const names = givenNames(reply)
  if (names === undefined) return ''
  const count = names.length + (reply.more ?? 0)
  const lines =
    count === 0
      ? ['this master gave the node no password hashes']
      : [
          `this master gave the node the password hashes of ${counted(count, 'user')}: ${foldedText(names, NAMED)}`,
          'if somebody else may have had the node, have these users change their passwords',
        ]
  const elsewhere = `each master knows only what it gave: run kickback keys passwords ${node} on the other masters too`
  return [...lines, ...givenNotes(reply), elsewhere].map((line) => `${line}\n`).join('')
}

/** What of it is not known, a sentence each. */
export function givenNotes({ more = 0, lost }: GivenReply): readonly string[] {
  const since = lost === undefined ? '' : new Date(lost * 1000).toISOString()
  return [
    ...(more === 0 ? [] : [`${counted(more, 'more user')} are not listed`]),
    ...(lost === undefined ? [] : [`what this master gave before ${since} may be missing here`]),
  ]
}
