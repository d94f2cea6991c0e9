/** A request of DNS and its reply as the fields of a line in the log of queries. Each text from outside is bounded and printable. */
import { printable } from '../values/index.ts'
import type { Transport } from './answer/responder.ts'
import type { Peer } from './settings.ts'
import { RCODE, TYPE } from './wire/dns2.ts'
import { isFault, readQuery } from './wire/query.ts'

/** To three places: what is faster is as fast. */
const PLACES = 3
const TYPES: ReadonlyMap<number, string> = new Map(Object.entries(TYPE).map(([name, type]) => [type, name]))
const RCODES: ReadonlyMap<number, string> = new Map(Object.entries(RCODE).map(([name, code]) => [Number(code), name]))

/** The fields of a request that took so many milliseconds. `reply` is its reply, a transfer of a zone, or undefined for none. */
export function queryFields(
  request: Uint8Array,
  { peer, transport }: { readonly peer: Peer; readonly transport: Transport },
  reply: unknown,
  ms: number,
): object {
  const query = readQuery(request)
  const asked =
    query === undefined || isFault(query) ? {} : { name: nameText(query.labels), type: typeText(query.type) }
  const id = request.length < 2 ? {} : { id: ((request[0] ?? 0) << 8) | (request[1] ?? 0) }
  const client = `${printable(peer.address)}#${peer.port}`
  return { door: 'dns', client, transport, ...id, ...asked, status: statusText(reply), ms: Number(ms.toFixed(PLACES)) }
}

function nameText(labels: readonly string[]): string {
  return printable(Buffer.from(labels.join('.'), 'latin1')) || '.'
}

function typeText(type: number): string {
  return TYPES.get(type) ?? `TYPE${type}`
}

/** The response code in the header of a reply. */
function statusText(reply: unknown): string {
  if (reply === undefined) return 'none'
  if (!(reply instanceof Uint8Array)) return 'transfer'
  const code = (reply[3] ?? 0) & 15
  return RCODES.get(code) ?? `RCODE${code}`
}
