/** What a master proves with and believes: its signing key, and the trust list that certifies it. */
import { type KeyObject, verify } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Trust } from '../../kickback/index.ts'
import {
  BRIDGE_MAX,
  type Bridge,
  bridgeAfter,
  bridgeFrom,
  bridgeInto,
  certified,
  type Header,
  isHeaderSigned,
  isListName,
  keyMark,
  nextTrustNumber,
  parseTrustList,
  privateKeyOf,
  publicKeyOf,
  publicPem,
  signedTrustList,
  signerOf,
  type TrustList,
  TrustListError,
} from '../../resolver/index.ts'
import { hex, type Log, messageOf, syncFolderSync, writeWholeSync } from '../../values/index.ts'
import { openSigningKey, readKey, type SigningKey } from '../generations/signing-key.ts'
import { openAuthority } from './authority.ts'
import { bridgeIn, keepBridge, keepList, listIn } from './list-file.ts'
import { keepRoot, makeRootKey, openRootKey, ROOT_FILES, rootIn } from './root-key.ts'

/** The signing key that a rotation has made, until it signs. */
export const NEXT_SIGNING = 'signing.key.next'
/** What a master leaves in its state dir once it has served. */
const SERVED = ['history', 'snapshot.1'] as const
/** What is to be done about a key that no list has. */
const NOT_CERTIFIED =
  'the trust list does not have the signing key of this master: nodes that have the list do not believe it. If the master was not revoked, run kickback keys request here, and kickback keys certify where the root key is'

/** What it is opened with. */
interface MasterTrustParts {
  readonly stateDir: string
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  /** Seconds since 1970. */
  readonly clock: () => number
}

/** The trust of one master. */
export class MasterTrust {
  readonly #parts: MasterTrustParts
  #signing: SigningKey
  /** The certificate of its authority in DER; undefined where that can't be had. */
  readonly #authority: Uint8Array | undefined
  /** What this master believes of others. */
  readonly trust: Trust
  #bridge: Bridge

  private constructor(parts: MasterTrustParts, signing: SigningKey, authority: Uint8Array | undefined) {
    const { stateDir, log } = parts
    this.#parts = parts
    this.#signing = signing
    this.#authority = authority
    const list = readList(stateDir, log)
    const root = rootIn(stateDir)
    this.#bridge = list === undefined ? [] : readBridge(stateDir, list, log)
    this.trust = new Trust({
      key: root ?? signing.publicKey,
      ...(list !== undefined && { list }),
      keep: (newer, passed) => this.#keep(newer, passed),
      introducedBy: root === undefined && list === undefined ? signing.publicKey : undefined,
    })
  }

  /**
   * Opens the keys of a state dir. At its first start a master makes its signing key and a root that certifies it; so does one of an earlier
   * release, which has a signing key alone. A master that was given the signing key of another one makes no root: it learns the list of
   * the other one. Rejects where the keys cannot be had.
   */
  static async open(parts: MasterTrustParts): Promise<MasterTrust> {
    const { stateDir, log } = parts
    const isGiven =
      existsSync(join(stateDir, 'signing.key')) && !SERVED.some((name) => existsSync(join(stateDir, name)))
    const signing = await openSigningKey(stateDir)
    const isRooted = existsSync(join(stateDir, ROOT_FILES.pub)) || existsSync(join(stateDir, 'trust'))
    if (!isRooted && !isGiven) await makeRootKey(stateDir)
    const made = new MasterTrust(parts, signing, await authorityCertificate(stateDir, log))
    made.#certifyHere()
    made.promote()
    if (!made.isCertified) log.error({}, NOT_CERTIFIED)
    return made
  }

  /** The public half of the key that signs now. */
  get signing(): KeyObject {
    return this.#signing.publicKey
  }

  /** Whether others than the owner may read the private half. */
  get exposed(): boolean {
    return this.#signing.exposed
  }

  /** The list that is given to nodes and other masters; undefined if there is none. */
  get list(): TrustList | undefined {
    return this.trust.list
  }

  /** The lists that lead from earlier roots to `list`. */
  get bridge(): Bridge {
    return this.#bridge
  }

  /** The part of them that leads from the root with this mark, in hex. */
  bridgeFrom(mark: string): Bridge {
    return this.list === undefined ? [] : bridgeFrom(this.#bridge, this.list, new Set([mark]))
  }

  /** Takes those of another master that has the same list, where there are none here: the roots changed before this master had a list. */
  bridged(lists: readonly Uint8Array[]): void {
    const { list } = this
    if (list === undefined || this.#bridge.length > 0) return
    const { stateDir, log } = this.#parts
    try {
      const bridge = bridgeInto(lists.slice(-BRIDGE_MAX.lists).map(parseTrustList), list)
      if (bridge.length === 0) return
      keepBridge(stateDir, bridge)
      this.#bridge = bridge
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'cannot take the lists of earlier roots from another master')
    }
  }

  /** Whether nodes that follow the list believe this master: its key is listed, or there is no list. */
  get isCertified(): boolean {
    return this.list === undefined || this.list.signers.some(({ key }) => key.equals(this.signing))
  }

  /** Signs as this master. */
  readonly sign = (message: Uint8Array): Uint8Array => signerOf(this.#signing.privateKey)(message)

  /** Whether a header counts here: this master signed it, or one whose key is listed. */
  readonly proves = (header: Header): boolean =>
    this.isOwn(header) || (this.list !== undefined && this.trust.proves(header))

  /** Whether the key that signs now signed a header. */
  readonly isOwn = (header: Header): boolean =>
    isHeaderSigned(header, (message, signature) => verify(null, message, this.signing, signature))

  /** Whether a key that a rotation has made waits to sign, and is listed. */
  get isNextCertified(): boolean {
    const next = this.#next()
    return next !== undefined && (this.list?.signers.some(({ key }) => key.equals(next)) ?? false)
  }

  /** Signs with the key that a rotation has made, once it is listed; false if there is none. A crash in between is made good at the next start. */
  promote(): boolean {
    if (!this.isNextCertified) return false
    const { stateDir, log } = this.#parts
    const [file, pub] = [join(stateDir, 'signing.key'), join(stateDir, 'signing.pub')]
    rmSync(pub, { force: true })
    renameSync(join(stateDir, NEXT_SIGNING), file)
    syncFolderSync(stateDir)
    const privateKey = readKey(file, privateKeyOf)
    const publicKey = publicKeyOf(publicPem(privateKey))
    writeWholeSync(pub, Buffer.from(publicPem(privateKey)), { mode: 0o644 })
    this.#signing = { privateKey, publicKey, exposed: false }
    log.info({ key: hex(keyMark(publicKey)) }, 'this master signs with its new key')
    return true
  }

  #next(): KeyObject | undefined {
    const file = join(this.#parts.stateDir, NEXT_SIGNING)
    return existsSync(file) ? readKey(file, publicKeyOf) : undefined
  }

  /** Where the root key is here it certifies this master, if no list has done so yet. One whose key was revoked stays revoked. */
  #certifyHere(): void {
    const { stateDir, log, clock } = this.#parts
    const file = join(stateDir, ROOT_FILES.key)
    if (this.isCertified && this.list !== undefined && this.#isAuthorityListed) return
    if (!existsSync(file)) return
    try {
      const root = openRootKey(file)
      const before = this.list ?? { roots: [publicKeyOf(publicPem(root))], signers: [], authorities: [], revoked: [] }
      const own = { name: masterName(), signing: this.signing, authority: this.#authority }
      const list = signedTrustList({ ...certified(before, own), number: nextTrustNumber(this.list, clock()) }, [root])
      this.trust.take(list.bytes)
      log.info({ number: list.number }, 'the root key has certified the signing key of this master')
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'cannot certify the signing key of this master')
    }
  }

  /** A master of an earlier release is listed without its authority. */
  get #isAuthorityListed(): boolean {
    const authority = this.#authority
    return (
      authority === undefined ||
      (this.list?.authorities.some((one) => Buffer.from(authority).equals(one.certificate)) ?? false)
    )
  }

  #keep(list: TrustList, passed: Bridge): void {
    const { stateDir } = this.#parts
    const bridge = extendedBridge(this.#bridge, this.list, [...passed, list])
    if (bridge !== this.#bridge) keepBridge(stateDir, bridge)
    this.#bridge = bridge
    keepList(stateDir, list)
    const [root] = list.roots
    if (root !== undefined && !rootIn(stateDir)?.equals(root)) keepRoot(stateDir, root)
  }
}

/** Undefined where it can't be had, which is logged: names do not wait for certificates. */
async function authorityCertificate(stateDir: string, log: Pick<Log, 'error'>): Promise<Uint8Array | undefined> {
  try {
    return (await openAuthority(stateDir, masterName())).authority.certificate
  } catch (error) {
    log.error({ reason: messageOf(error) }, 'the authority of this master cannot be had')
    return undefined
  }
}

/** What this master is called in a list: its host name, if that can stand there. */
export function masterName(): string {
  const name = hostname()
  return isListName(name) ? name : 'master'
}

/** A bridge once these lists came one after the other, the first after `held`. */
export function extendedBridge(bridge: Bridge, held: TrustList | undefined, lists: Bridge): Bridge {
  return lists.reduce(({ way, before }, list) => ({ way: bridgeAfter(way, before, list), before: list }), {
    way: bridge,
    before: held,
  }).way
}

/** The bridge of a state dir, as far as it leads to its list. Without one, who knows an earlier root alone finds no way. */
function readBridge(stateDir: string, list: TrustList, log: Pick<Log, 'error'>): Bridge {
  try {
    return bridgeInto(bridgeIn(stateDir), list)
  } catch (error) {
    log.error(
      { file: join(stateDir, 'trust.bridge'), reason: messageOf(error) },
      'cannot read the lists of earlier roots',
    )
    return []
  }
}

/** The list of a state dir. Nobody else can have put it there; one that is damaged is told, and asked for again from the other masters. */
function readList(stateDir: string, log: Pick<Log, 'error'>): TrustList | undefined {
  try {
    return listIn(stateDir)
  } catch (error) {
    const what = error instanceof TrustListError ? 'the kept trust list is damaged' : 'cannot read the kept trust list'
    log.error({ file: join(stateDir, 'trust'), reason: messageOf(error) }, what)
    return undefined
  }
}
