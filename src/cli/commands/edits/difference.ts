/** The difference that an edit makes to a file, as diff -u prints it. */
import { type Edited, pictured } from '../../../config/index.ts'

/** How many lines are shown before and after the one that changes. */
const AROUND = 3

/** The difference as text, safe on a terminal; empty where nothing changes. */
export function differenceText(path: string, before: Uint8Array, { bytes, line }: Edited): string {
  const [old, now] = [linesOf(before), linesOf(bytes)]
  const from = commonStart(old, now, line - 1)
  const kept = Math.min(commonEnd(old, now), old.length - from, now.length - from)
  const [gone, come] = [old.slice(from, old.length - kept), now.slice(from, now.length - kept)]
  if (gone.length === 0 && come.length === 0) return ''
  const head = old.slice(Math.max(0, from - AROUND), from)
  const tail = old.slice(old.length - kept, old.length - kept + AROUND)
  const start = from - head.length + 1
  const range = (count: number): string => `${count === 0 ? start - 1 : start},${count}`
  return [
    `--- ${pictured(path)}`,
    `+++ ${pictured(path)}`,
    `@@ -${range(head.length + gone.length + tail.length)} +${range(head.length + come.length + tail.length)} @@`,
    ...head.map((text) => shown(' ', text)),
    ...gone.map((text) => shown('-', text)),
    ...come.map((text) => shown('+', text)),
    ...tail.map((text) => shown(' ', text)),
    '',
  ].join('\n')
}

/** Lines with their ends, one character a byte. */
function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString('latin1')
    .split(/(?<=\n)/)
    .filter((text) => text !== '')
}

/** How many lines are the same at the start, those before the edited one at most: equal lines beside it are not taken for it. */
function commonStart(old: readonly string[], now: readonly string[], most: number): number {
  let at = 0
  while (at < most && at < old.length && old[at] === now[at]) at++
  return at
}

function commonEnd(old: readonly string[], now: readonly string[]): number {
  let count = 0
  while (count < old.length && count < now.length && old.at(-1 - count) === now.at(-1 - count)) count++
  return count
}

function shown(sign: string, line: string): string {
  const text = pictured(Buffer.from(line.replace(/\r?\n$/, ''), 'latin1').toString('utf8'))
  return line.endsWith('\n') ? `${sign}${text}` : `${sign}${text}\n\\ No newline at end of file`
}
