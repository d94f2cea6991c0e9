/** The terminal that a command prints to, if it is one: how wide it is, and whether it takes colours. */
import { isatty } from 'node:tty'

/** A terminal. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  readonly hasColour: boolean
}

const STDOUT = 1
/** The size of a terminal that does not tell it. */
const USUAL = { columns: 80, rows: 24 } as const

/** The terminal at standard output as it is now; undefined where a pipe or a file is there. NO_COLOR (no-color.org) and a dumb terminal have no colours. */
export function screenHere(environment: Readonly<Record<string, string | undefined>>): Screen | undefined {
  if (!isatty(STDOUT)) return undefined
  const { NO_COLOR: noColour = '', TERM: term = '' } = environment
  const { columns, rows } = process.stdout
  return {
    columns: columns > 0 ? columns : USUAL.columns,
    rows: rows > 0 ? rows : USUAL.rows,
    hasColour: noColour === '' && term !== 'dumb',
  }
}

/** What a colour says. */
export type Tone = 'error' | 'warning' | 'good' | 'label'

/** Parameters of SGR (ECMA-48, 8.3.117). */
const SGR: { readonly [T in Tone]: string } = { error: '1;31', warning: '33', good: '32', label: '1' }

/** The text in the colour of its tone, where the screen has colours. */
export function toned(text: string, tone: Tone | undefined, screen: Screen | undefined): string {
  return tone === undefined || !screen?.hasColour ? text : `\u001b[${SGR[tone]}m${text}\u001b[0m`
}
