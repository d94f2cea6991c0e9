/** The answer to TRUST: the trust list of a master; from root of its machine, a newer one for it. */
import { type Bridge, bridgeFrom, TRUST_LINES_MAX, TrustListError } from '../../../resolver/index.ts'
import { hex } from '../../../values/index.ts'
import { STATUSES } from '../../wire/protocol.ts'
import type { OwnKeys } from '../own-keys.ts'
import { type Answer, type Question, refusal, refused } from '../question.ts'

/** Answers TRUST. */
export function trust(question: Question<'TRUST'>): Answer<'TRUST'> {
  const { request, service } = question
  const denial = refused(question, request.list === undefined ? 'trust' : 'new-trust')
  if (denial !== undefined) return denial
  const { keys } = service
  if (keys === undefined) return refusal('operation', 'this daemon has no signing key: ask a master')
  if ((request.roots?.length ?? 0) > TRUST_LINES_MAX) {
    return refusal('request', `a list has ${TRUST_LINES_MAX} roots at most`)
  }
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
  if (list === undefined) return { status: STATUSES.NOTFOUND }
  const bridge = wantedBridge(keys, request.roots).map(({ bytes }) => bytes)
  return { status: STATUSES.SUCCESS, list: list.bytes, ...(bridge.length > 0 && { bridge }) }
}

/** The lists that lead from one of these roots; all where none is named. Who asks for none gets none. */
function wantedBridge({ list, bridge = [] }: OwnKeys, roots: readonly Uint8Array[] | undefined): Bridge {
  if (list === undefined || roots === undefined) return []
  return roots.length === 0 ? bridge : bridgeFrom(bridge, list, new Set(roots.map(hex)))
}
