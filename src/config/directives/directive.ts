/** A directive: its keyword, its usage, and how its words are read. */
import type { Entry } from '../entries.ts'
import type { Arguments } from './arguments.ts'

/** A configuration that shows a directive. */
export interface DirectiveExample {
  /** One sentence; empty where the line says all. */
  readonly does: string
  /** A whole configuration: `check` finds nothing wrong with it. */
  readonly lines: readonly string[]
}

/** A row of the directive table. The parser, the manual and the tests loop over the rows. */
export interface Directive {
  readonly keyword: string
  /** What follows the keyword, as the manual writes it. */
  readonly arguments: string
  /** May stand on more than one line. */
  readonly repeatable: boolean
  /** False for lines that are known and kept, but not acted on. */
  readonly actedOn: boolean
  /** One sentence that says what a line means. */
  readonly summary: string
  /** The rest for the manual, with what kickback decides if the guides say nothing. */
  readonly doc: string
  /** At least one; the first line of this keyword in the first of them is the example of a table. */
  readonly examples: readonly DirectiveExample[]
  /** Reads the words of a line; undefined if the line has no meaning or can't be used. Reports what is wrong. */
  readonly read: (args: Arguments) => Entry | undefined
}

/** A whole line of a directive, as a table shows it. */
export function exampleLine({ keyword, examples }: Directive): string {
  return examples[0]?.lines.find((line) => line.split(' ')[0] === keyword) ?? keyword
}
