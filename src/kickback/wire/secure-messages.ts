/** The messages about keys of nodes, and those that go by TLS alone; with fields that other messages have too. */
import { field, optional } from './fields.ts'

/** Who asks, for the audit log. */
export const LOGIN = optional('login', 'uint', 'for the audit log: the login uid of who asks')
/** Which node an answer is for. */
const NODE = field('node', 'uint', 'the number of the node')
/** What makes an answer new. */
export const NONCE = field('nonce', 'bin', 'NONCE_BYTES random bytes')

/** What each of these operations is for, and its fields beyond the common ones. */
export const SECURE_MESSAGES = {
  ENROL: {
    doc: 'A certificate for the node that asks, at a bounded rate: by TLS, from its own address, and from a port that only its root can take.',
    request: [field('request', 'bin', 'a request for a certificate (PKCS #10 in DER, a key of P-256), 2 KiB at most')],
    reply: [field('certificate', 'bin', 'the certificate in DER'), NODE],
  },
  KEYS: {
    doc: "The keys of nodes, and what is to be done with one. On root's socket of a master, `rotate` of a node.",
    request: [
      optional('hosts', 'bool', 'approve and revoke are about ssh host keys, and one of them is needed'),
      optional('approve', 'uint', 'the node whose pending key is approved'),
      optional('revoke', 'uint', 'the node whose keys are revoked'),
      optional('mark', 'str', 'of approve and revoke: the mark (of hosts: the fingerprint) that the key must have'),
      optional('rotate', 'bool', 'on a node: it makes a new key, and asks for a certificate with it'),
      optional(
        'passwords',
        'uint',
        'nothing is done, and no key is told: which users had password hashes on this node',
      ),
      LOGIN,
    ],
    reply: [
      field('keys', 'map[]', 'the keys that were approved or revoked now, else all of them; see below'),
      optional(
        'passwords',
        'bin[]',
        'of revoke and passwords: the names of the users whose hashes this master gave to the node at some time, PASSWORDS_MAX at most; other masters may have given it more. Absent: it gives none to anybody',
      ),
      optional('more', 'uint', 'how many more users there are'),
      optional(
        'lost',
        'uint',
        'what was given before this time may be missing, in seconds since 1970; absent: nothing',
      ),
    ],
  },
  SHADOW: {
    doc: 'Which shadow entries are granted to the node that asks, with a proof that this is so now. By TLS with the certificate of a node alone. NOTFOUND: none are.',
    request: [
      NONCE,
      optional('held', 'bin', 'the digest of the shadow snapshot that the node has; absent: it has none'),
      optional(
        'wait',
        'bool',
        'if the node holds what is current, it is answered once there is something else, and after SHADOW_WAIT seconds at the latest',
      ),
    ],
    reply: [
      optional('header', 'bin', 'the header of its shadow snapshot, if SUCCESS: ask SNAPSHOT for the bytes'),
      NODE,
      field('signature', 'bin', "the master's signature over nonce, node and header, see Proofs"),
      optional('signer', 'bin', 'the mark of the key that made the signature; it is not signed'),
    ],
  },
} as const
