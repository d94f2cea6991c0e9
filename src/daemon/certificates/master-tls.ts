/** TLS on a master: its certificates, the keys of nodes that it let in, and the other masters that it tells of them. */
import { hostname } from 'node:os'
import { Enrolment, HostKeysOfNodes, type KickbackServer, type TlsService } from '../../kickback/index.ts'
import { keyMark } from '../../resolver/index.ts'
import {
  background,
  type Clock,
  handlers,
  hex,
  type Log,
  messageOf,
  type WallClock,
  wallClock,
} from '../../values/index.ts'
import type { Front } from '../fronts/front.ts'
import { NetworkDoors } from '../fronts/network-doors.ts'
import type { OwnAddresses } from '../own-addresses.ts'
import type { MasterSettings } from '../settings.ts'
import type { StateDir } from '../state-dir.ts'
import { type AuthorityFiles, openAuthority } from '../trust/authority.ts'
import { hostKeysIn, keepHostKeys, nodesIn } from './kept-host-keys.ts'
import { keepNodeKeys, nodeKeysIn } from './kept-node-keys.ts'
import { KeyExchange } from './key-exchange.ts'
import { MasterCertificates } from './master-certificates.ts'

/** What it is opened with. */
interface MasterTlsParts {
  readonly stateDir: string
  /** What the master is called, for people. */
  readonly name: string
  /** See MasterCertificates. */
  readonly clusters: () => readonly string[]
  readonly authorities: () => readonly Uint8Array[]
  readonly clock: Clock
  readonly wallClock: WallClock
  readonly log: Log
}

/** What its fronts work with. */
interface FrontParts {
  readonly server: Pick<KickbackServer, 'listen' | 'report' | 'endUncertified'>
  readonly own: OwnAddresses
  readonly settings: Pick<MasterSettings, 'listen' | 'listenTls'>
  readonly software: string
}

/** The TLS of one master. */
export class MasterTls {
  readonly enrolment: Enrolment
  readonly hostKeys: HostKeysOfNodes
  readonly #parts: MasterTlsParts
  readonly #certificates: MasterCertificates
  #revoked: () => void = () => {}
  #changed: () => void = () => {}
  #judged: () => void = () => {}

  private constructor(parts: MasterTlsParts, files: AuthorityFiles) {
    const { stateDir } = parts
    this.#parts = parts
    this.#certificates = new MasterCertificates({ ...parts, files })
    this.enrolment = new Enrolment({
      ...parts,
      keys: nodeKeysIn(stateDir),
      keep: (keys) => keepNodeKeys(stateDir, keys),
      issue: this.#certificates.issue,
      revoked: () => {
        this.#forgetHostKeys()
        this.#revoked()
      },
      changed: () => this.#changed(),
    })
    this.hostKeys = new HostKeysOfNodes({
      ...parts,
      read: (node) => hostKeysIn(stateDir, node),
      keep: (node, keys) => keepHostKeys(stateDir, node, keys),
    })
    this.#forgetHostKeys()
  }

  /** What a node told does not outlast its certificate, also where that was revoked while this master was off. */
  #forgetHostKeys(): void {
    this.hostKeys.forget(this.enrolment.ended)
  }

  /**
   * Opens the keys in the state dir, made at the first start. Undefined where they can't be had, which is logged: names go on without
   * TLS, but nobody is believed whose revocation may be lost.
   */
  static async open(parts: MasterTlsParts): Promise<MasterTls | undefined> {
    try {
      const made = new MasterTls(parts, await openAuthority(parts.stateDir, parts.name))
      await made.#certificates.renew()
      handlers.float('host keys counted', () => made.#countHostKeys())
      return made
    } catch (error) {
      parts.log.error({ reason: messageOf(error) }, NO_TLS)
      return undefined
    }
  }

  async #countHostKeys(): Promise<void> {
    await this.hostKeys.count(nodesIn(this.#parts.stateDir))
  }

  /** Until when the certificate of this master is good, in milliseconds since 1970. */
  get until(): number | undefined {
    return this.#certificates.until
  }

  /** What the doors with TLS need. */
  get service(): TlsService {
    const certificates = this.#certificates
    return {
      context: () => certificates.context,
      judge: certificates.judge,
      isRevoked: (mark) => this.enrolment.isRevoked(mark),
      wallClock: this.#parts.wallClock,
    }
  }

  /** The doors with TLS, and what tells the other masters of keys of nodes. */
  fronts({ server, own, settings, software }: FrontParts): readonly Front[] {
    const { log, clock, wallClock } = this.#parts
    const { listen, listenTls } = settings
    const port = (): number => listenTls[0]?.port ?? own.port + 1
    // Who names the places of the service names those of TLS too.
    const usual = () => ({ port: port(), addresses: listen.length > 0 ? NOWHERE : own.masters })
    const { enrolment } = this
    const certificates = this.#certificates
    const exchange = new KeyExchange({
      certificates,
      enrolment,
      own: () => own.all,
      port,
      software,
      clock,
      wallClock,
      log,
    })
    this.#revoked = () => server.endUncertified()
    this.#judged = () => server.endUncertified(true)
    this.#changed = () => exchange.wake()
    return [new NetworkDoors({ server, named: listenTls, usual, logger: log, isSecure: true }), exchange]
  }

  /** Other roots and authorities count now: what this master shows, and who is connected. */
  async trustChanged(): Promise<void> {
    await this.#certificates.follow()
    this.#judged()
  }

  /** Renews nothing any more. */
  close(): void {
    this.#certificates.close()
  }
}

const NO_TLS = 'there is no TLS on this master: nodes get no certificates and no shadow entries'
const NOWHERE = { masters: [], interfaceAddresses: [] }

/** The TLS of the master with this state dir. */
export function masterTls(
  stateDir: string,
  { keys }: Pick<StateDir, 'keys'>,
  log: Log,
): Promise<MasterTls | undefined> {
  return MasterTls.open({
    ...{ stateDir, name: hostname(), clock: background, wallClock, log },
    clusters: () => keys.list?.roots.map((root) => hex(keyMark(root))) ?? [],
    authorities: () => keys.list?.authorities.map(({ certificate }) => certificate) ?? [],
  })
}
