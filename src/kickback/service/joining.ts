/** The answers by which a node learns the public key of its cluster from a master, and what the log says of them. */
import { masterProof } from '../wire/join.ts'
import { MAC_BYTES, NONCE_BYTES, STATUSES } from '../wire/protocol.ts'
import { TOKEN_LASTS } from './join-tokens.ts'
import { machineName } from './nodes.ts'
import { joiningKey } from './own-keys.ts'
import { type Answer, isRefusal, permitted, type Question, refusal, refused } from './question.ts'

/** What the log says of a token that comes twice. */
const USED_TWICE =
  'a join token was used a second time: if you did not repeat a set-up, somebody has the token, or repeats what was sent with it; check the key of the node that was set up with it'

/** The answer to TOKEN. */
export function token(question: Question<'TOKEN'>): Answer<'TOKEN'> {
  const { joining } = question.service
  const denial = refused(question, 'token')
  if (denial !== undefined) return denial
  if (joining === undefined) return refusal('operation', NO_KEY)
  const made = joining.make()
  if (made === undefined) return refusal('busy', 'there are too many join tokens: wait until some are too old')
  joining.log.info({ lasts: TOKEN_LASTS / 1000 }, 'a join token was made')
  return { status: STATUSES.SUCCESS, token: made, lasts: TOKEN_LASTS / 1000 }
}

const NO_KEY = 'this daemon has no signing key: ask a master'

/** The answer to JOIN. Attempts are counted before anything is computed for them. */
export function join(question: Question<'JOIN'>): Answer<'JOIN'> {
  const { request, client, service } = question
  const { token: id, nonce, proof } = request
  if (nonce.length !== NONCE_BYTES) return refusal('request', `a nonce has ${NONCE_BYTES} bytes`)
  if (id.length !== MAC_BYTES || proof.length !== MAC_BYTES)
    return refusal('request', `token and proof have ${MAC_BYTES} bytes`)
  const permission = permitted(question, 'join', service.public)
  if (isRefusal(permission)) return permission
  const { joining, keys } = service
  if (joining === undefined || keys === undefined) return refusal('operation', NO_KEY)
  if (!joining.mayTry(client)) return refusal('busy', 'too many attempts to join: wait a minute')
  const machine = machineName(client.asker, permission)
  const use = joining.use(id, nonce, proof)
  if (use === 'used') {
    const times = joining.lines.used.times()
    if (times !== undefined) joining.log.error({ machine, times }, USED_TWICE)
    return refusal('token', 'this join token was used before: make a new one; if you did not use it, somebody else did')
  }
  if (use === 'unknown') {
    const times = joining.lines.unknown.times()
    if (times !== undefined) joining.log.info({ machine, times }, 'a join token was refused: it is unknown, or too old')
    return refusal('token')
  }
  joining.log.info({ machine }, 'a join token was used')
  const key = joiningKey(keys, request.lists ?? false)
  return { status: STATUSES.SUCCESS, key, proof: masterProof(use.token, nonce, key) }
}
