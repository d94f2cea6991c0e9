/** Who comes to a door, from the transport alone: what it is counted by, and whether it may come in at all. */

import {
  type AccessPolicy,
  type Asker,
  type BelievedCertificate,
  CertificateError,
  isConfigured,
  isNodeAt,
  type NetworkAsker,
  type Snapshot,
  standingOf,
} from '../../../resolver/index.ts'
import { type Address, clientKey, isLoopback } from '../../../values/index.ts'
import type { Link, Newcomer } from '../../transport/link.ts'
import { encodeFrame } from '../../wire/message.ts'
import { peerName } from '../nodes.ts'
import { refusal } from '../question.ts'
import type { Origin } from './crowd.ts'

/**
 * The kinds of connections, which have their turns one after the other (Turns): those of root (nodes, and the administrator), of programs
 * of this machine, and of all others.
 */
export const CONNECTION_KINDS = ['root', 'local', 'network'] as const

/** One of these kinds. */
export type ConnectionKind = (typeof CONNECTION_KINDS)[number]

/** A connection that came in by a door. */
export interface Visitor {
  readonly asker: Asker
  readonly source: Origin
  /** The other end's port is one that only root can take; false for Unix sockets. */
  readonly isFromLowPort: boolean
  /** It is the root of a machine of the cluster: of this one, or of one that the configuration names. Root of any laptop in `allow` is not. */
  readonly isRoot: boolean
  /** Why it may not come in; undefined if it may. */
  readonly denied: string | undefined
  /** Of who may not come in: its certificate was revoked. */
  readonly isRevoked?: boolean
}

/** What tells who somebody is that showed a certificate. */
export interface Credentials {
  /** Whom a certificate names, in DER. Throws CertificateError. */
  readonly judge: (certificate: Uint8Array) => BelievedCertificate
  /** Whether the key with this mark was revoked. */
  readonly isRevoked: (mark: string) => boolean
}

/** Ports below need root, or CAP_NET_BIND_SERVICE, on the machine that connects (ip(7)). */
const LOW_PORTS = 1024

/** Who came in by a Unix socket: all its visitors are one source. */
export function localVisitor(via: 'local' | 'private' | 'admin'): Visitor {
  const source: Origin = { key: '', isConfigured: true }
  return { asker: { via }, source, isFromLowPort: false, isRoot: false, denied: undefined }
}

/** Who came in by TCP. Without a snapshot nobody is known to be a stranger. */
export function networkVisitor(
  { peer, localAddress }: Pick<Link, 'peer' | 'localAddress'>,
  snapshot: Snapshot | undefined,
  policy: AccessPolicy,
): Visitor {
  // A Unix peer can't come in by TCP; if it could, it would be nobody.
  const address: Address = peer.via === 'tcp' ? peer.address : { family: 4, bytes: new Uint8Array(4) }
  const isKnown = snapshot !== undefined && isConfigured(snapshot, address.bytes)
  const isFromLowPort = peer.via === 'tcp' && peer.port < LOW_PORTS
  return {
    asker: { via: 'network', address: address.bytes },
    source: { key: clientKey(address, isKnown), isConfigured: isKnown },
    isFromLowPort,
    isRoot: isFromLowPort && (isKnown || isLoopback(address)),
    denied: denial(address, localAddress, standingOf(snapshot, address.bytes, policy)),
  }
}

/** Who may begin a TLS handshake: a member. The devices of the cluster have no certificates. */
export function newcomerDenial(
  { peer, localAddress }: Pick<Newcomer, 'peer' | 'localAddress'>,
  snapshot: Snapshot | undefined,
  policy: AccessPolicy,
): string | undefined {
  const standing = standingOf(snapshot, peer.address.bytes, policy)
  return standing === 'device' ? 'a device has no certificate' : denial(peer.address, localAddress, standing)
}

/** The visitor as its certificate shows it, if it came by TLS; what it shows must be right. */
export function shownVisitor(
  visitor: Visitor,
  { peer }: Pick<Link, 'peer'>,
  snapshot: Snapshot | undefined,
  credentials: Credentials | undefined,
): Visitor {
  const { asker, denied } = visitor
  if (denied !== undefined || asker.via !== 'network' || peer.via !== 'tcp' || peer.tls === undefined) return visitor
  const { certificate } = peer.tls
  if (certificate === undefined) return { ...visitor, asker: { ...asker, shown: 'nothing' } }
  if (credentials === undefined) return { ...visitor, denied: 'certificates are not taken here' }
  try {
    const believed = credentials.judge(certificate)
    if (credentials.isRevoked(believed.mark)) return { ...visitor, denied: 'its key was revoked', isRevoked: true }
    return certifiedVisitor(visitor, asker, believed, snapshot)
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    return { ...visitor, denied: error.message }
  }
}

/** A node is one at its own address alone: a key that was copied from it is of no use elsewhere. */
function certifiedVisitor(
  visitor: Visitor,
  asker: NetworkAsker,
  { subject, mark, until }: BelievedCertificate,
  snapshot: Snapshot | undefined,
): Visitor {
  const shown = { ...asker, shown: subject.kind, mark, until }
  if (subject.kind === 'master') return { ...visitor, asker: shown }
  if (snapshot !== undefined && !isNodeAt(snapshot, asker.address, subject.node)) {
    return { ...visitor, denied: `its certificate is that of node ${subject.node}, which has another address` }
  }
  return { ...visitor, asker: { ...shown, node: subject.node } }
}

/**
 * What a visitor is counted by: from a low port as the root of its machine, while `held` tells fewer than `reserved` of those; else as all
 * others of its address.
 */
export function originOf(
  { source, isFromLowPort }: Pick<Visitor, 'source' | 'isFromLowPort'>,
  held: (key: string) => number,
  reserved: number,
): Origin {
  const root = { ...source, key: `${source.key} root` }
  return isFromLowPort && held(root.key) < reserved ? root : source
}

/** The frame for who may not come in: it answers no question, so its id is 0. */
export function denialFrame(link: Pick<Link, 'peer'>, reason: string, isRevoked = false): Buffer {
  const said = isRevoked ? refusal('revoked') : refusal('denied', `${peerName(link.peer)} may not ask here: ${reason}`)
  return encodeFrame({ id: 0, ...said })
}

function denial(
  address: Address,
  here: Address | undefined,
  standing: ReturnType<typeof standingOf>,
): string | undefined {
  if (isLoopback(address) && here !== undefined && !isLoopback(here)) {
    return 'a program on this machine must ask 127.0.0.1 or the Unix socket'
  }
  if (standing === 'unapproved')
    return 'nobody has approved this node: on a master, kickback set node NUMBER --class CLASS approves it'
  return standing === 'stranger'
    ? 'it is not a node, a master or a device of the configuration, and not in the setting allow'
    : undefined
}

/** Among whom it has its turns. */
export function kindOf(asker: Asker, isRoot: boolean): ConnectionKind {
  if (isRoot || asker.via === 'admin') return 'root'
  return asker.via === 'network' ? 'network' : 'local'
}
