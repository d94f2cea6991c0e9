/** The messages about keys of nodes that do not come from root: what masters tell each other of them, and what nodes tell of the keys of their sshd. */
import type { HostKeyState } from '../../resolver/index.ts'
import { field, type MessageField, optional } from './fields.ts'

/** Rows of MESSAGES. */
export const KEY_MESSAGES = {
  NODE_KEYS: {
    doc: 'The keys of nodes that a master knows, for another master. By TLS with the certificate of a master alone.',
    request: [field('digest', 'bin', 'SHA-256 of the list that the asker has')],
    reply: [optional('list', 'bin', 'the list; absent if it is the same')],
  },
  HOST_KEYS: {
    doc: 'Tells the ssh host keys of the node that asks, at a bounded rate. By TLS with the certificate of a node alone: they are for this node, and no other can be named. The first ones count; others wait for an approval.',
    request: [field('keys', 'bin[]', 'all public host keys as ssh sends them (RFC 4253, 6.6), HOST_KEYS_MAX at most')],
    reply: [field('waiting', 'uint', 'how many of them wait for an approval')],
  },
} as const satisfies Readonly<
  Record<
    string,
    { readonly doc: string; readonly request: readonly MessageField[]; readonly reply: readonly MessageField[] }
  >
>

/** An ssh host key of a node, as KEYS tells it. */
export interface HostKeyReport {
  readonly node: number
  readonly type: string
  readonly fingerprint: string
  readonly state: HostKeyState
  readonly time: number
}

/** The fields of an ssh host key in a reply of KEYS. */
export const HOST_KEY_REPORT: Readonly<Record<keyof HostKeyReport, string>> = {
  node: 'the number of the node',
  type: 'its type, such as `ssh-ed25519`',
  fingerprint: 'its fingerprint, as ssh shows it',
  state:
    '`approved`; `absent`: approved, but the node did not tell it the last time; `waiting` for an approval; `refused`',
  time: 'since when it has this state, in seconds since 1970',
}
