/** A conflict between masters in words. */

import type { ConflictReport, Place } from '../../kickback/index.ts'

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

/** A master in words, by its address alone: as it is called where it asks us. */
export function masterText(place: Place): string {
  return `master ${'host' in place ? place.host : place.path}`
}
