/** The lines before and behind a place of a configuration that holds no error, nearest first. */
import { lineBefore, lineEnd, mustBeLocal } from '../../values/index.ts'
import { buildHost } from '../build.ts'
import type { ClusterHost } from '../cluster.ts'
import type { NodeEntry } from '../entries.ts'
import { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import { SourceText } from '../text/source-text.ts'
import { readStretch, type StretchLine } from './stretch.ts'

/** How many lines are looked at, unless it is said. */
const LINES_MAX = 2000

/** A configuration, and what was read of it. */
export class Neighbours {
  readonly #bytes: Uint8Array
  readonly #domain: string | undefined
  /** How many bytes were read. */
  bytesRead = 0

  constructor(bytes: Uint8Array, domain: string | undefined) {
    this.#bytes = bytes
    this.#domain = domain
  }

  /** The devices of the host lines before a line, as if each line were all of its device. Throws NotLocalError behind so many lines. */
  *hostsBefore(at: number, lines: number): Generator<ClusterHost> {
    yield* hostsOf(this.#before(at, lines))
  }

  /** Those behind it. */
  *hostsBehind(at: number, lines: number): Generator<ClusterHost> {
    yield* hostsOf(this.#behind(at, lines))
  }

  /** What the node lines before a line say. */
  *nodesBefore(at: number): Generator<NodeEntry> {
    yield* nodesOf(this.#before(at))
  }

  /** What those behind it say. */
  *nodesBehind(at: number): Generator<NodeEntry> {
    yield* nodesOf(this.#behind(at))
  }

  /** Where the last node line before a line starts. */
  nodeLineBefore(at: number): number {
    for (const { line, read } of this.#before(at)) if (read?.keyword === 'node') return line.start
    return -1
  }

  *#before(at: number, lines = LINES_MAX): Generator<StretchLine> {
    let end = at
    for (let tried = 0; ; tried++) {
      const start = lineBefore(this.#bytes, end)
      if (start === undefined) return
      mustBeLocal(tried < lines, 'no such line is near the change')
      yield* this.#line(start, end)
      end = start
    }
  }

  *#behind(at: number, lines = LINES_MAX): Generator<StretchLine> {
    let start = at
    for (let tried = 0; start < this.#bytes.length; tried++) {
      mustBeLocal(tried < lines, 'no such line is near the change')
      const end = lineEnd(this.#bytes, start)
      yield* this.#line(start, end)
      start = end
    }
  }

  #line(start: number, end: number): StretchLine[] {
    // What is to be said about it was said: this is not told.
    const diagnostics = new ConfigDiagnostics(new SourceText('', this.#bytes))
    this.bytesRead += end - start
    return readStretch({ bytes: this.#bytes, diagnostics, domain: this.#domain }, { number: 1, start, end })
  }
}

function* hostsOf(lines: Iterable<StretchLine>): Generator<ClusterHost> {
  for (const { read } of lines) {
    if (read?.entry?.kind === 'host' && read.entry.names.length > 0) yield buildHost([read.entry])
  }
}

function* nodesOf(lines: Iterable<StretchLine>): Generator<NodeEntry> {
  for (const { read } of lines) if (read?.entry?.kind === 'node') yield read.entry
}
