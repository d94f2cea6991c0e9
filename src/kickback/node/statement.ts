/** The statement of a master about itself now, proved by a signature over a nonce that no one could know before. */
import { randomBytes } from 'node:crypto'
import { type Header, headerOf, keyMark, layout, type SnapshotError } from '../../resolver/index.ts'
import { counted, hex } from '../../values/index.ts'
import type { MachineReport } from '../wire/machine.ts'
import { aliveMessage } from '../wire/proof.ts'
import { ERRORS, NONCE_BYTES } from '../wire/protocol.ts'
import { type KickbackClient, ServiceError } from './client.ts'
import { OtherKeyError, type Trust, UntrustedError } from './trust.ts'

/** A statement of a master. */
export interface Statement {
  /** Of the generation that is current there; signed by a key that is believed, unless any master is believed. */
  readonly header: Header
  /** Whether the master's own history holds the generation that we held when it was asked. */
  readonly known: boolean
  /** The header of that generation, as it was told. */
  readonly held: Uint8Array | undefined
  /** Whether it is in conflict with another master. */
  readonly conflict: boolean
  /** When it was asked, on the clock: it is no older than that. */
  readonly asked: number
}

/** What is asked with. */
interface Asking {
  readonly trust: Trust
  /** The header of the generation that we hold. */
  readonly held: Uint8Array | undefined
  /** The clock's time. */
  readonly now: number
  /**
   * The statement is wanted once there is news, from a master that sends signs of life: it comes with every second of these at the latest.
   * How long it may take, in milliseconds; undefined: it is wanted at once.
   */
  readonly patience?: number | undefined
  /** How this machine is, if the master is told with the question. */
  readonly machine?: MachineReport | undefined
}

/**
 * Asks a master for its statement. Throws UntrustedError if it does not prove to hold a key that is believed, or its generation is
 * not signed by one; ServiceError if there is no answer.
 */
export async function statementOf(
  client: KickbackClient,
  { trust, held, now, patience, machine }: Asking,
): Promise<Statement> {
  const nonce = randomBytes(NONCE_BYTES)
  const reply = await aliveReply(client, trust, { nonce, held, patience, machine })
  const list = await newerList(client, trust, reply.trust)
  const { known, conflict, signature } = reply
  // A part of the reply: the whole of it would be kept with it.
  const bytes = Buffer.from(reply.header)
  const message = aliveMessage({ nonce, header: bytes, known, conflict, held })
  if (trust.key !== undefined && !trust.signedBy(message, signature, reply.signer)) throw unproved(trust, list, reply)
  if (list !== undefined) trust.introduced(list.bytes)
  return { header: checkedHeader(bytes, trust), known, held, conflict, asked: now }
}

/** What a master says of itself, nothing of it checked. */
interface Said {
  readonly header: Uint8Array
  readonly known: boolean
  readonly conflict: boolean
  readonly signature: Uint8Array
  readonly trust?: number
  readonly signer?: Uint8Array
}

/** A trust list that a master gave, and why it was not taken. */
interface GivenList {
  readonly bytes: Uint8Array
  readonly refusal: string | undefined
}

/**
 * The trust list of a master that says that it has a newer one, taken if it proves to be; undefined if it has none, or this very one was
 * refused on this connection before. Whoever gives none, or another one than it said, is no worse than who has none: what counts is the proof.
 */
async function newerList(client: KickbackClient, trust: Trust, number = 0): Promise<GivenList | undefined> {
  const isNewer = trust.key !== undefined && number > (trust.list?.number ?? 0)
  if (!isNewer || refusedLists.get(client) === number) return undefined
  try {
    const { list: bytes, bridge } = await client.ask('TRUST', { roots: trust.roots.map(keyMark) })
    if (bytes === undefined) return undefined
    const refusal = trust.takeIfProved(bytes, bridge)?.message
    if (refusal !== undefined) refusedLists.set(client, number)
    return { bytes, refusal }
  } catch (error) {
    // An answer, if not the one that was asked for.
    if (error instanceof ServiceError && Object.hasOwn(ERRORS, error.code)) return undefined
    throw error
  }
}

/** The number of the list that each master gave on its connection and that was not taken. */
const refusedLists = new WeakMap<KickbackClient, number>()

/** Why the signature of a master does not count: it has another key, or names one that is believed and that did not sign this. */
function unproved(trust: Trust, given: GivenList | undefined, { signer }: Pick<Said, 'signer'>): UntrustedError {
  const what = "it did not prove that it has the cluster's key"
  if (signer !== undefined && trust.believes(signer))
    return new UntrustedError(
      `${what}: it names key ${hex(signer)}, which is believed, but the signature is not of that key; ${IMPOSTOR}`,
    )
  return new OtherKeyError(`${what}: ${whyNot(trust, given)}`)
}

const IMPOSTOR = 'somebody else answers in the place of the master, or changes its answers on the way'

function whyNot({ list }: Trust, given: GivenList | undefined): string {
  if (given?.refusal !== undefined) return given.refusal
  return list === undefined
    ? 'its signing.key does not match the key of this machine'
    : `trust list ${list.number} does not have its signing key, or it was revoked`
}

/** The reply to ALIVE. Who needs no proof is content with the header of what is sent, as a daemon without a key sends it. */
async function aliveReply(
  client: KickbackClient,
  { key, mark }: Trust,
  { nonce, held, patience, machine }: { readonly nonce: Uint8Array } & Pick<Asking, 'held' | 'patience' | 'machine'>,
): Promise<Said> {
  const asked = {
    nonce,
    ...(held !== undefined && { held }),
    ...(mark !== undefined && { key: mark }),
    ...(patience !== undefined && { wait: true }),
    ...(machine !== undefined && { machine: { ...machine } }),
  }
  try {
    return await client.ask('ALIVE', asked, patience)
  } catch (error) {
    const hasNoKey = error instanceof ServiceError && error.code === 'operation'
    if (!hasNoKey) throw error
    if (key !== undefined) throw new OtherKeyError('it has no signing key: it is not a master of the cluster')
  }
  await client.hello(held === undefined ? 0 : headerOf(held).generation)
  return { header: await firstBytes(client), known: false, conflict: false, signature: new Uint8Array() }
}

async function firstBytes(client: KickbackClient): Promise<Uint8Array> {
  const { data = new Uint8Array() } = await client.ask('SNAPSHOT', {
    kind: layout.KINDS.PUBLIC,
    offset: 0,
    length: layout.HEADER.size,
  })
  return data
}

function checkedHeader(bytes: Uint8Array, trust: Trust): Header {
  const header = opened(bytes)
  if (header.kind !== layout.KINDS.PUBLIC) throw new UntrustedError('it offers no public snapshot')
  if (!trust.proves(header)) throw new OtherKeyError("its generation is not signed by the cluster's key")
  return header
}

function opened(bytes: Uint8Array): Header {
  if (bytes.length !== layout.HEADER.size)
    throw new UntrustedError(`it offers a header of ${counted(bytes.length, 'byte')}`)
  try {
    return headerOf(bytes)
  } catch (error) {
    const { code, message } = error as SnapshotError
    const isOther = code === 'layout'
    throw new UntrustedError(
      isOther
        ? `it offers a snapshot of another layout (${message}): upgrade this node`
        : `it offers a damaged header: ${message}`,
      { cause: error },
    )
  }
}
