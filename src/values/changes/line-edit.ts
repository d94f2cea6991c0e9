/** The lines in which two versions of a file differ. */
import { commonHead, commonTail } from './common-bytes.ts'

const NEWLINE = 10

/** Lines in place of others: everything before and behind them is the same in both versions. All offsets are starts of lines, or the end. */
export interface LineEdit {
  /** Where they begin, in both. */
  readonly start: number
  /** Where they end in the version of before, and in that of now. */
  readonly oldEnd: number
  readonly newEnd: number
}

/** The first and the last lines that differ, and what is between. Takes a comparison of the bytes. */
export function lineEdit(before: Uint8Array, after: Uint8Array): LineEdit {
  const head = commonHead(before, after)
  if (head === before.length && head === after.length) return { start: head, oldEnd: head, newEnd: head }
  const start = head === 0 ? 0 : before.lastIndexOf(NEWLINE, head - 1) + 1
  const tail = commonTail(before.subarray(start), after.subarray(start))
  const [oldEnd, newEnd] = [before.length - tail, after.length - tail]
  const isStart = (bytes: Uint8Array, at: number): boolean => at === start || bytes[at - 1] === NEWLINE
  if (isStart(before, oldEnd) && isStart(after, newEnd)) return { start, oldEnd, newEnd }
  const newline = before.indexOf(NEWLINE, oldEnd)
  const more = newline < 0 ? tail : newline + 1 - oldEnd
  return { start, oldEnd: oldEnd + more, newEnd: newEnd + more }
}

/** How many lines begin in these bytes: each but the last one has a newline. */
export function linesIn(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let count = 0
  for (let i = start; i < end; i++) if (bytes[i] === NEWLINE) count++
  return end > start && bytes[end - 1] !== NEWLINE ? count + 1 : count
}

/** Where the line starts that ends before `at`, which is the start of a line; undefined at the start of the file. */
export function lineBefore(bytes: Uint8Array, at: number): number | undefined {
  return at === 0 ? undefined : at === 1 ? 0 : bytes.lastIndexOf(NEWLINE, at - 2) + 1
}

/** Where the line ends that starts at `at`, its newline included. */
export function lineEnd(bytes: Uint8Array, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at)
  return newline < 0 ? bytes.length : newline + 1
}
