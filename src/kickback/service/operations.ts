/** What is answered to each operation. One function an operation, named by it; all limits of a connection are elsewhere. */
import { inNetgroup, layout, netgroupSteps, type Snapshot } from '../../resolver/index.ts'
import { inTurns, messageOf } from '../../values/index.ts'
import {
  BEAT_SECONDS,
  CHUNK_MAX,
  NODES_MAX,
  type OperationName,
  PROTOCOL_VERSION,
  type Reply,
  STATUSES,
  TEXT_MAX,
} from '../wire/protocol.ts'
import { join, token } from './joining.ts'
import { nameOf, source } from './operations/database.ts'
import { delta } from './operations/delta.ts'
import { enumerate } from './operations/enumeration.ts'
import { hostKeys } from './operations/host-keys.ts'
import { enrol, keys, nodeKeys } from './operations/keys.ts'
import { lookup } from './operations/lookup.ts'
import { grantedBytes, shadow } from './operations/shadow.ts'
import { states } from './operations/states.ts'
import { trust } from './operations/trust.ts'
import { wait } from './operations/wait.ts'
import { alive } from './proofs.ts'
import { type Answer, isRefusal, permitted, type Question, refusal, refused } from './question.ts'
import { clientText } from './told/client-text.ts'
import { machineName } from './told/machine-name.ts'
import { otherAccounts } from './told/other-ids.ts'

/** The answers to each operation. */
export const ANSWERS: {
  readonly [O in OperationName]: (question: Question<O>) => Answer<O> | Promise<Answer<O>>
} = {
  HELLO: hello,
  LOOKUP: lookup,
  ENUMERATE: enumerate,
  INNETGR: innetgr,
  SNAPSHOT: snapshotBytes,
  SUBSCRIBE: subscribe,
  STATUS: status,
  RELOAD: reload,
  ALIVE: alive,
  NODES: nodes,
  JOIN: join,
  TOKEN: token,
  HISTORY: history,
  DELTA: delta,
  TRUST: trust,
  WAIT: wait,
  ENROL: enrol,
  KEYS: keys,
  NODE_KEYS: nodeKeys,
  HOST_KEYS: hostKeys,
  SHADOW: shadow,
  STATES: states,
}

const { SUCCESS, NOTFOUND } = STATUSES
/** The versions that are spoken here, from the least on. */
const VERSIONS: readonly number[] = [PROTOCOL_VERSION]

/** The report of a client is kept only if the client could be a node: if it may fetch the snapshot. */
function hello(question: Question<'HELLO'>): Answer<'HELLO'> {
  const { request, client, service } = question
  if (refused(question, 'snapshot') === undefined) {
    if (request.software !== undefined) client.software = clientText(request.software, TEXT_MAX)
    if (request.generation !== undefined) client.holds(request.generation)
    if (request.other_ids !== undefined) {
      const ids = otherAccounts(request.other_ids)
      service.otherIds?.note(client, ids, machineName(client.asker, service.public.current))
    }
  }
  return {
    status: SUCCESS,
    version: greatestCommon(request.versions),
    generation: service.public.current?.generation ?? 0,
    software: service.software,
    ...(service.tlsPort !== undefined && { tls: service.tlsPort }),
  }
}

/** The greatest version that both speak; if there is none, the one of this side: the client sees that it is alone. */
function greatestCommon(versions: readonly number[]): number {
  return VERSIONS.findLast((version) => versions.includes(version)) ?? PROTOCOL_VERSION
}

/** A large netgroup that was not asked before is made ready while others have their turn. */
function innetgr(question: Question<'INNETGR'>): Answer<'INNETGR'> | Promise<Answer<'INNETGR'>> {
  const snapshot = source(question, 'netgroup')
  if (isRefusal(snapshot)) return snapshot
  const { netgroup, host, user, domain } = question.request
  const triple = {
    host: host === undefined ? undefined : nameOf(host),
    user: user === undefined ? undefined : nameOf(user),
    domain: domain === undefined ? undefined : nameOf(domain),
  }
  const answer = (): Answer<'INNETGR'> => {
    const isIn = inNetgroup(snapshot, nameOf(netgroup), triple)
    return { status: isIn ? SUCCESS : NOTFOUND, generation: snapshot.generation }
  }
  const steps = netgroupSteps(snapshot, nameOf(netgroup))
  return steps.next().done ? answer() : inTurns(steps).then(answer)
}

function snapshotBytes(question: Question<'SNAPSHOT'>): Answer<'SNAPSHOT'> | Promise<Answer<'SNAPSHOT'>> {
  const { kind, generation, offset, length = CHUNK_MAX } = question.request
  const isShadow = kind === layout.KINDS.SHADOW
  if (!isShadow && kind !== layout.KINDS.PUBLIC) return refusal('request', `there are no snapshots of kind ${kind}`)
  if (isShadow && question.client.asker.via === 'network') return grantedBytes(question)
  const generations = isShadow ? question.service.shadow : question.service.public
  const current = permitted(question, isShadow ? 'shadow-snapshot' : 'snapshot', generations)
  if (isRefusal(current)) return current
  const snapshot = generation === undefined ? current : generations.numbered(generation)
  if (snapshot === undefined) return refusal('generation')
  const size = snapshot.bytes.length
  const to = Math.max(offset, Math.min(offset + Math.min(length, CHUNK_MAX), size))
  const isNamed = generation !== undefined
  const isRead = generations.reads(question.client, snapshot, { from: offset, to, isLast: to >= size, isNamed })
  if (!isRead && isNamed) return refusal('generation')
  const part = snapshot.bytes.subarray(offset, to)
  return { status: SUCCESS, data: isRead ? part : new Uint8Array(part), size, generation: snapshot.generation }
}

function subscribe(question: Question<'SUBSCRIBE'>): Answer<'SUBSCRIBE'> {
  const snapshot = permitted(question, 'snapshot', question.service.public)
  if (isRefusal(snapshot)) return snapshot
  const { beat = false } = question.request
  if (!question.client.subscribe(question.id, beat)) return refusal('busy', 'there are too many subscribers')
  return { ...announcement(snapshot), ...(beat && { beat: BEAT_SECONDS }) }
}

/** The announcement of the current generation to a subscriber. */
export function announcement(snapshot: Snapshot): Reply<'SUBSCRIBE'> {
  return { status: SUCCESS, generation: snapshot.generation, digest: snapshot.digest }
}

function status(question: Question<'STATUS'>): Answer<'STATUS'> {
  return refused(question, 'status') ?? { status: SUCCESS, report: { ...question.service.report() } }
}

function nodes(question: Question<'NODES'>): Answer<'NODES'> {
  const { request, service } = question
  const { cursor: after = 0, limit = NODES_MAX, gone = false } = request
  const refusal = refused(question, 'nodes')
  if (refusal !== undefined) return refusal
  const most = Math.min(Math.max(1, limit), NODES_MAX)
  const { nodes, cursor } = gone ? service.departures.page(after, most) : service.nodes(after, most)
  const generation = service.public.current?.generation ?? 0
  return {
    status: SUCCESS,
    nodes: nodes.map((node) => ({ ...node })),
    generation,
    ...(cursor !== undefined && { cursor }),
  }
}

function history(question: Question<'HISTORY'>): Answer<'HISTORY'> | Promise<Answer<'HISTORY'>> {
  const { request, service } = question
  const denial = refused(question, 'history')
  if (denial !== undefined) return denial
  if (service.generations === undefined) return refusal('operation', 'a node keeps no generations: ask its master')
  const generation = service.public.current?.generation ?? 0
  const all = { status: SUCCESS, generations: service.generations().map((one) => ({ ...one })), generation } as const
  if (request.of === undefined || service.difference === undefined) return all
  return service.difference(request.of).then(
    (databases) => ({ ...all, databases: { ...databases } }),
    (error: unknown) => refusal('request', messageOf(error)),
  )
}

function reload(question: Question<'RELOAD'>): Answer<'RELOAD'> | Promise<Answer<'RELOAD'>> {
  const { request, service } = question
  const denial = refused(question, 'reload')
  if (denial !== undefined) return denial
  if (service.reload === undefined) return refusal('reload')
  const { dry_run: dryRun = false, force = false, config, back_to: backTo, release = false } = request
  const { login, records = false, stage_set: stageSet } = request
  if (config !== undefined && !dryRun) return refusal('request', 'config is for a dry run only')
  if (backTo !== undefined && (release || config !== undefined)) {
    return refusal('request', 'back_to reads nothing: it cannot be used with release or config')
  }
  const more = { ...(config !== undefined && { config }), ...(backTo !== undefined && { backTo }) }
  const told = {
    ...(login !== undefined && { login }),
    ...(records && { records }),
    ...(stageSet !== undefined && { stageSet }),
  }
  const options = { dryRun, force, ...more, ...(release && { release }), ...told }
  return service.reload(options).then((report) => ({ status: SUCCESS, report: { ...report } }))
}
