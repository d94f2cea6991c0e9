/** The numbers of nodes that lines without one count along to: ipranges each after the one before of their own family. */
import { rangeSize } from '../../values/index.ts'
import type { NumberedNode, NumberedRange, ReadLine } from '../draft.ts'
import type { IpRangeEntry, NodeEntry } from '../entries.ts'
import type { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import type { Span } from '../text/span.ts'
import { MAX_NODE } from './nodeset.ts'

/** Counts the lines of one keyword. After a line that could not be read the count is not known. */
class Counter {
  #next = 0
  #broken: Span | undefined
  readonly #diagnostics: ConfigDiagnostics

  constructor(diagnostics: ConfigDiagnostics) {
    this.#diagnostics = diagnostics
  }

  /** The number of a line; undefined, and reported, if it continues the numbers of a line that could not be read. */
  take(written: number | undefined, span: Span): number | undefined {
    if (written !== undefined) this.#broken = undefined
    if (this.#broken === undefined) return written ?? this.#next
    const related = [{ span: this.#broken, message: 'this is the line with errors' }]
    this.#diagnostics.report('node-unplaced', span, 'this line continues the numbers of a line that has errors', {
      related,
    })
    return undefined
  }

  continueAfter(last: number): void {
    this.#next = last + 1
  }

  lose(span: Span): void {
    this.#broken = span
  }
}

/**
 * Gives the iprange and node lines their numbers. Ranges count on from the one before of their own family. Lines with errors
 * get numbers too, if they can be read: leaving out a
 * line never moves the nodes after it to other numbers.
 */
export function numberLines(
  lines: readonly ReadLine[],
  diagnostics: ConfigDiagnostics,
): { ranges: NumberedRange[]; nodes: NumberedNode[] } {
  const ranges: NumberedRange[] = []
  const nodes: NumberedNode[] = []
  const ofRanges = { 4: new Counter(diagnostics), 6: new Counter(diagnostics) }
  const ofNodes = new Counter(diagnostics)
  for (const { keyword, entry, span } of lines) {
    if (entry?.kind === 'iprange') numberRange(entry, ofRanges[entry.first.family], ranges)
    else if (entry?.kind === 'node') numberNode(entry, ofNodes, nodes, diagnostics)
    else if (keyword === 'iprange') for (const counter of Object.values(ofRanges)) counter.lose(span)
    else if (keyword === 'node') ofNodes.lose(span)
  }
  return { ranges, nodes }
}

function numberRange(entry: IpRangeEntry, counter: Counter, ranges: NumberedRange[]): void {
  const firstNode = counter.take(entry.firstNode, entry.span)
  if (firstNode === undefined) return
  const lastNode = firstNode + Number(rangeSize(entry)) - 1
  counter.continueAfter(lastNode)
  ranges.push({ entry, firstNode, lastNode })
}

function numberNode(entry: NodeEntry, counter: Counter, nodes: NumberedNode[], diagnostics: ConfigDiagnostics): void {
  const number = counter.take(entry.number, entry.span)
  if (number === undefined) return
  counter.continueAfter(number)
  if (number <= MAX_NODE) nodes.push({ entry, number })
  else diagnostics.report('bad-number', entry.span, `this would be node ${number}; the highest is ${MAX_NODE}`)
}
