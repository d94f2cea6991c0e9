/** What a machine believes: the key that it was set up with, the trust list that a root of it signed, and the errors of who is not believed. */
import { type KeyObject, verify } from 'node:crypto'
import {
  type Bridge,
  crossedBridge,
  type Header,
  isHeaderSigned,
  keyMark,
  parseTrustList,
  provedTrustList,
  type TrustList,
  TrustListError,
} from '../../resolver/index.ts'
import { hex } from '../../values/index.ts'

/** A generation that a node does not take. */
export class UntrustedError extends Error {
  override readonly name = 'UntrustedError'
}

/** Who offers it signs with another key than those that are trusted here, or with none. */
export class OtherKeyError extends UntrustedError {}

/** What a machine believes from the start. */
interface TrustStart {
  /**
   * The public key that it was set up with: a root of the cluster, whose trust lists say which signing keys count; or, until there is such
   * a list, a signing key itself. Undefined takes any generation that is whole (`--insecure`).
   */
  readonly key: KeyObject | undefined
  /** The list that is kept from before; it is proved already. */
  readonly list?: TrustList | undefined
  /**
   * Of a master without a list: its own public key. Who proves to have this key is believed in all anyway, so that the first list may come
   * from there: `introduced`.
   */
  readonly introducedBy?: KeyObject | undefined
  /** Keeps a list over a restart, before it counts, and is told over which others it was reached. What it throws, `take` throws. */
  readonly keep?: (list: TrustList, passed: Bridge) => void
}

/** What is trusted now. A newer trust list changes it, and never takes back what an older one said. */
export class Trust {
  /** The key that this machine was set up with; undefined where any master is believed. */
  readonly key: KeyObject | undefined
  readonly #keep: (list: TrustList, passed: Bridge) => void
  readonly #changed: (() => void)[] = []
  #list: TrustList | undefined
  readonly #introducedBy: KeyObject | undefined
  /** The keys whose signatures count, by their marks. */
  #signers: ReadonlyMap<string, KeyObject>

  constructor({ key, list, introducedBy, keep = () => {} }: TrustStart) {
    this.key = key
    this.#keep = keep
    this.#list = list
    this.#introducedBy = introducedBy
    this.#signers = signersOf(key, list)
  }

  /** The newest list that was proved here; undefined if there is none: then the key itself is the signing key. */
  get list(): TrustList | undefined {
    return this.#list
  }

  /** The keys by which the next list is proved. */
  get roots(): readonly KeyObject[] {
    return this.#list?.roots ?? (this.key === undefined ? [] : [this.key])
  }

  /** The mark by which a master is told what is believed here: of a root of the list, else of the key. */
  get mark(): Buffer | undefined {
    const [root] = this.roots
    return root && keyMark(root)
  }

  /** Calls this after each change of what is believed. */
  onChanged(changed: () => void): void {
    this.#changed.push(changed)
  }

  /** Whether signatures of the key with this mark count now. */
  believes(mark: Uint8Array): boolean {
    return this.#signers.has(hex(mark))
  }

  /**
   * Whether a key that is believed now signed this message. `mark` says which key it was, where the signer told that: it saves the others.
   * Without a key nothing is proved, and it is false.
   */
  signedBy(message: Uint8Array, signature: Uint8Array, mark?: Uint8Array): boolean {
    const named = mark === undefined ? undefined : this.#signers.get(hex(mark))
    const keys = mark === undefined ? [...this.#signers.values()] : named === undefined ? [] : [named]
    return keys.some((key) => verify(null, message, key, signature))
  }

  /** Whether a header counts: a key that is believed now signed it, or any is believed. */
  proves(header: Header): boolean {
    return this.key === undefined || isHeaderSigned(header, (message, signature) => this.signedBy(message, signature))
  }

  /**
   * Takes a list that somebody gave, if it proves to be newer, and keeps it; the one that is held, again, changes nothing. Where no root that is
   * believed signed it, the lists before it may lead there (docs/trust.md, "A node that was off"): of those nothing counts but what they prove. Throws
   * TrustListError, and what `keep` throws.
   */
  take(bytes: Uint8Array, bridge: readonly Uint8Array[] = []): void {
    const { list, passed } = crossedBridge([...bridge, bytes], this.roots, this.#list)
    if (list.number !== this.#list?.number) this.#believe(list, passed)
  }

  /**
   * Takes the first list of a master that was given its signing key by another one, from who has proved to have that key: the list has the key,
   * and a root that it names signed it. Anywhere else it does nothing. Throws as `take`.
   */
  introduced(bytes: Uint8Array): void {
    const own = this.#introducedBy
    if (own === undefined || this.#list !== undefined) return
    const list = parseTrustList(bytes)
    const hasOwn = list.signers.some(({ key }) => key.equals(own))
    if (hasOwn) this.#believe(provedTrustList(bytes, list.roots), [])
  }

  #believe(list: TrustList, passed: Bridge): void {
    this.#keep(list, passed)
    this.#list = list
    this.#signers = signersOf(this.key, list)
    for (const changed of this.#changed) changed()
  }

  /** The same for what a machine gave that may be no master of ours: a list that is not taken is no reason to give up what is believed. */
  takeIfProved(bytes: Uint8Array, bridge: readonly Uint8Array[] = []): TrustListError | undefined {
    try {
      this.take(bytes, bridge)
      return undefined
    } catch (error) {
      if (error instanceof TrustListError) return error
      throw error
    }
  }
}

function signersOf(key: KeyObject | undefined, list: TrustList | undefined): ReadonlyMap<string, KeyObject> {
  const keys = list?.signers.map((signer) => signer.key) ?? (key === undefined ? [] : [key])
  return new Map(keys.map((one) => [hex(keyMark(one)), one]))
}
