/** SHADOW, and SNAPSHOT of shadow entries by network: a node is given what is granted to it and nothing else, by TLS, while its certificate is good. */
import { keyMark, type Snapshot, sameDigest } from '../../../resolver/index.ts'
import { systemErrorCode } from '../../../values/index.ts'
import { shadowMessage } from '../../wire/proof.ts'
import { CHUNK_MAX, NONCE_BYTES, STATUSES } from '../../wire/protocol.ts'
import { limitsOf, sharedHeader } from '../proofs.ts'
import { type Answer, type Asking, type Question, refusal, refused } from '../question.ts'
import type { GrantedShadow } from '../waits/granted-shadow.ts'

/** A node that proved itself, and what it is granted. */
interface Grantee {
  readonly node: number
  readonly granted: GrantedShadow
}

const { SUCCESS, NOTFOUND } = STATUSES
const NOT_NOTED = 'this master cannot write down now whose hashes it gives'
const NOT_HERE = 'shadow entries are given by masters with TLS alone'

/** Answers SHADOW. */
export async function shadow(question: Question<'SHADOW'>): Promise<Answer<'SHADOW'>> {
  const { client, service, request } = question
  const first = granteeOf(question)
  if ('error' in first) return first
  if (request.nonce.length !== NONCE_BYTES) return refusal('request', `a nonce has ${NONCE_BYTES} bytes`)
  // Parts of what was sent are kept while it waits.
  const nonce = Uint8Array.from(request.nonce)
  const held = request.held === undefined ? undefined : Uint8Array.from(request.held)
  const isNews = (): boolean => isOther(first.granted.of(first.node), held)
  if (request.wait && !isNews()) await service.shadowWaits.wait(client, isNews)
  const second = granteeOf(question)
  if ('error' in second) return second
  if (service.sign === undefined) return refusal('operation', NOT_HERE)
  if (!limitsOf(question).shadow.take(client.source)) return refusal('busy', 'too many proofs are asked for')
  const soon = second.granted.of(second.node)
  if (soon !== undefined && !(await isNoted(second, soon))) return refusal('busy', NOT_NOTED)
  await service.shadowWaits.turn()
  // Meanwhile its key may have been revoked, or it may be granted something else, whose bytes are noted before they go.
  const grantee = granteeOf(question)
  if ('error' in grantee) return grantee
  const { node, granted } = grantee
  const snapshot = granted.of(node)
  const header = snapshot && sharedHeader(snapshot)
  const signature = service.sign(shadowMessage({ nonce, node, header }))
  const { signing } = service.keys ?? {}
  const signed = { node, signature, ...(signing && { signer: keyMark(signing) }) }
  return header === undefined ? { status: NOTFOUND, ...signed } : { status: SUCCESS, header, ...signed }
}

/** Answers SNAPSHOT of a node that asks for its shadow entries. Only what was noted goes out. */
export async function grantedBytes(question: Question<'SNAPSHOT'>): Promise<Answer<'SNAPSHOT'>> {
  const grantee = granteeOf(question)
  if ('error' in grantee) return grantee
  const { node, granted } = grantee
  const { generation, offset, length = CHUNK_MAX } = question.request
  const snapshot = generation === undefined ? granted.of(node) : granted.numbered(node, generation)
  if (snapshot === undefined) return refusal('generation')
  if (!(await isNoted(grantee, snapshot))) return refusal('busy', NOT_NOTED)
  // The disk may have been slow: meanwhile its key may have been revoked, or it may be granted something else.
  const second = granteeOf(question)
  if ('error' in second) return second
  if (granted.numbered(node, snapshot.generation) === undefined) return refusal('generation')
  const size = snapshot.bytes.length
  const to = Math.max(offset, Math.min(offset + Math.min(length, CHUNK_MAX), size))
  const data = new Uint8Array(snapshot.bytes.subarray(offset, to))
  return { status: SUCCESS, data, size, generation: snapshot.generation }
}

/** Whether it is on disk that a node is about to get a snapshot. A disk that takes nothing, as a full one, may take it later. */
async function isNoted({ node, granted }: Grantee, snapshot: Snapshot): Promise<boolean> {
  try {
    await granted.noted(node, snapshot)
    return true
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
    return false
  }
}

/** The node that asks, and what there is for it; or why it gets nothing. */
function granteeOf(asking: Asking): Grantee | ReturnType<typeof refusal> {
  const { client, service } = asking
  const denial = refused(asking, 'shadow-snapshot')
  if (denial !== undefined) return denial
  const { asker } = client
  if (asker.via !== 'network' || asker.node === undefined || asker.until === undefined) return refusal('denied')
  const { granted, conflict } = service
  if (granted === undefined) return refusal('operation', NOT_HERE)
  if (granted.isOver(asker.until)) return refusal('denied', 'the certificate of this node has ended')
  if (asker.mark !== undefined && service.enrolment?.isRevoked(asker.mark)) return refusal('revoked')
  if (!granted.isKnown) return refusal('starting', 'this master does not know yet which shadow entries are granted')
  if (conflict?.()) return refusal('busy', 'this master is in conflict with another one')
  return { node: asker.node, granted }
}

function isOther(snapshot: Snapshot | undefined, held: Uint8Array | undefined): boolean {
  if (snapshot === undefined) return held !== undefined
  return held === undefined || !sameDigest(snapshot, { digest: held })
}
