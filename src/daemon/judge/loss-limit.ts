/** The loss limit, once for masters and nodes: whether so much is lost that somebody should look before it is published or taken. */
import { DATABASE_NAMES, DATABASES, type DatabaseName, type Difference } from '../../resolver/index.ts'
import { counted } from '../../values/index.ts'

/** A database that lost more than the loss limit allows without being forced. */
export interface Loss {
  readonly database: DatabaseName
  /** Records that are gone. */
  readonly lost: number
  /** Records that got another address or id. */
  readonly moved: number
  readonly before: number
}

/** The least number of lost or moved records: below it the share is not looked at. */
const LIMIT_RECORDS = 10
/** The share of a database's records that may be lost or moved, as a divisor. */
const LIMIT_SHARE = 10

/**
 * The loss limit: the databases that were emptied, or of whose records more than a tenth and at least ten are gone or are
 * somebody else now. Only databases whose row says so are looked at.
 */
export function lossesOf(difference: Difference): Loss[] {
  return DATABASE_NAMES.flatMap((database) => {
    const one = difference[database]
    if (one === undefined || !DATABASES[database].loss.counts) return []
    const loss = { database, lost: one.removed, moved: one.moved, before: one.before }
    const count = loss.lost + loss.moved
    return one.isEmptied || (count >= LIMIT_RECORDS && count * LIMIT_SHARE > one.before) ? [loss] : []
  })
}

/** What a change would do, for people: `lose 40 of 100 records of hosts and give 30 of 100 records of passwd another id`. */
export function lossText(losses: readonly Loss[]): string {
  const gone = losses.flatMap(({ database, lost, before }) =>
    lost > 0 ? [`lose ${lost} of ${counted(before, 'record')} of ${database}`] : [],
  )
  const moves = losses.flatMap(({ database, moved, before }) =>
    moved > 0
      ? [`give ${moved} of ${counted(before, 'record')} of ${database} another ${DATABASES[database].loss.moved?.what}`]
      : [],
  )
  return [...gone, ...moves].join(' and ')
}
