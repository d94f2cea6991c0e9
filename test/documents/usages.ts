// The commands of kickback that a script of a page calls.
import { COMMANDS } from '../../src/cli/synopsis.ts'

const NAMES: ReadonlySet<string> = new Set(COMMANDS.map(({ name }) => name))

/** `kickback`, behind what begins a command, a quote, or a blank. */
const CALL = /(^|[\n|;&(]\s*|['"]|[ \t])(?:bin\/)?kickback(?=[ \t]|$)/g

/** The words of each call of kickback, without its own name; a comment and a redirection end a call. */
export function usagesOf(script: string): string[][] {
  const text = script.replaceAll(/\\\n\s*/g, ' ').replaceAll(/(^|\s)#.*/gm, '$1')
  return Array.from(text.matchAll(CALL)).flatMap((call) => {
    const words = wordsFrom(text, call.index + call[0].length)
    const isCommand = !/^[ \t'"]$/.test(call[1] ?? '')
    return (isCommand && words.length > 0) || NAMES.has(words[0] ?? '') ? [words] : []
  })
}

/** The words from a place up to the end of their command. */
function wordsFrom(text: string, start: number): string[] {
  const word = /[ \t]+(?:'([^']*)'|"([^"]*)"|([^\s'"|;&()<>]+))/y
  word.lastIndex = start
  const words: string[] = []
  for (let found = word.exec(text); found !== null; found = word.exec(text))
    words.push(found[1] ?? found[2] ?? found[3] ?? '')
  return words
}
