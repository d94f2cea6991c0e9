/** What all stages share: addresses, names, time, the log, text from outside, and the guard around handlers. */
export * from './addresses/index.ts'
export { listenError, listenRemedy } from './addresses/listen-error.ts'
export { ByteBudget, type Keeper } from './byte-budget.ts'
export { commonHead, commonTail } from './changes/common-bytes.ts'
export { type LineEdit, lineBefore, lineEdit, lineEnd, linesIn } from './changes/line-edit.ts'
export { mustBeLocal, NotLocalError } from './changes/not-local.ts'
export {
  type BootClock,
  background,
  bootClock,
  type Clock,
  calledOff,
  chores,
  type Defer,
  dayOf,
  defer,
  loopTimes,
  monotonic,
  monotonicMicroseconds,
  othersTurn,
  type WallClock,
  wallClock,
} from './clock.ts'
export { counted, durationText } from './counted.ts'
export { type DurationCounts, Durations } from './counts/durations.ts'
export { QueryLog } from './counts/query-log.ts'
export { fileMessage, messageOf, systemErrorCode, systemMessage } from './errors.ts'
export { editFile, FileEditError, readRegular } from './files/edited-file.ts'
export { flock, SYSTEM_PATH } from './files/flock.ts'
export { makeFolder, syncFolder, syncFolderSync } from './files/folder.ts'
export { ProgramFile } from './files/program-file.ts'
export {
  createWhole,
  DRAFT,
  removeWhole,
  removeWholeSync,
  replaceWhole,
  writeWhole,
  writeWholeSync,
} from './files/whole-file.ts'
export { foldByte, foldCase } from './fold.ts'
export { HANDLERS } from './handler-list.ts'
export { handlers } from './handlers.ts'
export { hex } from './hex.ts'
export { firstInvisible, type Invisible } from './invisible.ts'
export type { Log } from './log.ts'
export { LogBound } from './log-bound.ts'
export { foldedText } from './names/folded-names.ts'
export { nodeHttp } from './node/http.ts'
export {
  type Action,
  actionAfter,
  afterSuccess,
  endsSearch,
  type Line,
  type Outcome,
  parseLine,
  type Source,
} from './nsswitch-line.ts'
export { printable } from './printable.ts'
export { sleep } from './sleep.ts'
export { countBefore, lastBefore } from './sorted.ts'
export { inBatches } from './turns/batches.ts'
export { atOnce, each, inTurns, STEP, type Steps } from './turns/steps.ts'
export { Turns, type Worker } from './turns/turns.ts'
