/** HOST_KEYS, and KEYS about ssh host keys: a node tells what keys its sshd has, and root decides on those that changed. */
import { HOST_KEYS_MAX, type HostKey, hostKeyOf } from '../../../resolver/index.ts'
import { STATUSES } from '../../wire/protocol.ts'
import { type Answer, isRefusal, permitted, type Question, refusal } from '../question.ts'
import { type HostKeyDecision, hostKeyReport, hostKeysText } from '../told/host-keys.ts'

const { SUCCESS, NOTFOUND } = STATUSES
const NO_KEYS = 'this daemon keeps no ssh host keys: ask a master'

/** Answers HOST_KEYS. The certificate alone says whose keys they are. What changes what is kept is in the audit log. */
export function hostKeys(question: Question<'HOST_KEYS'>): Answer<'HOST_KEYS'> {
  const { client, service, request } = question
  const snapshot = permitted(question, 'host-keys', service.public)
  if (isRefusal(snapshot)) return snapshot
  const { asker, source } = client
  if (service.hostKeys === undefined) return refusal('operation', NO_KEYS)
  if (asker.via !== 'network' || asker.node === undefined) return refusal('denied')
  const keys = knownKeys(request.keys)
  if (keys === undefined) return refusal('request', NOT_KEYS)
  const { node } = asker
  const told = service.hostKeys.tell(node, keys, source)
  if (told === 'busy') return refusal('busy', 'ssh host keys are told too often: tell them later')
  const action = told.waiting > 0 ? 'keys hosts waiting' : 'keys hosts told'
  if (told.isChanged) service.audit?.({ action, ...texts(node, told) })
  return { status: SUCCESS, waiting: told.waiting }
}

/** Undefined if one of them is no key, or there are too many. */
function knownKeys(all: readonly Uint8Array[]): readonly HostKey[] | undefined {
  if (all.length > HOST_KEYS_MAX) return undefined
  const keys = all.map(hostKeyOf)
  return keys.every((key) => key !== undefined) ? keys : undefined
}

const NOT_KEYS = `at most ${HOST_KEYS_MAX} public ssh host keys are taken, of the types ed25519, ecdsa and rsa`

/** Answers KEYS with `hosts`. Who asks is root of this machine. */
export function decidedHostKeys({ request, service }: Question<'KEYS'>): Answer<'KEYS'> {
  const { approve, revoke, mark, login } = request
  const node = approve ?? revoke
  if (service.hostKeys === undefined) return refusal('operation', NO_KEYS)
  if (node === undefined) return refusal('request', 'hosts needs approve or revoke')
  const isApproved = approve !== undefined
  const made = isApproved ? service.hostKeys.approve(node, mark) : service.hostKeys.refuse(node, mark)
  if (made === undefined) return { status: NOTFOUND, keys: [] }
  service.audit?.({ action: isApproved ? 'keys approve-host' : 'keys refuse-host', login, ...texts(node, made) })
  return { status: SUCCESS, keys: made.after.all.map((key) => ({ ...hostKeyReport(node, key) })) }
}

function texts(node: number, { before, after }: HostKeyDecision): { readonly before: string; readonly after: string } {
  return { before: hostKeysText(node, before), after: hostKeysText(node, after) }
}
