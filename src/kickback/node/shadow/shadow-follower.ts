/** The shadow entries of a node: one connection over TLS to the master that it follows, on which that proves again and again what is granted. */
import { randomBytes } from 'node:crypto'
import { type Header, headerOf, layout, type Snapshot, SnapshotError, sameDigest } from '../../../resolver/index.ts'
import { type Clock, type HostPort, handlers, type Log, messageOf, sleep } from '../../../values/index.ts'
import { shadowMessage } from '../../wire/proof.ts'
import { NONCE_BYTES, SHADOW_WAIT } from '../../wire/protocol.ts'
import { Backoff } from '../backoff.ts'
import { type ClientTls, KickbackClient, ServiceError } from '../client.ts'
import { fetchBody, TRANSFER_REPLY_MAX } from '../transfer/transfer.ts'
import { type Trust, UntrustedError } from '../trust.ts'

/** What a node proves itself with. */
export interface NodeIdentity {
  readonly tls: ClientTls
  /** The mark of its key. */
  readonly mark: string
  /** The number that the certificate names. */
  readonly node: number
}

/** What the node has, and what it does with what a master proves. */
export interface ShadowHolder {
  /** What is held; undefined if nothing is. */
  readonly held: () => Snapshot | undefined
  /** The bytes as a snapshot that may be taken. Throws UntrustedError. */
  readonly opened: (bytes: Uint8Array) => Promise<Snapshot>
  /** Takes other entries than those that are held. */
  readonly take: (snapshot: Snapshot) => void
  /** Takes a newer header for the entries that are held. */
  readonly adopt: (header: Header) => void
  /** A master proved that nothing is granted. */
  readonly nothingGranted: () => void
  /** A master that showed its certificate said that the key with this mark is revoked. */
  readonly revoked: (mark: string) => void
  /** A master proved that what is held, or that nothing is, is what is granted now. */
  readonly confirm: () => void
}

/** What a follower of shadow entries is made of. */
interface ShadowFollowerOptions {
  readonly trust: Trust
  readonly holder: ShadowHolder
  /** Where the master that is followed speaks TLS; undefined if none is. */
  readonly place: () => HostPort | undefined
  /** With what this node proves itself now; undefined while it cannot. */
  readonly identity: () => NodeIdentity | undefined
  readonly software: string
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
}

/** How long a master may take to answer, in milliseconds, and how long where it was asked to wait for news. */
const TIMEOUT = 10_000
const PATIENCE = (SHADOW_WAIT + 20) * 1000
/** Waits after a connection that was lost, in milliseconds: ten thousand nodes come back at once. */
const RETRY = { first: 500, longest: 60_000 }
/** How long a master that answers at once without news is left alone, in milliseconds. */
const PAUSE = 30_000
/** How long a master of an earlier release, which grants nothing, is left alone, in milliseconds. */
const EARLIER = 600_000
/** An answer that came within this time did not wait for news, in milliseconds. */
const LEAST_WAIT = 1000

/** Follows until it is closed. */
export class ShadowFollower {
  readonly #options: ShadowFollowerOptions
  readonly #closing = new AbortController()
  readonly #backoff: Backoff
  #pause = new AbortController()
  #client: KickbackClient | undefined
  #place = ''
  #mark = ''
  #reason: string | undefined
  #running: Promise<void> | undefined

  constructor(options: ShadowFollowerOptions) {
    this.#options = options
    this.#backoff = new Backoff({ ...RETRY, random: options.random })
  }

  /** Begins to follow. */
  start(): void {
    if (this.#running !== undefined) return
    this.#running = Promise.resolve()
    handlers.float('shadow followed', () => {
      this.#running = this.#run()
      return this.#running
    })
  }

  /** Ends. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#pause.abort()
    this.#client?.close()
    await this.#running
  }

  /** Another master may be followed, or this node may have another certificate: then the connection is made anew. */
  look(): void {
    const { place, identity } = this.#options
    const isSame = textOf(place()) === this.#place && (identity()?.mark ?? '') === this.#mark
    if (isSame) return
    this.#client?.close()
    this.#pause.abort()
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      this.#pause = new AbortController()
      const wait = await this.#tried()
      if (signal.aborted) return
      if (wait > 0) await sleep(clock, wait, this.#pause.signal)
    }
  }

  /** Follows the master as long as that goes; how long to wait then. Without a master or a certificate it waits until `look` finds one. */
  async #tried(): Promise<number> {
    const place = this.#options.place()
    const identity = this.#options.identity()
    this.#place = textOf(place)
    this.#mark = identity?.mark ?? ''
    if (place === undefined || identity === undefined) return PAUSE
    try {
      await this.#follow(place, identity)
    } catch (error) {
      this.#lost(error, identity)
      if (error instanceof ServiceError && error.code === 'operation') return EARLIER
    } finally {
      this.#client?.close()
      this.#client = undefined
    }
    return this.#backoff.next()
  }

  async #follow(place: HostPort, identity: NodeIdentity): Promise<void> {
    const { clock, software } = this.#options
    const { signal } = this.#closing
    const options = { clock, software, timeout: TIMEOUT, replyMax: TRANSFER_REPLY_MAX, signal, tls: identity.tls }
    const client = await KickbackClient.connect(place, options)
    this.#client = client
    for (let wait = false; !signal.aborted; wait = true) {
      const asked = clock.now()
      const isNews = await this.#asked(client, identity.node, wait)
      this.#backoff.reset()
      this.#reason = undefined
      if (wait && !isNews && clock.now() - asked < LEAST_WAIT) await sleep(clock, PAUSE, signal)
    }
  }

  /** Asks once, and does what the master proves; whether it is something else than before. */
  async #asked(client: KickbackClient, node: number, wait: boolean): Promise<boolean> {
    const { holder, clock } = this.#options
    const held = holder.held()
    const header = await this.#provedHeader(client, { node, held, wait })
    if (header === undefined) {
      holder.nothingGranted()
      holder.confirm()
      return held !== undefined
    }
    const isSame = held !== undefined && sameDigest(held, header)
    if (isSame) {
      if (held.generation !== header.generation) holder.adopt(header)
    } else {
      this.#refuseOlder(held, header)
      const bytes = await fetchBody(client, header, clock, this.#closing.signal)
      holder.take(await holder.opened(bytes))
    }
    holder.confirm()
    return !isSame
  }

  /** The header of what is granted; undefined if nothing is. Throws UntrustedError if the master does not prove that it is so now. */
  async #provedHeader(
    client: KickbackClient,
    { node, held, wait }: { readonly node: number; readonly held: Snapshot | undefined; readonly wait: boolean },
  ): Promise<Header | undefined> {
    const { trust } = this.#options
    const nonce = randomBytes(NONCE_BYTES)
    const asked = { nonce, ...(held && { held: held.digest }), wait }
    const reply = await client.ask('SHADOW', asked, wait ? PATIENCE : undefined)
    if (reply.node !== node) throw new UntrustedError(`it takes this node for node ${reply.node}`)
    const bytes = reply.header && Buffer.from(reply.header)
    const message = shadowMessage({ nonce, node, header: bytes })
    if (trust.key === undefined || !trust.signedBy(message, reply.signature, reply.signer))
      throw new UntrustedError("it did not prove with the cluster's key which shadow entries are granted")
    if (bytes === undefined) return undefined
    const header = opened(bytes)
    if (header.kind !== layout.KINDS.SHADOW) throw new UntrustedError('it offers no shadow snapshot')
    if (!trust.proves(header)) throw new UntrustedError("its shadow snapshot is not signed by the cluster's key")
    return header
  }

  /** Entries of an earlier time are not taken in place of newer ones, as long as the number of those counts. */
  #refuseOlder(held: Snapshot | undefined, { generation }: Header): void {
    if (held === undefined || !this.#options.trust.proves(held.header) || generation > held.generation) return
    throw new UntrustedError(
      `its shadow entries are older (generation ${generation}) than those of this node (${held.generation}): update the shadow file of that master`,
    )
  }

  /** Why there is no connection is logged once. */
  #lost(error: unknown, { mark }: NodeIdentity): void {
    const { holder, log } = this.#options
    if (this.#closing.signal.aborted) return
    if (error instanceof ServiceError && error.code === 'revoked') holder.revoked(mark)
    const reason = messageOf(error)
    if (reason === this.#reason) return
    this.#reason = reason
    log.info({ master: this.#place, reason }, 'no master proves now which shadow entries are granted to this node')
  }
}

function textOf(place: HostPort | undefined): string {
  return place === undefined ? '' : `${place.host} ${place.port}`
}

function opened(bytes: Uint8Array): Header {
  try {
    return headerOf(bytes)
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    throw new UntrustedError(`it offers a damaged header: ${error.message}`, { cause: error })
  }
}
