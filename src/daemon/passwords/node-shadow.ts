/** The shadow entries of a node: what is kept is used again, what is granted is taken, and what is granted no longer is removed at once. */
import { join } from 'node:path'
import { Confirmation, ShadowFollower, type ShadowHolder, type Trust, UntrustedError } from '../../kickback/index.ts'
import { type Header, isGranted, layout, Snapshot, underHeader, withState } from '../../resolver/index.ts'
import {
  type BootClock,
  type Clock,
  type HostPort,
  handlers,
  hex,
  type Log,
  type WallClock,
} from '../../values/index.ts'
import type { NodeCertificate } from '../certificates/node-certificate.ts'
import type { Pipeline } from '../pipeline.ts'
import { OutOfTouch } from '../store/out-of-touch.ts'
import type { SnapshotFiles } from '../store/snapshot-files.ts'

/** What it works with. */
interface NodeShadowParts {
  readonly trust: Trust
  /** When a master last was in step with the public copy. */
  readonly copy: Pick<Confirmation, 'age' | 'keep'>
  readonly files: Pick<SnapshotFiles, 'lastShadow' | 'endShadow'>
  readonly pipeline: Pick<Pipeline, 'publish' | 'served'>
  /** The shadow file in the state dir. */
  readonly file: string
  readonly stateDir: string
  readonly software: string
  readonly shadowMaxAge: number
  readonly clock: Clock
  readonly wallClock: WallClock
  readonly bootClock: BootClock
  readonly random: () => number
  readonly log: Log
  /** Where the master that is followed speaks TLS. */
  readonly place: () => HostPort | undefined
}

/** What tells when a master last proved what is granted to this node, in the state dir. */
const CONFIRMED = 'passwords-in-step'
/** How long a key may be revoked for a rotation until the node has the certificate of the new one, in milliseconds. */
const ROTATION = 60_000

/** The shadow entries of one node. */
export class NodeShadow {
  readonly #parts: NodeShadowParts
  readonly #confirmation: Confirmation
  readonly #outOfTouch: OutOfTouch
  #certificate: NodeCertificate | undefined
  #follower: ShadowFollower | undefined
  #cancelEnd: () => void = () => {}

  constructor(parts: NodeShadowParts) {
    const { file, stateDir, bootClock, wallClock, shadowMaxAge, clock, log, copy } = parts
    this.#parts = parts
    this.#confirmation = new Confirmation({ file, record: join(stateDir, CONFIRMED), bootClock, wallClock })
    const endShadow = (): Promise<boolean> => this.#removed()
    this.#outOfTouch = new OutOfTouch({
      ...{ confirmation: this.#confirmation, copy, shadowMaxAge, clock, log, endShadow },
    })
  }

  /**
   * Takes up what an earlier process kept, if it was granted to a node, and a key signed it that is believed now. What else is there is of another use of
   * this machine, and is removed. A node that asks for no certificate keeps nothing.
   */
  async takeKept(isCertified: boolean): Promise<void> {
    const { files, pipeline, trust, log } = this.#parts
    await this.#confirmation.read()
    const kept =
      isCertified && trust.key !== undefined ? await files.lastShadow((one) => this.#believed(one)) : undefined
    if (kept !== undefined) {
      await pipeline.publish({ shadow: kept })
      return
    }
    if (!(await files.endShadow())) return
    log.warn({}, 'shadow entries from an earlier use of this machine were removed: none are granted to it')
  }

  /** Begins to follow what is granted to who has this certificate, and to look how old that is. */
  start(certificate: NodeCertificate | undefined): void {
    this.#outOfTouch.start()
    if (certificate === undefined || this.#parts.trust.key === undefined) return
    this.#certificate = certificate
    certificate.onChanged(() => this.#certificateChanged())
    const { trust, place, software, clock, log, random } = this.#parts
    const identity = () => certificate.identity
    this.#follower = new ShadowFollower({ trust, place, software, clock, log, random, identity, holder: this.#holder })
    this.#follower.start()
  }

  /** Another master may be followed. */
  look(): void {
    this.#follower?.look()
  }

  /** Until when the entries stay if no master proves before that they are granted, in seconds since 1970; undefined if there are none. */
  get until(): number | undefined {
    const { age } = this.#confirmation
    const { wallClock, shadowMaxAge } = this.#parts
    return this.#held === undefined || !Number.isFinite(age)
      ? undefined
      : Math.round(wallClock() / 1000 - age + shadowMaxAge)
  }

  /** Ends: the files stay. */
  async close(): Promise<void> {
    this.#cancelEnd()
    await this.#follower?.close()
    await this.#outOfTouch.close()
  }

  get #held(): Snapshot | undefined {
    return this.#parts.pipeline.served.shadow
  }

  get #holder(): ShadowHolder {
    return {
      held: () => this.#held,
      opened: (bytes) => this.#believed(Snapshot.open(withState(bytes, 0))),
      take: (snapshot) => this.#take(snapshot, 'took shadow entries'),
      adopt: (header: Header) => {
        const held = this.#held
        if (held !== undefined) this.#take(underHeader(held, header), 'took another number for the same shadow entries')
      },
      nothingGranted: () => this.#end('no shadow entries are granted to this node any more: they were removed'),
      revoked: (mark) => this.#revoked(mark),
      confirm: () => this.#confirmation.confirm(),
    }
  }

  /** Gives back what may be taken. Throws UntrustedError. */
  async #believed(snapshot: Snapshot): Promise<Snapshot> {
    if (snapshot.kind !== layout.KINDS.SHADOW || !isGranted(snapshot))
      throw new UntrustedError('it is no shadow snapshot of a node')
    if (!this.#parts.trust.proves(snapshot.header)) throw new UntrustedError("it is not signed by the cluster's key")
    if (!snapshot.verifyDigest()) throw new UntrustedError('it is damaged')
    if (snapshot.find('shadow', { name: 'root' }) !== undefined)
      throw new UntrustedError('it has an entry for root, which a master must not give')
    return snapshot
  }

  #take(snapshot: Snapshot, message: string): void {
    const { generation, digest } = snapshot
    this.#parts.log.info({ generation, digest: hex(digest) }, message)
    handlers.float('shadow taken', () => this.#parts.pipeline.publish({ shadow: snapshot }))
  }

  /** Takes the entries from this machine, files too; says so where there were any. */
  #end(message: string): void {
    handlers.float('shadow ended', async () => {
      if (await this.#removed()) this.#parts.log.warn({}, message)
    })
  }

  /** Whether there were any. Throws the system's error. */
  async #removed(): Promise<boolean> {
    const { pipeline, files } = this.#parts
    const had = this.#held !== undefined
    if (had) await pipeline.publish({ shadow: undefined })
    // Others may be granted by now.
    if (this.#held !== undefined) return had
    return (await files.endShadow()) || had
  }

  /** A key that is revoked because it was replaced a moment ago says nothing of this node, if there is a certificate for the new one soon. */
  #revoked(mark: string): void {
    const certificate = this.#certificate
    if (certificate === undefined || certificate.mark !== mark) return
    this.#cancelEnd()
    if (!certificate.isRotating) {
      this.#end(REVOKED)
      certificate.revoked()
      return
    }
    const late = (): void => {
      if (certificate.mark === mark || !certificate.isValid) this.#end(REVOKED)
    }
    this.#cancelEnd = this.#parts.clock.after(ROTATION, handlers.guard('shadow of a rotation', late))
  }

  #certificateChanged(): void {
    const { state } = this.#certificate?.report ?? {}
    if (state === 'revoked') this.#end(REVOKED)
    this.#follower?.look()
  }
}

const REVOKED = 'the key of this node was revoked: its shadow entries were removed'
