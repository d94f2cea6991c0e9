/** The boot stages in a text: what each node line says, and moves to the next step of the sequence, many with one parse of the file. */
import { sortNodeWords } from '../directives/node-line.ts'
import { numberLines } from '../nodes/numbering.ts'
import { readConfig } from '../parser.ts'
import type { Line } from '../text/lexer.ts'
import { type Splice, spliced, textOf, unreported } from './edit.ts'

/** A report that a node has done a stage. */
export interface StageMove {
  readonly number: number
  /** The stage that was done: the file is changed only if that is its stage still. */
  readonly from: string
}

/** What became of a report. */
export type StageOutcome =
  /** The file says now another stage; the line without its line end, as it was and as it is. */
  | {
      readonly kind: 'moved'
      readonly to: string
      readonly line: number
      readonly before: string
      readonly after: string
    }
  /** The file stays as it is, and says this stage: the last step, or another one than was reported. */
  | { readonly kind: 'kept'; readonly stage: string }
  /** The node has no line with a stage, or several. */
  | { readonly kind: 'refused'; readonly reason: string }

/** The stage of a node line, and where the word of it stands or belongs. */
interface WrittenStage {
  readonly line: Line
  readonly steps: readonly string[]
  readonly stage: string
  readonly at: Pick<Splice, 'start' | 'end'>
  /** What stands before the word: a space where the line has none yet. */
  readonly before: '' | ' '
}

/** A text whose stages are known. */
export class StageText {
  readonly bytes: Uint8Array
  readonly #nodes: ReadonlyMap<number, readonly Line[]>

  /** Reads it, once. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    const diagnostics = unreported(bytes)
    const { lines, read } = readConfig(bytes, diagnostics)
    const nodes = new Map<number, Line[]>()
    for (const { number, entry } of numberLines(read, diagnostics).nodes) {
      const line = lines[entry.span.line - 1]
      if (line === undefined) continue
      const others = nodes.get(number)
      if (others === undefined) nodes.set(number, [line])
      else others.push(line)
    }
    this.#nodes = nodes
  }

  /** The stage that the line of a node says, or means where it has none: the first step. Undefined for a node without a sequence, or with several lines. */
  stageOf(number: number): string | undefined {
    const written = this.#written(number)
    return typeof written === 'string' ? undefined : written.stage
  }

  /**
   * The text with each node moved to the next step of its sequence, as `pxe+local pxe` becomes `pxe+local local`, and what became of each
   * move, in their order. The last step stays. The same bytes where nothing moves; every other byte of the text stays.
   */
  moved(moves: readonly StageMove[]): { readonly bytes: Uint8Array; readonly outcomes: readonly StageOutcome[] } {
    const splices = new Map<number, Splice>()
    const outcomes = moves.map(({ number, from }): StageOutcome => {
      const written = this.#written(number)
      if (typeof written === 'string') return { kind: 'refused', reason: written }
      const { line, steps, at, before } = written
      const moved = splices.get(number)
      const stage = moved?.text.trimStart() ?? written.stage
      const to = stage === from && moved === undefined ? stageAfter(steps, stage) : stage
      if (to === stage) return { kind: 'kept', stage }
      const splice = { ...at, text: `${before}${to}` }
      splices.set(number, splice)
      const [was, is] = [textOf(this.bytes, line), textOf(this.bytes, line, splice)]
      return { kind: 'moved', to, line: line.number, before: was, after: is }
    })
    if (splices.size === 0) return { bytes: this.bytes, outcomes }
    const inOrder = [...splices.values()].sort((a, b) => a.start - b.start)
    return { bytes: spliced(this.bytes, inOrder), outcomes }
  }

  /** The stage of a node, or why it has none that can move. */
  #written(number: number): WrittenStage | string {
    const [line, other] = this.#nodes.get(number) ?? []
    if (line === undefined) return `node ${number} has no line of its own`
    if (other !== undefined) return `node ${number} has two lines, ${line.number} and ${other.number}`
    const { sequence, stage } = sortNodeWords(line.words.slice(1))
    if (sequence === undefined) return `the line of node ${number} has no boot sequence`
    const steps = sequence.value.split('+')
    if (stage !== undefined) return { line, steps, stage: stage.value, at: stage, before: '' }
    const at = { start: sequence.end, end: sequence.end }
    return { line, steps, stage: steps[0] ?? '', at, before: ' ' }
  }
}

/** The step of a boot sequence after a stage; the last one stays. Of equal steps the first counts, so that `pxe+pxe` never moves. */
export function stageAfter(steps: readonly string[], stage: string): string {
  const at = steps.indexOf(stage)
  return (at < 0 ? undefined : steps[at + 1]) ?? stage
}
