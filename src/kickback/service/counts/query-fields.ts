/** A question and its answer as the fields of a line in the log of queries. Each text from outside is bounded and printable. */
import { addressFromBytes, formatAddress, hex, printable } from '../../../values/index.ts'
import { type OperationName, type Request, STATUSES } from '../../wire/protocol.ts'
import type { Question } from '../question.ts'
import { doorName } from './tally.ts'

/** How many characters of a name are logged. */
const NAME_MAX = 80
/** To three places: what is faster is as fast. */
const PLACES = 3

/** What operations ask for, as far as it is told: secrets, as join tokens, are in none of these. */
const ASKED: { readonly [O in OperationName]?: (request: object) => object } = {
  LOOKUP: (request) => {
    const { db, key } = request as Request<'LOOKUP'>
    return { database: printable(db, NAME_MAX), key: keyText(db, key) }
  },
  ENUMERATE: (request) => ({ database: printable((request as Request<'ENUMERATE'>).db, NAME_MAX) }),
  INNETGR: (request) => {
    const { netgroup, host, user } = request as Request<'INNETGR'>
    return { database: 'netgroup', key: printable(netgroup, NAME_MAX), ...named({ host, user }) }
  },
}

/** The fields of a question that took so many milliseconds to answer. `id` is the number that the client gave it: it is in the reply, too. */
export function queryFields<O extends OperationName>(
  operation: O,
  {
    id,
    request,
    client: { asker },
  }: Pick<Question<O>, 'id' | 'request'> & { client: Pick<Question<O>['client'], 'asker'> },
  answer: object,
  ms: number,
): object {
  const isNetwork = asker.via === 'network'
  return {
    door: doorName(asker.via, isNetwork && asker.shown !== undefined),
    ...(isNetwork && { client: formatAddress(addressFromBytes(asker.address)) }),
    id,
    operation,
    ...ASKED[operation]?.(request),
    status: statusText(answer as { readonly status?: number; readonly error?: string }),
    ms: Number(ms.toFixed(PLACES)),
  }
}

function statusText({ status, error }: { readonly status?: number; readonly error?: string }): string {
  if (error !== undefined) return error
  return status === STATUSES.NOTFOUND ? 'notfound' : 'success'
}

/** Keys of bytes are addresses, and MAC addresses; names may be bytes too. */
function keyText(db: string, key: Request<'LOOKUP'>['key']): string {
  if (typeof key === 'number') return String(key)
  if (typeof key === 'string') return printable(key, NAME_MAX)
  if (db === 'hosts' && (key.length === 4 || key.length === 16)) return formatAddress(addressFromBytes(key))
  return db === 'ethers' && key.length === 6 ? hex(key) : printable(key, NAME_MAX)
}

function named(fields: Readonly<Record<string, string | Uint8Array | undefined>>): object {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name, value = '']) => [name, printable(value, NAME_MAX)]))
}
