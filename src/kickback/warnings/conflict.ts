/** A conflict between masters in words. */
import type { ConflictReport } from '../wire/report.ts'

/** How many digits of a digest tell contents apart for people. */
export const DIGEST_SHOWN = 12

/** The conflict, and what to do, as two sentences without their first capital. */
export function conflictWords(conflict: ConflictReport): { readonly text: string; readonly remedy: string } {
  if (conflict.reason === 'restored') return restoredWords(conflict.time)
  const { reason, generation, holders, digest, time, own_time: ownTime, own_digest: ownDigest } = conflict
  const who = holders.length === 0 ? 'another machine' : holders.join(', ')
  const [theirs, ours] = [digest, ownDigest].map((one) => one.slice(0, DIGEST_SHOWN))
  const what =
    reason === 'content'
      ? `other content, digest ${theirs}, ${writtenText(time)} (here: digest ${ours}, ${writtenText(ownTime)})`
      : 'a number that is more than a day ahead of the clock'
  return {
    text: `${who} has generation ${generation}, ${what}; no nodes are served`,
    remedy: 'copy the right files to this machine; or, if the files here are right: kickback reload --force',
  }
}

/** The conflict in one line that says what to do, for the log. */
export function conflictText(conflict: ConflictReport): string {
  const { text, remedy } = conflictWords(conflict)
  return `conflict: ${text}. ${remedy.slice(0, 1).toUpperCase()}${remedy.slice(1)}`
}

function restoredWords(time: number): { readonly text: string; readonly remedy: string } {
  const backup = time === 0 ? 'a backup' : `a backup of ${new Date(time * 1000).toISOString()}`
  return {
    text: `this master was restored from ${backup}, and no other master and no node was met since; no nodes are served`,
    remedy: 'this ends by itself once one is met that has nothing newer; or, if there is none: kickback reload --force',
  }
}

/** When the newest source of a content was written, in seconds since 1970, in words; 0: nobody knows. */
export function writtenText(time: number): string {
  return time === 0 ? 'of unknown time' : `written ${new Date(time * 1000).toISOString()}`
}
