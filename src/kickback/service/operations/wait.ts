/** The answer to WAIT: which nodes are in step, once all are or the time is over. */
import { parseNodeSet } from '../../../config/index.ts'
import { hex } from '../../../values/index.ts'
import { STATUSES, WAIT_MAX } from '../../wire/protocol.ts'
import { type Answer, isRefusal, permitted, type Question, refusal } from '../question.ts'
import { WAITS_MAX } from '../waits/waits.ts'

/** Answers WAIT. */
export function wait(question: Question<'WAIT'>): Answer<'WAIT'> | Promise<Answer<'WAIT'>> {
  const { request, client, service } = question
  const snapshot = permitted(question, 'nodes', service.public)
  if (isRefusal(snapshot)) return snapshot
  if (service.role !== 'master')
    return refusal('operation', 'a node does not know what other nodes have: ask its master')
  const { nodes = 'all', generation = snapshot.generation, seconds } = request
  const set = parseNodeSet(nodes)
  if (set === undefined) return refusal('request', 'that is not a set of nodes')
  if (seconds > WAIT_MAX) return refusal('request', `a wait is ${WAIT_MAX} seconds at most`)
  if (service.waits.size >= WAITS_MAX) return refusal('busy', 'there are too many waits')
  const digest = generation === snapshot.generation ? hex(snapshot.digest) : undefined
  const target = { generation, digest }
  return service.waits.wait({ client, snapshot, set, target, seconds }).then((standing) => {
    if ('unknown' in standing) return refusal('request', `there is no node ${standing.unknown}`)
    return { status: STATUSES.SUCCESS, ...standing }
  })
}
