/** The priority of a thread that answers. */
import { createRequire } from 'node:module'
import { getPriority } from 'node:os'
import { getSystemErrorMessage } from 'node:util'
import { type Log, loopTimes, messageOf } from '../../values/index.ts'

/** The module that is built from allocator.c and priority.c: package.json says where it lies. */
const MODULE = '#allocator'
/** The nice value of a thread that answers (sched(7)): the units allow it. */
const NICE = -10
/** Who works for this part of the time works for most of it. */
const MOST = 0.8

/** Gives the calling thread a nice value and short turns; the error number of the system, or 0. */
type AnswerFirst = (nice: number) => number

/**
 * The calling thread gets a processor before others that work, as a build of the next generation does: an answer takes microseconds, and a turn of theirs
 * milliseconds. Threads and programs that it starts have the usual priority. Where that is not allowed, as for an ordinary user, it answers as others do; that is
 * logged as debug. What comes back is to be called about once a second: a thread that works for most of the time has the usual priority until it does not any more. Or
 * whoever sends requests without end would take the processor from all other programs of the machine. `worked` tells which part of the time it worked since the last call.
 */
export function answerFirst(
  log: Pick<Log, 'debug'>,
  load = loadModule,
  worked: () => number = partWorked(),
): () => void {
  const set = (nice: number, give: AnswerFirst): boolean => {
    const error = give(nice)
    if (error !== 0) log.debug({ reason: getSystemErrorMessage(-error) }, NOT_FIRST)
    return error === 0
  }
  try {
    const give = load()
    const usual = getPriority()
    let isFirst = set(NICE, give)
    let mayBe = isFirst
    return () => {
      const isWanted = worked() < MOST
      if (!mayBe || isWanted === isFirst) return
      // Who has given up the rights of root meanwhile keeps the usual one.
      mayBe = set(isWanted ? NICE : usual, give)
      isFirst = isWanted && mayBe
    }
  } catch (error) {
    log.debug({ reason: messageOf(error) }, NOT_FIRST)
    return () => {}
  }
}

const NOT_FIRST = `DNS has the priority of other programs: it could not get a nice value of ${NICE}`

/** Tells which part of the time this thread worked since it was asked last. */
function partWorked(): () => number {
  let before = loopTimes()
  return () => {
    const now = loopTimes()
    const [active, idle] = [now.active - before.active, now.idle - before.idle]
    before = now
    return active / Math.max(active + idle, Number.MIN_VALUE)
  }
}

function loadModule(): AnswerFirst {
  const { answerFirst } = createRequire(import.meta.url)(MODULE) as { readonly answerFirst?: AnswerFirst }
  if (answerFirst === undefined) throw new Error(`${MODULE} is of an earlier release`)
  return answerFirst
}
