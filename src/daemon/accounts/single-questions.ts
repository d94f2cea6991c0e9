/** A question for one account to the services of this machine's name service, in the order and with the actions of nsswitch.conf(5). */
import { actionAfter, type Outcome } from '../../values/index.ts'
import { outcomeOf, withMembers } from './listing.ts'
import type { QuestionKind, ServiceReply } from './service-child.ts'
import type { ServicePoolDoor } from './service-pool.ts'
import type { AccountDatabase, Service } from './services.ts'

/** A key of a database of accounts: a name as a byte string, or an id. */
export type AccountKey = string | number

/** What is asked, and who is counted for it. */
export interface Asked {
  readonly database: AccountDatabase
  readonly key: AccountKey
  readonly asker: string
}

/**
 * The lines that the services have for a key: one of passwd(5) or group(5), or gids; none where all of them say that there is none; and
 * `unknown` where one of them that might have it did not answer.
 */
type Lines = readonly string[] | 'unknown'

/** Asks them, one after the other. Never rejects. `deadline` is that of each, in milliseconds. */
export async function askServices(
  pool: ServicePoolDoor,
  services: readonly Service[],
  { database, key, asker }: Asked,
  deadline: number,
): Promise<Lines> {
  const lines: string[] = []
  for (const service of services) {
    const question = { service: service.name, kind: kindOf(database, key), key: String(key) }
    const reply = await pool.ask(question, deadline, asker)
    const outcome = outcomeOf(service.name, reply)
    // It might have the key: what the services after it say is not the whole truth.
    if (outcome === undefined) return 'unknown'
    if (outcome === 'success') lines.push(...reply.lines)
    if (isLast(database, service, outcome, reply)) break
  }
  return database === 'initgroups' ? lines : merged(lines)
}

function kindOf(database: AccountDatabase, key: AccountKey): QuestionKind {
  if (database === 'initgroups') return 'initgroups'
  return `${database}-${typeof key === 'number' ? 'id' : 'name'}`
}

/** Whether the services after this one are not asked. */
function isLast(database: AccountDatabase, service: Service, outcome: Outcome, { lines }: ServiceReply): boolean {
  if (actionAfter(service, outcome) !== 'return') return false
  return database === 'initgroups' || outcome !== 'success' || lines.length > 0
}

/** The first line, with the members that later ones of the same group add. */
function merged([first, ...others]: readonly string[]): readonly string[] {
  if (first === undefined) return []
  const identity = first.split(':', 3).join(':')
  const same = others.filter((line) => line.split(':', 3).join(':') === identity)
  return [same.reduce(withMembers, first)]
}
