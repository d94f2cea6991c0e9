/** What a master proves itself by over TLS, and what it believes of others: its own certificate, renewed in time, and the authorities of the trust list. */
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import { tlsContext } from '../../kickback/index.ts'
import {
  type BelievedCertificate,
  CERTIFICATE_LASTS,
  type CertificateTrust,
  issued,
  judgedCertificate,
  RENEWED_AFTER,
} from '../../resolver/index.ts'
import { type Clock, handlers, type Log, type WallClock } from '../../values/index.ts'
import type { AuthorityFiles } from '../trust/authority.ts'

/** What they are made of. */
interface MasterCertificatesParts {
  readonly files: AuthorityFiles
  /** The marks of the roots that are believed, the first choice first; empty while there is none. */
  readonly clusters: () => readonly string[]
  /** The authorities of the trust list, in DER, as it is now. */
  readonly authorities: () => readonly Uint8Array[]
  readonly clock: Clock
  readonly wallClock: WallClock
  readonly log: Pick<Log, 'error'>
}

/** How long a certificate that could not be made is left alone, in milliseconds. */
const TRY_AGAIN = 60_000

/** The certificates of a master. */
export class MasterCertificates {
  readonly #parts: MasterCertificatesParts
  #context: SecureContext | undefined
  /** From when it is good, and until when it is new enough, in milliseconds since 1970. */
  #times = { from: 0, until: 0 }
  /** Until when it is good, in milliseconds since 1970; undefined before the first one. */
  until: number | undefined
  #isDue = false
  /** The cluster that the certificate names. */
  #cluster = ''
  #cancel: () => void = () => {}
  #isClosed = false

  constructor(parts: MasterCertificatesParts) {
    this.#parts = parts
  }

  /**
   * What this master shows now. `renew` comes first. It is also the moment that shows that the clock was put right: a certificate of another time
   * is made anew, for those who come next.
   */
  get context(): SecureContext {
    if (this.#context === undefined) throw new Error('this master has no certificate yet')
    const now = this.#parts.wallClock()
    const isOfThisTime = now >= this.#times.from && now < this.#times.until
    if (!isOfThisTime && !this.#isDue) {
      this.#isDue = true
      this.#again(0)
    }
    return this.#context
  }

  /** Makes the certificate of this master, and again in time. */
  async renew(): Promise<void> {
    const { files, wallClock } = this.#parts
    const { authority, tlsKey } = files
    this.#cluster = this.cluster
    const subject = { kind: 'master', cluster: this.#cluster } as const
    const certificate = await issued(authority, subject, createPublicKey(tlsKey), wallClock())
    const { validFromDate, validToDate } = new X509Certificate(certificate)
    const until = validToDate.getTime() - CERTIFICATE_LASTS * (1 - RENEWED_AFTER)
    this.#context = tlsContext({ privateKey: tlsKey, certificate })
    this.#times = { from: validFromDate.getTime(), until }
    this.until = validToDate.getTime()
    this.#isDue = false
    this.#again(CERTIFICATE_LASTS * RENEWED_AFTER)
  }

  /** Another root may count now: the certificate is to name it. */
  async follow(): Promise<void> {
    if (this.cluster !== this.#cluster) await this.renew()
  }

  /** The cluster that certificates name: the mark of the first root. */
  get cluster(): string {
    return this.#parts.clusters()[0] ?? '0'.repeat(32)
  }

  /** The certificate of a node for its public key, in DER. */
  readonly issue = (node: number, key: KeyObject): Promise<Uint8Array> =>
    issued(this.#parts.files.authority, { kind: 'node', node, cluster: this.cluster }, key, this.#parts.wallClock())

  /** Whom a certificate names that a client shows. Throws CertificateError. */
  readonly judge = (certificate: Uint8Array): BelievedCertificate =>
    judgedCertificate(certificate, 'client', this.trust, this.#parts.wallClock())

  /** What certificates are judged by now. Its own authority counts here, whether it is in the list yet or not. */
  get trust(): CertificateTrust {
    const { files, authorities, clusters } = this.#parts
    return { authorities: [files.authority.certificate, ...authorities()], clusters: [this.cluster, ...clusters()] }
  }

  /** Renews nothing any more. */
  close(): void {
    this.#isClosed = true
    this.#cancel()
  }

  #again(wait: number): void {
    this.#cancel()
    if (this.#isClosed) return
    const failed = (error: unknown): void => {
      this.#parts.log.error({ err: error }, 'cannot renew the certificate of this master: it is tried again')
      this.#again(TRY_AGAIN)
    }
    const renew = handlers.guard('certificate renewal', () => this.renew(), failed)
    this.#cancel = this.#parts.clock.after(wait, renew)
  }
}
