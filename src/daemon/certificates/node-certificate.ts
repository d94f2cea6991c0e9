/** The certificate of a node: its key is made here and stays here; masters are asked until one gives a certificate, and again in time. */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CertificateReport,
  type ClientTls,
  KickbackClient,
  ServiceError,
  type Trust,
  tlsContext,
} from '../../kickback/index.ts'
import {
  type BelievedCertificate,
  CERTIFICATE_LASTS,
  CertificateError,
  type CertificateTrust,
  certificateKeyMark,
  certificateKeyOf,
  judgedCertificate,
  keyMark,
  newCertificateKey,
  newRequest,
  RENEWED_AFTER,
} from '../../resolver/index.ts'
import {
  type Clock,
  type HostPort,
  handlers,
  hex,
  type Log,
  messageOf,
  removeWholeSync,
  sleep,
  systemErrorCode,
  type WallClock,
  writeWholeSync,
} from '../../values/index.ts'
import { createKeyFile, readKey } from '../generations/signing-key.ts'

/** What it is made of. */
interface NodeCertificateParts {
  readonly stateDir: string
  readonly trust: Trust
  /** Where a master speaks TLS that lives; undefined if there is none. */
  readonly place: () => HostPort | undefined
  readonly software: string
  readonly clock: Clock
  readonly wallClock: WallClock
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
  readonly log: Log
}

/** What the files are called in the state dir of a node. */
const NODE_FILES = { key: 'node.key', certificate: 'node.crt' } as const
/** How long a master may take to answer. */
const TIMEOUT = 10_000
/** How often is asked while no master has answered, while the key is pending, and whether it is time for a new one, in milliseconds. */
const WAITS = { asking: 5_000, pending: 30_000, revoked: 300_000, valid: 3_600_000 } as const

/** A certificate that this node holds. */
interface Held {
  readonly believed: BelievedCertificate
  readonly bytes: Uint8Array
}

/** Asks, until it is closed. */
export class NodeCertificate {
  readonly #parts: NodeCertificateParts
  readonly #key: KeyObject
  readonly #closing = new AbortController()
  readonly #changed: (() => void)[] = []
  #state: CertificateReport['state'] = 'asking'
  #held: Held | undefined
  #reason: string | undefined
  #running: Promise<void> | undefined

  private constructor(parts: NodeCertificateParts, key: KeyObject) {
    this.#parts = parts
    this.#key = key
    this.#held = this.#kept()
    if (this.#held !== undefined) this.#state = 'valid'
  }

  /** Opens the key in the state dir (`node.key`, 0600), made at the first start. Rejects if it can't be read or is no such key. */
  static async open(parts: NodeCertificateParts): Promise<NodeCertificate> {
    const file = join(parts.stateDir, NODE_FILES.key)
    await createKeyFile(file, 0o600, newCertificateKey)
    return new NodeCertificate(parts, readKey(file, certificateKeyOf))
  }

  /** Begins to ask. */
  start(): void {
    if (this.#running !== undefined) return
    this.#running = Promise.resolve()
    handlers.float('certificate asked', () => {
      this.#running = this.#run()
      return this.#running
    })
  }

  /** Asks no more. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  /** Calls this after each change of state, and when there is a new certificate. */
  onChanged(changed: () => void): void {
    this.#changed.push(changed)
  }

  /** How a client of this node speaks TLS: with its certificate, if it has one that is good now. */
  get tls(): ClientTls {
    const held = this.#isGood ? this.#held : undefined
    const identity = held && { privateKey: this.#key, certificate: held.bytes }
    return { context: tlsContext(identity), judge: (der) => this.#judgeMaster(der) }
  }

  /** Whether this node has a certificate that is good now. */
  get isValid(): boolean {
    return this.#state === 'valid' && this.#isGood
  }

  /** How it stands, for STATUS. */
  get report(): CertificateReport {
    const { subject, until } = this.#held?.believed ?? {}
    return {
      state: this.#state === 'valid' && !this.#isGood ? 'asking' : this.#state,
      mark: this.mark,
      ...(this.isValid && subject?.kind === 'node' && { node: subject.node }),
      ...(this.isValid && until !== undefined && { until: until / 1000 }),
      ...(this.#reason !== undefined && { reason: this.#reason }),
    }
  }

  /** The mark of the key of this node. */
  get mark(): string {
    return certificateKeyMark(this.#key)
  }

  /** A master that proved itself said that the key of this node is revoked. */
  revoked(): void {
    if (this.#state === 'revoked') return
    removeWholeSync(join(this.#parts.stateDir, NODE_FILES.certificate))
    this.#held = undefined
    const { stateDir, log } = this.#parts
    log.error({ mark: this.mark, file: join(stateDir, NODE_FILES.key) }, REVOKED)
    this.#turn('revoked', REVOKED)
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#parts
    const { signal } = this.#closing
    while (!signal.aborted) {
      if (!this.#isGood || this.#isOld) await this.#tried()
      const wait = this.isValid && !this.#isOld ? WAITS.valid : WAITS[this.#state === 'valid' ? 'pending' : this.#state]
      if (!signal.aborted) await sleep(clock, wait * (0.5 + random() / 2), signal)
    }
  }

  get #isGood(): boolean {
    const { from = 0, until = 0 } = this.#held?.believed ?? {}
    const now = this.#parts.wallClock()
    return now >= from && now < until
  }

  /** Whether it is time for a new one. */
  get #isOld(): boolean {
    const until = this.#held?.believed.until ?? 0
    return this.#parts.wallClock() > until - CERTIFICATE_LASTS * (1 - RENEWED_AFTER)
  }

  async #tried(): Promise<void> {
    try {
      await this.#ask()
    } catch (error) {
      this.#refused(error)
    }
  }

  async #ask(): Promise<void> {
    const { place, software, clock } = this.#parts
    const { signal } = this.#closing
    const where = place()
    if (where === undefined) throw new Error('no master that speaks TLS is followed')
    const client = await KickbackClient.connect(where, { clock, software, timeout: TIMEOUT, signal, tls: this.tls })
    try {
      const { certificate } = await client.ask('ENROL', { request: await newRequest(this.#key) })
      this.#take(certificate)
    } finally {
      client.close()
    }
  }

  #take(bytes: Uint8Array): void {
    const { stateDir, log } = this.#parts
    const held = this.#judgedOwn(Uint8Array.from(bytes))
    const pem = new X509Certificate(held.bytes).toString()
    writeWholeSync(join(stateDir, NODE_FILES.certificate), Buffer.from(pem), { mode: 0o644 })
    this.#held = held
    const { subject, until } = held.believed
    const node = subject.kind === 'node' ? subject.node : undefined
    log.info({ node, mark: this.mark, until: new Date(until).toISOString() }, 'this node has a certificate')
    this.#turn('valid', undefined)
    for (const changed of this.#changed) changed()
  }

  /** Why there is none is logged once. What is held stays until it ends. */
  #refused(error: unknown): void {
    const code = error instanceof ServiceError ? error.code : undefined
    if (this.#closing.signal.aborted) return
    if (code === 'revoked') {
      this.revoked()
      return
    }
    const reason = messageOf(error)
    const isNews = reason !== this.#reason
    if (isNews) this.#parts.log.warn({ mark: this.mark, reason }, 'this node gets no certificate yet')
    const state = code === 'pending' ? 'pending' : this.#state === 'revoked' ? 'revoked' : 'asking'
    this.#turn(this.#isGood ? 'valid' : state, reason)
  }

  #turn(state: CertificateReport['state'], reason: string | undefined): void {
    const isNews = state !== this.#state
    this.#state = state
    this.#reason = reason
    if (isNews) for (const changed of this.#changed) changed()
  }

  /** The certificate of an earlier start, where it is good for this key still. */
  #kept(): Held | undefined {
    const { stateDir, log } = this.#parts
    try {
      const { raw } = new X509Certificate(readFileSync(join(stateDir, NODE_FILES.certificate)))
      return this.#judgedOwn(raw)
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT')
        log.info({ reason: messageOf(error) }, 'the kept certificate is not used')
      return undefined
    }
  }

  #judgedOwn(bytes: Uint8Array): Held {
    const believed = judgedCertificate(bytes, 'client', this.#trust, this.#parts.wallClock())
    if (believed.mark !== this.mark) throw new CertificateError('it is the certificate of another key')
    return { believed, bytes }
  }

  #judgeMaster(der: Uint8Array | undefined): void {
    if (der === undefined) throw new CertificateError('it shows no certificate')
    judgedCertificate(der, 'server', this.#trust, this.#parts.wallClock())
  }

  /** What the trust list says now. Without a list nothing is believed. */
  get #trust(): CertificateTrust {
    const { list } = this.#parts.trust
    return {
      authorities: list?.authorities.map(({ certificate }) => certificate) ?? [],
      clusters: list?.roots.map((root) => hex(keyMark(root))) ?? [],
    }
  }
}

const REVOKED =
  'the key of this node was revoked: it gets nothing secret any more; for a new key remove the file, restart the proxy, and approve it on a master'
