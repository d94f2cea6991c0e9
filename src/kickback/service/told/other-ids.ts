/** The accounts of nodes' own files whose ids are not those of the cluster, as the nodes tell of them. */
import type { Asker } from '../../../resolver/index.ts'
import { addressFromBytes, addressKey, type Clock, isLoopback, type Log } from '../../../values/index.ts'
import { type OtherIdReport, type OtherIdsReport, otherIdText } from '../../wire/other-ids.ts'
import { OTHER_IDS_MAX, OTHER_NAME_MAX } from '../../wire/protocol.ts'
import { otherIdsReport } from '../../wire/report-shape.ts'
import { RateLimit } from '../shares/rate-limit.ts'
import { clientText } from './client-text.ts'

/** How changes are logged. */
interface OtherIdsParts {
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** The connection of a node. */
interface Teller {
  readonly asker: Asker
  /** See Client: whether what it says of its machine is not any user's word. */
  readonly isRoot: boolean
}

/**
 * How often is logged: a node that goes back and forth, and a cluster whose nodes all are wrong, fill no log. What is not logged is still in
 * the status.
 */
const LINES = { each: { perSecond: 1 / 600, burst: 4 }, all: { perSecond: 1 / 60, burst: 64 } } as const
/** Of how many machines is remembered what was logged last. */
const LOGGED_MAX = 4096

/** What is to be done about it. */
const WHAT_TO_DO =
  'a node has accounts of its own whose ids are not those of the cluster: give them the ids of the cluster there (usermod -o -u, groupmod -o -g), or remove them'
const MENDED = 'a node has no accounts of its own with other ids any more'

/** What a client told, checked and bounded, in memory of its own. Throws MessageError if it makes no sense. */
export function otherAccounts(told: unknown): OtherIdsReport {
  const { count, accounts } = otherIdsReport(told)
  const named = accounts.slice(0, OTHER_IDS_MAX).map(kept)
  return { count: Math.max(count, named.length), accounts: named }
}

function kept({ kind, name, id, cluster_id: same, cluster_name: owner }: OtherIdReport): OtherIdReport {
  return {
    ...{ kind: clientText(kind, OTHER_NAME_MAX), name: clientText(name, OTHER_NAME_MAX), id },
    ...(same !== undefined && { cluster_id: same }),
    ...(owner !== undefined && { cluster_name: clientText(owner, OTHER_NAME_MAX) }),
  }
}

/** Remembers what each node told last, while it is connected. */
export class OtherIds {
  readonly #parts: OtherIdsParts
  /** By the address of a node: the connection that told last, and what. Nodes without such accounts are not in it. */
  readonly #told = new Map<string, { readonly by: object; readonly ids: OtherIdsReport }>()
  readonly #logged = new Map<string, string>()
  readonly #lines: RateLimit

  constructor(parts: OtherIdsParts) {
    this.#parts = parts
    this.#lines = new RateLimit(parts.clock, LINES.each, LINES.all)
  }

  /** How many nodes told of such accounts. */
  get machines(): number {
    return this.#told.size
  }

  /** What this connection told of; undefined if of none, or if the node told something else since. */
  of(client: Teller): OtherIdsReport | undefined {
    const key = keyOf(client)
    const told = key === undefined ? undefined : this.#told.get(key)
    return told?.by === client ? told.ids : undefined
  }

  /**
   * A node told of its accounts. What comes from a port that every user of a node may take counts for nothing, or any of them could speak for
   * the node; from loopback it counts, where no other machine can come from.
   */
  note(client: Teller, ids: OtherIdsReport, machine: string): void {
    const key = keyOf(client)
    if (key === undefined) return
    if (ids.count === 0) this.#told.delete(key)
    else this.#told.set(key, { by: client, ids })
    this.#tell(machine, ids)
  }

  /** This connection has ended. */
  forget(client: Teller): void {
    const key = keyOf(client)
    if (key !== undefined && this.#told.get(key)?.by === client) this.#told.delete(key)
  }

  /** The log has what is new of a machine, also where it was away meanwhile. */
  #tell(machine: string, { count, accounts }: OtherIdsReport): void {
    const first = accounts.map(otherIdText).join('; ')
    const news = count === 0 ? '' : `${count}: ${first}`
    if (news === (this.#logged.get(machine) ?? '') || !this.#lines.take(machine)) return
    this.#logged.delete(machine)
    if (count > 0) this.#logged.set(machine, news)
    const [oldest] = this.#logged.keys()
    if (this.#logged.size > LOGGED_MAX && oldest !== undefined) this.#logged.delete(oldest)
    if (count === 0) this.#parts.log.info({ machine }, MENDED)
    else this.#parts.log.warn({ machine, accounts: count, first }, WHAT_TO_DO)
  }
}

/** By what a node is remembered; undefined for who speaks for none. */
function keyOf({ asker, isRoot }: Teller): string | undefined {
  if (asker.via !== 'network') return undefined
  const address = addressFromBytes(asker.address)
  return isRoot || isLoopback(address) ? addressKey(address) : undefined
}
