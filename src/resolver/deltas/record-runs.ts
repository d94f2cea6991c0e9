/** The records that two versions of a section have in common, in runs of neighbours. */

/** A record's place in its section, in bytes. */
interface Extent {
  readonly at: number
  readonly length: number
}

/** Bytes that are the same in both: where they start in each section, and how many. */
export interface Run {
  readonly from: number
  readonly to: number
  readonly length: number
}

/** One version of a section of records. */
export interface RecordSection {
  /** The section's bytes. */
  readonly bytes: Uint8Array
  /** Its records in order. */
  readonly records: readonly Extent[]
}

/**
 * Which bytes of `after` are in `before`, in the order of `after`. The records at the start and at the end that are the same cost a
 * comparison each; those between are found by their bytes, wherever they were.
 */
export function recordRuns(before: RecordSection, after: RecordSection): readonly Run[] {
  const { head, tail } = common(before, after)
  const runs = new Runs()
  for (let i = 0; i < head; i++) runs.add(before.records[i], after.records[i])
  addMiddle(runs, before, after, head, tail)
  for (let i = tail; i > 0; i--) {
    runs.add(before.records[before.records.length - i], after.records[after.records.length - i])
  }
  return runs.all
}

/** The runs so far: what lies side by side in both is one. */
class Runs {
  readonly all: Run[] = []

  add(from: Extent | undefined, to: Extent | undefined): void {
    if (from === undefined || to === undefined) return
    const last = this.all.at(-1)
    if (last !== undefined && last.from + last.length === from.at && last.to + last.length === to.at) {
      this.all[this.all.length - 1] = { ...last, length: last.length + to.length }
      return
    }
    this.all.push({ from: from.at, to: to.at, length: to.length })
  }
}

/** How many records at the start, and how many behind those at the end, are the same. */
function common(before: RecordSection, after: RecordSection): { readonly head: number; readonly tail: number } {
  const [was, is] = [before.records, after.records]
  const shorter = Math.min(was.length, is.length)
  let head = 0
  while (head < shorter && isSame(before, was[head], after, is[head])) head++
  let tail = 0
  while (tail < shorter - head && isSame(before, was[was.length - 1 - tail], after, is[is.length - 1 - tail])) {
    tail++
  }
  return { head, tail }
}

/** The records between: each after the one before it where it was so, else wherever one with its bytes was. */
function addMiddle(runs: Runs, before: RecordSection, after: RecordSection, head: number, tail: number): void {
  const was = before.records.slice(head, before.records.length - tail)
  const is = after.records.slice(head, after.records.length - tail)
  if (was.length === 0 || is.length === 0) return
  const places = new Map(was.map((record, i) => [textOf(before, record), i]))
  let next = 0
  for (const record of is) {
    if (!isSame(before, was[next], after, record)) {
      const place = places.get(textOf(after, record))
      if (place === undefined) continue
      next = place
    }
    runs.add(was[next], record)
    next++
  }
}

function isSame(before: RecordSection, was: Extent | undefined, after: RecordSection, is: Extent | undefined): boolean {
  if (was === undefined || is === undefined || was.length !== is.length) return false
  return Buffer.compare(bytesOf(before, was), bytesOf(after, is)) === 0
}

function bytesOf({ bytes }: RecordSection, { at, length }: Extent): Uint8Array {
  return bytes.subarray(at, at + length)
}

function textOf(section: RecordSection, record: Extent): string {
  const { buffer, byteOffset, length } = bytesOf(section, record)
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}
