/** The answers by which a node learns the public key of its cluster from a master and is let in, and what the log says of them. */
import { isNodeAt, nodeAt, type Snapshot } from '../../resolver/index.ts'
import { formatMac, hex } from '../../values/index.ts'
import { masterProof } from '../wire/join.ts'
import { MAC_BYTES, MARK_BYTES, NONCE_BYTES, STATUSES } from '../wire/protocol.ts'
import { TOKEN_LASTS, type TokenBound } from './join-tokens.ts'
import { joiningKey } from './own-keys.ts'
import { type Answer, isRefusal, permitted, type Question, refusal, refused, refusedNode } from './question.ts'
import { machineName } from './told/machine-name.ts'

/** What the log says of a token that comes twice. */
const USED_TWICE =
  'a join token was used a second time: if you did not repeat a set-up, somebody has the token, or repeats what was sent with it; check the key of the node that was set up with it'
/** What it says of a token that another machine than that which it is for uses. */
const MISPLACED = 'a join token was used by another machine than the one that it was made for: somebody else has it'
const MAC_LENGTH = 6

/** The answer to TOKEN. */
export function token(question: Question<'TOKEN'>): Answer<'TOKEN'> {
  const { service, request } = question
  const { joining } = service
  const denial = refused(question, 'token')
  if (denial !== undefined) return denial
  if (request.page) return pageToken(question)
  if (joining === undefined) return refusal('operation', NO_KEY)
  const { node, mac, login } = request
  const keyless = node === undefined ? undefined : refusedNode(question, node)
  if (keyless !== undefined) return keyless
  if (mac !== undefined && mac.length !== MAC_LENGTH) return refusal('request', 'a MAC address has 6 bytes')
  const bound = { ...(node !== undefined && { node }), ...(mac && { mac }) }
  const made = joining.make(bound)
  if (made === undefined) return refusal('busy', 'there are too many join tokens: wait until some are too old')
  joining.log.info({ lasts: TOKEN_LASTS / 1000, for: boundText(bound) }, 'a join token was made')
  service.audit?.({ action: 'keys token', login, after: boundText(bound) })
  return { status: STATUSES.SUCCESS, token: made, lasts: TOKEN_LASTS / 1000 }
}

/** A token for the page is for whoever answers HTTP here, master or node. */
function pageToken({ service, request }: Question<'TOKEN'>): Answer<'TOKEN'> {
  const made = service.page?.(request.login)
  if (made === undefined) return refusal('operation', NO_PAGE)
  return { status: STATUSES.SUCCESS, ...made }
}

const NO_PAGE =
  'this daemon does not answer HTTP: set http, as to 127.0.0.1:9345, and restart it; if it is set, see the log'
const NO_KEY = 'this daemon has no signing key: ask a master'

/** The answer to JOIN. Attempts are counted before anything is computed for them. */
export function join(question: Question<'JOIN'>): Answer<'JOIN'> {
  const { request, client, service } = question
  const malformed = fault(request)
  if (malformed !== undefined) return refusal('request', malformed)
  const permission = permitted(question, 'join', service.public)
  if (isRefusal(permission)) return permission
  const { joining, keys } = service
  if (joining === undefined || keys === undefined) return refusal('operation', NO_KEY)
  if (!joining.mayTry(client)) return refusal('busy', 'too many attempts to join: wait a minute')
  const machine = machineName(client.asker, permission)
  const { token: id, nonce, proof, node_key: nodeKey } = request
  const use = joining.use({ id, nonce, proof, nodeKey })
  if (use === 'used') {
    alarm(question, machine, USED_TWICE)
    return refusal('token', 'this join token was used before: make a new one; if you did not use it, somebody else did')
  }
  if (use === 'unknown') {
    const times = joining.lines.unknown.times()
    if (times !== undefined) joining.log.info({ machine, times }, 'a join token was refused: it is unknown, or too old')
    return refusal('token')
  }
  if (!isInBounds(question, permission, use.bound)) {
    alarm(question, machine, `${MISPLACED}; it was for ${boundText(use.bound)}`)
    return refusal('token', 'this join token is for another machine: make one for this machine')
  }
  const node = letIn(question, permission, machine)
  joining.log.info({ machine, node }, 'a join token was used')
  const key = joiningKey(keys, request.lists ?? false)
  return {
    ...{ status: STATUSES.SUCCESS, key, proof: masterProof(use.token, nonce, key) },
    ...(node !== undefined && { node }),
  }
}

/** What is wrong with the lengths of the fields of a request. */
function fault({ token, nonce, proof, node_key: nodeKey }: Question<'JOIN'>['request']): string | undefined {
  if (nonce.length !== NONCE_BYTES) return `a nonce has ${NONCE_BYTES} bytes`
  if (token.length !== MAC_BYTES || proof.length !== MAC_BYTES) return `token and proof have ${MAC_BYTES} bytes`
  return nodeKey === undefined || nodeKey.length === MARK_BYTES ? undefined : `a mark has ${MARK_BYTES} bytes`
}

/** Whether who asks is the machine that a token is for. What is not known of it does not fit. */
function isInBounds({ client, service }: Question<'JOIN'>, snapshot: Snapshot, { node, mac }: TokenBound): boolean {
  const { asker } = client
  if (node === undefined && mac === undefined) return true
  if (asker.via !== 'network') return false
  if (node !== undefined && !isNodeAt(snapshot, asker.address, node)) return false
  if (mac === undefined) return true
  const theirs = service.macOf?.(asker.address)
  return theirs !== undefined && Buffer.from(mac).equals(theirs)
}

/**
 * Lets the key of a node in that the token came with; the node. Nobody is let in who is not root of a node: undefined then, and the public key
 * of the cluster is all that the token was good for. Throws what keeping it throws.
 */
function letIn(
  { request, client, service }: Question<'JOIN'>,
  snapshot: Snapshot,
  machine: string,
): number | undefined {
  const { asker, isRoot } = client
  const { enrolment, joining } = service
  if (request.node_key === undefined || enrolment === undefined || asker.via !== 'network') return undefined
  const node = isRoot ? nodeAt(snapshot, asker.address) : undefined
  const mark = hex(request.node_key)
  if (node === undefined || !enrolment.let(node, mark)) {
    joining?.log.error({ machine, mark }, NOT_LET_IN)
    return undefined
  }
  service.audit?.({ action: 'keys token used', after: `node ${node}: ${mark}` })
  return node
}

const NOT_LET_IN =
  'a join token was used, but lets no key in: it was not root of a node that asked, or the key was revoked; see kickback keys list'

/** Somebody may have a token who should not. Whoever has it could cause these lines without end. */
function alarm({ service }: Question<'JOIN'>, machine: string, message: string): void {
  const times = service.joining?.lines.alarm.times()
  if (times === undefined) return
  service.joining?.log.error({ machine, times }, message)
  service.audit?.({ action: 'keys token refused', after: `${machine}: ${message}` })
}

function boundText({ node, mac }: TokenBound): string {
  const parts = [...(node === undefined ? [] : [`node ${node}`]), ...(mac === undefined ? [] : [formatMac(mac)])]
  return parts.length === 0 ? 'any node' : parts.join(', ')
}
