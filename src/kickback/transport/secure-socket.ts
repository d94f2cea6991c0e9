/**
 * TLS over the sockets of links (RFC 8446): 1.3 alone, both ends show certificates, and no session is taken up again, since that would skip
 * the look at the list of what is revoked. What the other end shows is not judged here: its certificate goes on with the link.
 */
import { constants, type KeyObject } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { handlers } from '../../values/index.ts'
import { systemReason, TransportError } from './transport-error.ts'

/** What this end proves to be: its private key and the certificate for it, in DER. */
interface TlsIdentity {
  readonly privateKey: KeyObject
  readonly certificate: Uint8Array
}

/** The protocol that is spoken inside (ALPN, RFC 7301). */
const PROTOCOL = 'kickback/1'

/** What TLS needs to know of this end. Without an identity it shows nothing, as a node does that asks for a certificate. */
export function tlsContext(identity: TlsIdentity | undefined): SecureContext {
  return createSecureContext({
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(identity && { key: pem('PRIVATE KEY', derOf(identity.privateKey)) }),
    ...(identity && { cert: pem('CERTIFICATE', identity.certificate) }),
  })
}

/** The end that was connected to: TLS over an accepted socket that nothing was read from. Rejects with TransportError. */
export function accepted(socket: Socket, secureContext: SecureContext): Promise<TLSSocket> {
  const secure = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: [PROTOCOL],
  })
  return agreed(secure, 'secure')
}

/** The end that connected. Nothing is sent inside before the other end's certificate was judged: that is for the caller. Rejects with TransportError. */
export function connected(socket: Socket, secureContext: SecureContext): Promise<TLSSocket> {
  const secure = connect({
    socket,
    secureContext,
    rejectUnauthorized: false,
    ALPNProtocols: [PROTOCOL],
    minVersion: 'TLSv1.3',
  })
  return agreed(secure, 'secureConnect')
}

/** The other end's certificate in DER; undefined if it showed none. */
export function shownCertificate(secure: TLSSocket): Uint8Array | undefined {
  return secure.getPeerX509Certificate()?.raw
}

/** Resolves once both ends agree. Who speaks another protocol inside, or none, is no end of ours. */
function agreed(secure: TLSSocket, event: 'secure' | 'secureConnect'): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const fault = (reason: string, cause?: unknown): void => {
      secure.destroy()
      reject(new TransportError('unreachable', reason, cause))
    }
    const failed = (error: Error): void => fault(`TLS failed: ${systemReason(error)}`, error)
    const done = (): void => {
      secure.off('close', closed)
      secure.off('end', closed)
      if (secure.alpnProtocol === PROTOCOL) resolve(secure)
      else fault('it does not speak the kickback protocol over TLS')
    }
    const closed = handlers.guard('handshake end', () => fault('the other side ended the TLS handshake'))
    secure.on('error', handlers.guard('handshake error', failed))
    secure.once('close', closed)
    // A socket that is half open stays when its other end has ended.
    secure.once('end', closed)
    secure.once(
      event,
      handlers.guard('handshake', done, (error) => fault('an unexpected error', error)),
    )
  })
}

function derOf(key: KeyObject): Buffer {
  return key.export({ type: 'pkcs8', format: 'der' })
}

function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replaceAll(/.{1,64}/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`
}
