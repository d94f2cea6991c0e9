/**
 * A listing: all users or groups that this machine's own name service lists, as the text of passwd(5) or group(5). Comments before the
 * entries say how many each service gave, and which services cannot be listed.
 */
import type { Lookups } from '../../resolver/index.ts'
import { type Action, actionAfter, type Outcome } from '../../values/index.ts'
import type { ServiceReply } from './service-child.ts'
import type { ServicePoolDoor } from './service-pool.ts'
import type { Service } from './services.ts'

/** What a listing is asked with. */
interface ListingOrder {
  readonly database: 'passwd' | 'group'
  readonly services: readonly Service[]
  readonly lookups: Lookups
  /** How long one service has, in milliseconds. */
  readonly deadline: number
}

/** What a listing begins with. */
const HEAD = '# listed by '
/** The comment that says that there are entries which are not listed. */
const PARTIAL = '# not all are listed: '
/** Services of the machine itself: those of systemd(1) and nss_db are not there where they do not answer, and are never elsewhere. */
const LOCAL: ReadonlySet<string> = new Set(['files', 'compat', 'db', 'systemd'])
/** Those of them that may be missing on a machine that names them. */
const OPTIONAL: ReadonlySet<string> = new Set(['db', 'systemd'])

/** A service that did not answer: a listing without it would lose its accounts. The message names it. */
class ServiceError extends Error {
  override readonly name = 'ServiceError'
}

/** What is known of a reply of any service: the outcome by which nsswitch.conf(5) goes on; undefined where nobody knows what it has. */
export function outcomeOf(service: string, { status }: ServiceReply): Outcome | undefined {
  switch (status) {
    case 'found':
      return 'success'
    case 'absent':
    case 'missing':
      return 'notfound'
    case 'unavail':
      return OPTIONAL.has(service) ? 'notfound' : undefined
    default:
      return undefined
  }
}

/** Lists a database. Rejects with ServiceError if a service did not list all that it has. */
export async function listing(pool: ServicePoolDoor, order: ListingOrder): Promise<string> {
  const merged = new Listed()
  for (const service of order.services) {
    const { name } = service
    const reply = await pool.ask({ service: name, kind: order.database }, order.deadline)
    if (outcomeOf(name, reply) === undefined) throw new ServiceError(noListing(name, reply, order.deadline))
    merged.add(name, reply.lines, order.database === 'group' ? actionAfter(service, 'success') : 'return')
    if (actionAfter(service, 'notfound') === 'return') break
  }
  return merged.text(order.lookups)
}

/** Whether a text is a listing: not that of a file, which was kept when accounts came from files. */
export function isListing(text: Uint8Array): boolean {
  return Buffer.from(text.buffer, text.byteOffset, text.length).subarray(0, HEAD.length).equals(Buffer.from(HEAD))
}

/** Whether there are accounts that a listing has not. `text` is that of a listing, as bytes. */
export function isPartial(text: Uint8Array): boolean {
  return Buffer.from(text.buffer, text.byteOffset, text.length).includes(`\n${PARTIAL}`)
}

/** Why a service did not list, for people. */
function noListing(service: string, { status, reason }: ServiceReply, deadline: number): string {
  if (reason !== undefined) return `the service ${service} of nsswitch.conf cannot be asked: ${reason}`
  if (status === 'late') return `the service ${service} of nsswitch.conf did not answer within ${deadline / 1000} s`
  return `the service ${service} of nsswitch.conf is not available (${status})`
}

/** The entries of one service after the other. */
class Listed {
  readonly #lines: string[] = []
  readonly #counts: string[] = []
  readonly #unlisted: string[] = []
  /** Where the lines of groups stand that later services add members to, by name and gid. */
  readonly #growing = new Map<string, number>()

  add(service: string, lines: readonly string[], afterSuccess: Action): void {
    this.#counts.push(`${service} ${lines.length}`)
    if (lines.length === 0 && !LOCAL.has(service)) this.#unlisted.push(service)
    for (const line of lines) {
      const identity = identityOf(line)
      const at = this.#growing.get(identity)
      const earlier = at === undefined ? undefined : this.#lines[at]
      if (at !== undefined && earlier !== undefined) this.#lines[at] = withMembers(earlier, line)
      else {
        if (afterSuccess === 'merge') this.#growing.set(identity, this.#lines.length)
        this.#lines.push(line)
      }
    }
  }

  text(lookups: Lookups): string {
    const isWhole = lookups === 'never' || (lookups === 'auto' && this.#unlisted.length === 0)
    const partial = this.#unlisted.length > 0 ? this.#unlisted.join(', ') : 'a setting says so'
    const head = [`${HEAD}${this.#counts.join(', ')}`, ...(isWhole ? [] : [PARTIAL + partial])]
    return [...head, ...this.#lines].map((line) => `${line}\n`).join('')
  }
}

/** The name and the id of a line. */
function identityOf(line: string): string {
  const [name = '', , id = ''] = line.split(':', 3)
  return `${name}:${id}`
}

/** A line of a group with the members of another one besides, each once: as the C library merges them. */
export function withMembers(line: string, other: string): string {
  const membersOf = (text: string): string[] => text.slice(text.lastIndexOf(':') + 1).split(',')
  const members = new Set([...membersOf(line), ...membersOf(other)].filter((name) => name !== ''))
  return `${line.slice(0, line.lastIndexOf(':') + 1)}${[...members].join(',')}`
}
