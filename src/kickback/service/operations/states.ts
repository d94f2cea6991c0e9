/** The answer to STATES: how the nodes of the configuration stand, as many as a reply takes, and a cursor for the rest. */
import { DATABASES, isListed, layout, SnapshotError } from '../../../resolver/index.ts'
import type { Fields } from '../../wire/message.ts'
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
  const [wanted, tell, answer] = request.hosts === true ? devicesOf(look) : nodesOf(look)
  const found: Fields[] = []
  let looked = 0
  try {
    for (const { position, record } of snapshot.records('hosts', cursor?.position ?? 0)) {
      if (looked++ === BATCH_MAX) return { ...answer(found), ...success(generation), cursor: { generation, position } }
      const host = DATABASES.hosts.decode(record)
      if (host.kind === wanted && isListed('hosts', record)) found.push(tell(host))
    }
  } catch (error) {
    if (cursor === undefined || !(error instanceof SnapshotError)) throw error
    return refusal('cursor', 'no reply had this cursor: start again')
  }
  return { ...answer(found), ...success(generation) }
}

/** What is looked for: its kind, what is told of one, and the fields of a reply that has these. */
type Wanted = readonly [
  kind: number,
  tell: (host: ReturnType<typeof DATABASES.hosts.decode>) => Fields,
  answer: (found: readonly Fields[]) => { readonly nodes: readonly Fields[]; readonly hosts?: readonly Fields[] },
]

function nodesOf(look: NodeLook): Wanted {
  return [layout.HOST_KINDS.NODE, (host) => ({ ...look.of(host) }), (nodes) => ({ nodes })]
}

function devicesOf(look: NodeLook): Wanted {
  return [layout.HOST_KINDS.HOST, (host) => ({ ...look.device(host) }), (hosts) => ({ nodes: [], hosts })]
}

function success(generation: number) {
  return { status: STATUSES.SUCCESS, generation }
}
