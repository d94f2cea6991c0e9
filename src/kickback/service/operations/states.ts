/** The answer to STATES: how the nodes of the configuration stand, as many as a reply takes, and a cursor for the rest. */
import { DATABASES, layout, SnapshotError } from '../../../resolver/index.ts'
import type { NodeStateReport } from '../../wire/node-messages.ts'
import { BATCH_MAX, STATUSES } from '../../wire/protocol.ts'
import { type Answer, isRefusal, permitted, type Question, refusal } from '../question.ts'
import { NodeLook } from '../states/node-state.ts'

/** Answers STATES. A cursor goes on in its own generation: after a change the client starts again. */
export function states(question: Question<'STATES'>): Answer<'STATES'> {
  const { request, service } = question
  const snapshot = permitted(question, 'nodes', service.public)
  if (isRefusal(snapshot)) return snapshot
  if (service.nodeFacts === undefined) return refusal('operation', 'a node knows no other nodes: ask its master')
  const { cursor } = request
  const { generation } = snapshot
  if (cursor !== undefined && cursor.generation !== generation) return refusal('cursor')
  const look = new NodeLook(service.nodeFacts, snapshot)
  const nodes: NodeStateReport[] = []
  let looked = 0
  try {
    for (const { position, record } of snapshot.records('hosts', cursor?.position ?? 0)) {
      if (looked++ === BATCH_MAX) return { ...answer(nodes, generation), cursor: { generation, position } }
      const host = DATABASES.hosts.decode(record)
      if (host.kind === layout.HOST_KINDS.NODE) nodes.push(look.of(host))
    }
  } catch (error) {
    if (cursor === undefined || !(error instanceof SnapshotError)) throw error
    return refusal('cursor', 'no reply had this cursor: start again')
  }
  return answer(nodes, generation)
}

function answer(nodes: readonly NodeStateReport[], generation: number) {
  return { status: STATUSES.SUCCESS, nodes: nodes.map((node) => ({ ...node })), generation }
}
