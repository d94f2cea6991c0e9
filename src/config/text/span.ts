/**
 * A span of the configuration: bytes `start` (included) to `end` (excluded) of the file, all on line `line`.
 * Lines count from 1. The column is worked out by SourceText, only for what is reported.
 */
export interface Span {
  readonly line: number
  readonly start: number
  readonly end: number
}

/** The span from one word to another of the same line. */
export function spanning(first: Span, last: Span): Span {
  return { line: first.line, start: first.start, end: last.end }
}
