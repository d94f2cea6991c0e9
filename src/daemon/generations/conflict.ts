/** A conflict between masters in words. */

import type { ConflictReport } from '../../kickback/index.ts'
import { type Address, formatAddress } from '../../values/index.ts'

/** The conflict in a sentence that says what to do. */
export function conflictText({ reason, generation, holders, time, own_time: own }: ConflictReport): string {
  const who = holders.length === 0 ? 'another machine' : holders.join(', ')
  const what =
    reason === 'content'
      ? `other content, ${timeText(time)} (here: ${timeText(own)})`
      : 'a number that is more than a day ahead of the clock'
  return `conflict: ${who} has generation ${generation}, ${what}; no nodes are served. Copy the right files to this machine; or, if the files here are right: kickback reload --force`
}

function timeText(time: number): string {
  return time === 0 ? 'of unknown time' : `written ${new Date(time * 1000).toISOString()}`
}

/** An address or a socket in words, for who holds what. */
export function holderText(kind: 'node' | 'master', address: Address | undefined): string {
  return `${kind} ${address === undefined ? 'on this machine' : formatAddress(address)}`
}
