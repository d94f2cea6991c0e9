/** ENROL, KEYS and NODE_KEYS: a certificate for a node, what root decides on the keys of nodes, and what masters tell each other of that. */
import { nodeAt } from '../../../resolver/index.ts'
import { STATUSES } from '../../wire/protocol.ts'
import { type Answer, isRefusal, permitted, type Question, refusal, refused } from '../question.ts'

const { SUCCESS, NOTFOUND } = STATUSES
const NO_AUTHORITY = 'this daemon issues no certificates: ask a master'

/** Answers ENROL. Who asks is the node that has its address, and root there. */
export async function enrol(question: Question<'ENROL'>): Promise<Answer<'ENROL'>> {
  const { client, service, request } = question
  const { asker, source } = client
  const snapshot = permitted(question, 'enrol', service.public)
  if (isRefusal(snapshot)) return snapshot
  if (service.enrolment === undefined) return refusal('operation', NO_AUTHORITY)
  if (asker.via !== 'network' || asker.shown === undefined)
    return refusal('denied', 'a certificate is given by TLS alone')
  if (!client.isRoot) return refusal('denied', 'a certificate is for root alone: ask from a port below 1024')
  const node = nodeAt(snapshot, asker.address)
  if (node === undefined) return refusal('denied', 'the configuration has no node with this address')
  const shown = asker.node === node ? asker.mark : undefined
  const outcome = await service.enrolment.answer({ source, node, shown }, request.request)
  if (outcome === 'busy') return refusal('busy', 'too many certificates are asked for: ask later')
  if (outcome === 'request') return refusal('request', 'that is no request for a certificate with a key of P-256')
  return typeof outcome === 'string' ? refusal(outcome) : { status: SUCCESS, certificate: outcome.certificate, node }
}

/** Answers KEYS. */
export function keys(question: Question<'KEYS'>): Answer<'KEYS'> {
  const { request, service } = question
  const denial = refused(question, 'keys')
  if (denial !== undefined) return denial
  const { enrolment } = service
  if (enrolment === undefined) return refusal('operation', NO_AUTHORITY)
  const { approve, revoke, mark } = request
  if (approve !== undefined) {
    const approved = enrolment.approve(approve, mark)
    return approved === undefined ? { status: NOTFOUND, keys: [] } : { status: SUCCESS, keys: [{ ...approved }] }
  }
  const found = revoke === undefined ? enrolment.all(service.shown()) : enrolment.revoke(revoke, mark)
  return {
    status: found.length > 0 || revoke === undefined ? SUCCESS : NOTFOUND,
    keys: found.map((key) => ({ ...key })),
  }
}

/** Answers NODE_KEYS. */
export function nodeKeys(question: Question<'NODE_KEYS'>): Answer<'NODE_KEYS'> {
  const { request, service } = question
  const denial = refused(question, 'node-keys')
  if (denial !== undefined) return denial
  if (service.enrolment === undefined) return refusal('operation', NO_AUTHORITY)
  const list = service.enrolment.listFor(request.digest)
  return { status: SUCCESS, ...(list !== undefined && { list }) }
}
