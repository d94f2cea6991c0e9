/** The certificate of a node: its key is made here and stays here; masters are asked until one gives a certificate, and again in time. */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CertificateReport,
  type ClientTls,
  KickbackClient,
  type NodeIdentity,
  type NodeKeyReport,
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
  timelessCertificate,
} from '../../resolver/index.ts'
import {
  type Clock,
  type HostPort,
  handlers,
  hex,
  type Log,
  makeFolder,
  messageOf,
  removeWholeSync,
  sleep,
  syncFolderSync,
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
const NODE_FILES = { key: 'node.key', certificate: 'node.crt', next: 'node.key.next' } as const
/** How long a master may take to answer. */
const TIMEOUT = 10_000
/** How often is asked while no master has answered, while the key is pending, and whether it is time for a new one, in milliseconds. */
const WAITS = { asking: 5_000, pending: 30_000, revoked: 300_000, valid: 3_600_000 } as const

/** What is refused with these changes nothing at the master: the key before is good still. */
const UNCHANGED: ReadonlySet<string> = new Set(['pending', 'unreachable', 'busy'])

/** A certificate that this node holds. */
interface Held {
  readonly believed: BelievedCertificate
  readonly bytes: Uint8Array
}

/** Asks, until it is closed. */
export class NodeCertificate {
  readonly #parts: NodeCertificateParts
  #key: KeyObject
  /** A new key that a rotation has made, until there is a certificate for it. */
  #next: KeyObject | undefined
  readonly #closing = new AbortController()
  readonly #changed: (() => void)[] = []
  #state: CertificateReport['state'] = 'asking'
  #held: Held | undefined
  #reason: string | undefined
  #running: Promise<void> | undefined
  /** Until when no other certificate is asked for, on the clock. */
  #rests = Number.NEGATIVE_INFINITY
  #pause = new AbortController()

  private constructor(parts: NodeCertificateParts, key: KeyObject, next: KeyObject | undefined) {
    this.#parts = parts
    this.#key = key
    this.#next = next
    this.#held = this.#kept()
    if (this.#isGood) this.#state = 'valid'
    parts.trust.onChanged(() => this.#judgeAgain())
  }

  /** Opens the key in the state dir (`node.key`, 0600), made at the first start. Rejects if it can't be read or is no such key. */
  static async open(parts: NodeCertificateParts): Promise<NodeCertificate> {
    const key = await nodeKeyIn(parts.stateDir)
    const next = join(parts.stateDir, NODE_FILES.next)
    return new NodeCertificate(parts, key, existsSync(next) ? readKey(next, certificateKeyOf) : undefined)
  }

  /**
   * Makes a new key, and asks for a certificate for it with that of the key before: a master takes it in its place, and revokes that one. A node
   * without a good certificate has the new key at once, and it is to be approved. The key as a master would show it. Rejects if it can't be kept.
   */
  async rotate(): Promise<NodeKeyReport> {
    const { stateDir, wallClock } = this.#parts
    const file = join(stateDir, NODE_FILES.next)
    await createKeyFile(file, 0o600, newCertificateKey)
    const next = readKey(file, certificateKeyOf)
    this.#next = next
    const { subject } = this.#held?.believed ?? {}
    if (!this.#isGood) this.#settle(next)
    this.#pause.abort()
    const node = subject?.kind === 'node' ? subject.node : 0
    const time = Math.floor(wallClock() / 1000)
    return { node, mark: certificateKeyMark(next), state: 'pending', time, connected: false }
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
    this.#pause.abort()
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

  /** With what this node proves itself now; undefined while it has no good certificate. */
  get identity(): NodeIdentity | undefined {
    const { subject } = this.#held?.believed ?? {}
    return this.isValid && subject?.kind === 'node' ? { tls: this.tls, mark: this.mark, node: subject.node } : undefined
  }

  /** Whether a new key takes the place of the one before. */
  get isRotating(): boolean {
    return this.#next !== undefined
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
      this.#pause = new AbortController()
      // The clock was put right.
      if (this.#isGood && this.#state !== 'valid') this.#turn('valid', undefined)
      if (this.#isWanted) await this.#tried()
      const isAtRest = this.isValid && !this.#isWanted
      const wait = isAtRest ? WAITS.valid : WAITS[this.#state === 'valid' ? 'pending' : this.#state]
      if (!signal.aborted) await sleep(clock, wait * (0.5 + random() / 2), this.#pause.signal)
    }
  }

  /** Whether a certificate is to be asked for. If the one that came a moment ago is not good, or old, this clock is wrong: another one is no better. */
  get #isWanted(): boolean {
    if (this.#next !== undefined || this.#held === undefined) return true
    return (!this.#isGood || this.#isOld) && this.#parts.clock.now() >= this.#rests
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
      const next = this.#next
      if (next === undefined) this.#take(await this.#asked(this.#key, this.tls), this.#key)
      else this.#take(await this.#askedForNext(next), next)
    } catch (error) {
      this.#refused(error)
    }
  }

  /**
   * The master revokes the key before, and with it this connection, as soon as it has taken the new key: the answer may be lost. Who asks again shows
   * nothing, and has the new key approved.
   */
  async #askedForNext(next: KeyObject): Promise<Uint8Array> {
    try {
      return await this.#asked(next, this.tls)
    } catch (error) {
      if (!(error instanceof ServiceError) || UNCHANGED.has(error.code)) throw error
      return await this.#asked(next, { ...this.tls, context: tlsContext(undefined) })
    }
  }

  /** A certificate for a key, asked for over this TLS. */
  async #asked(key: KeyObject, tls: ClientTls): Promise<Uint8Array> {
    const { place, software, clock } = this.#parts
    const { signal } = this.#closing
    const where = place()
    if (where === undefined) throw new Error('no master that speaks TLS is followed')
    const client = await KickbackClient.connect(where, { clock, software, timeout: TIMEOUT, signal, tls })
    try {
      return (await client.ask('ENROL', { request: await newRequest(key) })).certificate
    } finally {
      client.close()
    }
  }

  /** The new key takes the place of the one before. A crash in between leaves a certificate of another key, which is not used. */
  #settle(next: KeyObject): void {
    const { stateDir } = this.#parts
    renameSync(join(stateDir, NODE_FILES.next), join(stateDir, NODE_FILES.key))
    syncFolderSync(stateDir)
    this.#key = next
    this.#next = undefined
    this.#held = undefined
    this.#turn('asking', undefined)
  }

  #take(bytes: Uint8Array, key: KeyObject): void {
    const { stateDir, log, clock } = this.#parts
    const held = this.#judgedOwn(Uint8Array.from(bytes), key)
    if (key === this.#next) this.#settle(key)
    const pem = new X509Certificate(held.bytes).toString()
    writeWholeSync(join(stateDir, NODE_FILES.certificate), Buffer.from(pem), { mode: 0o644 })
    this.#held = held
    this.#rests = clock.now() + WAITS.valid / 2
    const { subject, from, until } = held.believed
    const node = subject.kind === 'node' ? subject.node : undefined
    const times = { from: new Date(from).toISOString(), until: new Date(until).toISOString() }
    log.info({ node, mark: this.mark, ...times }, 'this node has a certificate')
    if (this.#isGood) this.#turn('valid', undefined)
    else this.#turn('asking', `its certificate is good from ${times.from} until ${times.until}: ${CLOCKS}`)
    for (const changed of this.#changed) changed()
  }

  /** Why there is none is logged once. What is held stays until it ends. */
  #refused(error: unknown): void {
    const code = error instanceof ServiceError ? error.code : undefined
    if (this.#closing.signal.aborted) return
    if (code === 'revoked') {
      if (this.#next !== undefined) this.#settle(this.#next)
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
      return this.#judgedOwn(raw, this.#key)
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT')
        log.info({ reason: messageOf(error) }, 'the kept certificate is not used')
      return undefined
    }
  }

  /** Whether it is good at this time is looked at whenever it is used: the clock may be wrong now. */
  #judgedOwn(bytes: Uint8Array, key: KeyObject): Held {
    const believed = timelessCertificate(bytes, 'client', this.#trust)
    if (believed.mark !== certificateKeyMark(key)) throw new CertificateError('it is the certificate of another key')
    return { believed, bytes }
  }

  #judgeMaster(der: Uint8Array | undefined): void {
    if (der === undefined) throw new CertificateError('it shows no certificate')
    judgedCertificate(der, 'server', this.#trust, this.#parts.wallClock())
  }

  /** Another trust list counts: the authority of what is held may be revoked, or the root that it names. Then a new one is asked for. */
  #judgeAgain(): void {
    const held = this.#held
    if (held === undefined) return
    try {
      this.#judgedOwn(held.bytes, this.#key)
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error
      this.#held = undefined
      this.#parts.log.warn(
        { reason: error.message },
        'the certificate of this node counts no longer: a new one is asked for',
      )
      this.#turn('asking', error.message)
      this.#pause.abort()
    }
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

/** The key in the state dir of a node, made where there is none. Rejects if it can't be read or is no such key. */
export async function nodeKeyIn(stateDir: string): Promise<KeyObject> {
  makeFolder(stateDir, 0o755)
  const file = join(stateDir, NODE_FILES.key)
  await createKeyFile(file, 0o600, newCertificateKey)
  return readKey(file, certificateKeyOf)
}

const CLOCKS = 'look at the clocks of this node and of its master; it is used once the clock of this node is right'
const REVOKED =
  'the key of this node was revoked: it gets nothing secret any more; kickback keys rotate node makes a new key, which is to be approved on a master'
