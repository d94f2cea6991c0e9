/** A directive: its keyword, its usage, and how its words are read. */
import type { Entry } from '../entries.ts'
import type { Arguments } from './arguments.ts'

/** A row of the directive table. The parser, the manual and the tests loop over the rows. */
export interface Directive {
  readonly keyword: string
  /** What follows the keyword, as the manual writes it. */
  readonly arguments: string
  /** May stand on more than one line. */
  readonly repeatable: boolean
  /** False for lines that are known and kept, but not acted on. */
  readonly actedOn: boolean
  /** A few sentences for the manual, with what kickback decides if the guides say nothing. */
  readonly doc: string
  /** A whole line. */
  readonly example: string
  /** Reads the words of a line; undefined if the line has no meaning or can't be used. Reports what is wrong. */
  readonly read: (args: Arguments) => Entry | undefined
}
