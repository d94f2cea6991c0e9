/** The priority of a thread that answers. */
import { createRequire } from 'node:module'
import { getSystemErrorMessage } from 'node:util'
import { type Log, messageOf } from '../../values/index.ts'

/** The module that is built from allocator.c and priority.c: package.json says where it lies. */
const MODULE = '#allocator'
/** The nice value of a thread that answers (sched(7)): the units allow it. */
const NICE = -10

/** Gives the calling thread a nice value and short turns; the error number of the system, or 0. */
type AnswerFirst = (nice: number) => number

/**
 * The calling thread gets a processor before others that work, as a build of the next generation does: an answer takes microseconds, and a turn of theirs
 * milliseconds. It works little, so they lose nothing. Threads and programs that it starts have the usual priority. Where that is not allowed, as for an ordinary
 * user, it answers as others do; that is logged as debug.
 */
export function answerFirst(log: Pick<Log, 'debug'>, load = loadModule): void {
  try {
    const error = load()(NICE)
    if (error !== 0) log.debug({ reason: getSystemErrorMessage(-error) }, NOT_FIRST)
  } catch (error) {
    log.debug({ reason: messageOf(error) }, NOT_FIRST)
  }
}

const NOT_FIRST = `DNS has the priority of other programs: it could not get a nice value of ${NICE}`

function loadModule(): AnswerFirst {
  const { answerFirst } = createRequire(import.meta.url)(MODULE) as { readonly answerFirst?: AnswerFirst }
  if (answerFirst === undefined) throw new Error(`${MODULE} is of an earlier release`)
  return answerFirst
}
