/** ENROL, KEYS and NODE_KEYS: a certificate for a node, what root decides on the keys of nodes, and what masters tell each other of that. */
import { nodeAt, standingOf } from '../../../resolver/index.ts'
import { STATUSES } from '../../wire/protocol.ts'
import type { NodeKeyReport } from '../../wire/report.ts'
import type { Enrolment } from '../enrolment.ts'
import { type Answer, isRefusal, permitted, type Question, refusal, refused, refusedNode } from '../question.ts'
import { givenFields, givenText } from './given-passwords.ts'
import { decidedHostKeys } from './host-keys.ts'

const { SUCCESS, NOTFOUND } = STATUSES
const TOO_MANY_ROTATIONS =
  'the key of this node was replaced too often today: it may be replaced again within three hours; if you did not do this, somebody has its key'
const NO_NODE = 'the configuration has no node with this address'
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
  if (node === undefined) {
    const isUnapproved = standingOf(snapshot, asker.address, { allow: [] }) === 'unapproved'
    return refusal('denied', isUnapproved ? 'nobody has approved this node' : NO_NODE)
  }
  const shown = asker.node === node ? asker.mark : undefined
  const rotated = (mark: string): void =>
    service.audit?.({ action: 'keys rotate node', before: `node ${node}: ${shown}`, after: `node ${node}: ${mark}` })
  const outcome = await service.enrolment.answer({ source, node, shown, rotated }, request.request)
  if (outcome === 'busy') return refusal('busy', 'too many certificates are asked for: ask later')
  if (outcome === 'rotations') return refusal('busy', TOO_MANY_ROTATIONS)
  if (outcome === 'request') return refusal('request', 'that is no request for a certificate with a key of P-256')
  return typeof outcome === 'string' ? refusal(outcome) : { status: SUCCESS, certificate: outcome.certificate, node }
}

/** Answers KEYS. */
export async function keys(question: Question<'KEYS'>): Promise<Answer<'KEYS'>> {
  const { request, service } = question
  const denial = refused(question, 'keys')
  if (denial !== undefined) return denial
  if (request.rotate) return rotated(question)
  const keyless = request.approve === undefined ? undefined : refusedNode(question, request.approve)
  if (keyless !== undefined) return keyless
  if (request.hosts) return decidedHostKeys(question)
  const { enrolment, granted } = service
  if (enrolment === undefined) return refusal('operation', NO_AUTHORITY)
  const { approve, revoke, passwords } = request
  if (passwords !== undefined) return { status: SUCCESS, keys: [], ...givenFields(granted?.givenTo(passwords)) }
  if (approve === undefined && revoke === undefined)
    return { status: SUCCESS, keys: enrolment.all(service.shown()).map((key) => ({ ...key })) }
  const found = decided(question, enrolment)
  const given = approve === undefined && revoke !== undefined ? givenFields(granted?.givenTo(revoke)) : {}
  return { status: found.length > 0 ? SUCCESS : NOTFOUND, keys: found.map((key) => ({ ...key })), ...given }
}

/** The keys that are approved or revoked now. Both are in the audit log. */
function decided({ request, service }: Question<'KEYS'>, enrolment: Enrolment): readonly NodeKeyReport[] {
  const { approve, revoke, mark, login } = request
  const node = approve ?? revoke ?? 0
  const before = keysText(enrolment.of(node))
  const one = approve === undefined ? undefined : enrolment.approve(approve, mark)
  const found = approve === undefined ? enrolment.revoke(node, mark) : one === undefined ? [] : [one]
  const action = approve === undefined ? 'keys revoke' : 'keys approve'
  const had = approve === undefined ? givenText(service.granted?.givenTo(node)) : ''
  if (found.length > 0) service.audit?.({ action, login, before, after: `${had}${keysText(enrolment.of(node))}` })
  return found
}

/** The keys of a node in words. */
function keysText(all: readonly NodeKeyReport[]): string {
  return all.map(({ node, state, mark }) => `node ${node}: ${state} ${mark}`).join(', ')
}

async function rotated({ service }: Question<'KEYS'>): Promise<Answer<'KEYS'>> {
  if (service.rotate === undefined) return refusal('operation', NO_CERTIFICATE)
  return { status: SUCCESS, keys: [{ ...(await service.rotate()) }] }
}

const NO_CERTIFICATE = 'this daemon asks for no certificate: rotate the key on a node with the setting certificate'

/** Answers NODE_KEYS. */
export function nodeKeys(question: Question<'NODE_KEYS'>): Answer<'NODE_KEYS'> {
  const { request, service } = question
  const denial = refused(question, 'node-keys')
  if (denial !== undefined) return denial
  if (service.enrolment === undefined) return refusal('operation', NO_AUTHORITY)
  const list = service.enrolment.listFor(request.digest)
  return { status: SUCCESS, ...(list !== undefined && { list }) }
}
