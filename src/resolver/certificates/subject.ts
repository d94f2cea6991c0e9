/** Whom a certificate of the cluster names: a node by its number, or a master. It stands in URIs of the subject's alternative names. */

/** Whom a certificate names. `cluster` is the mark of the cluster's root key, 32 small hexadecimal digits. */
export type Subject =
  | { readonly kind: 'node'; readonly node: number; readonly cluster: string }
  | { readonly kind: 'master'; readonly cluster: string }

/** The greatest number of a node in a certificate: what a 32-bit record can hold. */
const NODE_MAX = 2 ** 31 - 1
/** The URIs as Node shows them (crypto.X509Certificate, subjectAltName). Anything else beside them is no certificate of ours. */
const SHOWN =
  /^URI:kickback:(?:node:(?<node>0|[1-9]\d{0,9})|(?<master>master)), URI:kickback:cluster:(?<cluster>[0-9a-f]{32})$/

/** The URIs of a subject (RFC 5280, 4.2.1.6), in their order. */
export function subjectUris(subject: Subject): readonly [string, string] {
  const who = subject.kind === 'node' ? `kickback:node:${subject.node}` : 'kickback:master'
  return [who, `kickback:cluster:${subject.cluster}`]
}

/** The distinguished name of a subject (RFC 4514), for people who look at a certificate. Nothing is decided by it. */
export function subjectName(subject: Subject): string {
  return subject.kind === 'node' ? `CN=node ${subject.node}` : 'CN=master'
}

/** The subject that alternative names show; undefined if they are not exactly those of one. */
export function parseSubject(shown: string | undefined): Subject | undefined {
  const { node, cluster = '' } = SHOWN.exec(shown ?? '')?.groups ?? {}
  if (cluster === '') return undefined
  if (node === undefined) return { kind: 'master', cluster }
  return Number(node) <= NODE_MAX ? { kind: 'node', node: Number(node), cluster } : undefined
}
