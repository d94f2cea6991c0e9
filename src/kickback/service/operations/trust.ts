/** The answer to TRUST: the trust list of a master; from root of its machine, a newer one for it. */
import { TrustListError } from '../../../resolver/index.ts'
import { STATUSES } from '../../wire/protocol.ts'
import { type Answer, type Question, refusal, refused } from '../question.ts'

/** Answers TRUST. */
export function trust(question: Question<'TRUST'>): Answer<'TRUST'> {
  const { request, service } = question
  const denial = refused(question, request.list === undefined ? 'trust' : 'new-trust')
  if (denial !== undefined) return denial
  const { keys } = service
  if (keys === undefined) return refusal('operation', 'this daemon has no signing key: ask a master')
  if (request.list !== undefined) {
    if (keys.take === undefined) return refusal('operation', 'this daemon takes no trust list')
    try {
      keys.take(request.list, { action: request.action ?? 'trust list', login: request.login })
    } catch (error) {
      if (error instanceof TrustListError) return refusal('request', error.message)
      throw error
    }
  }
  const { list } = keys
  return list === undefined ? { status: STATUSES.NOTFOUND } : { status: STATUSES.SUCCESS, list: list.bytes }
}
