/** The text of kickback.toml with settings changed: one value, or one line for each, and every other byte stays. */
import { endOfLine, parseToml, placeOfNewKey, type TomlLeaf } from './toml.ts'

/** A value that is set: a text, or a list of texts. */
export type NewValue = string | readonly string[] | boolean

/** The text with a setting that is in no table. The text must be TOML. */
export function withSetting(text: string, key: string, value: NewValue): string {
  const leaf = leafOf(text, key)
  if (leaf !== undefined) return `${text.slice(0, leaf.valueAt[0])}${tomlOf(value)}${text.slice(leaf.valueAt[1])}`
  const at = placeOfNewKey(text)
  const before = text.slice(0, at)
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  return `${before}${separator}${key} = ${tomlOf(value)}\n${text.slice(at)}`
}

/** The text without a setting: its whole line goes. The text must be TOML. */
export function withoutSetting(text: string, key: string): string {
  const leaf = leafOf(text, key)
  if (leaf === undefined) return text
  const start = text.lastIndexOf('\n', leaf.keyAt[0] - 1) + 1
  return `${text.slice(0, start)}${text.slice(endOfLine(text, leaf.valueAt[1]))}`
}

function leafOf(text: string, key: string): TomlLeaf | undefined {
  const leaves = parseToml(text)
  return 'message' in leaves ? undefined : leaves.find((leaf) => leaf.key === key)
}

/** JSON's strings and lists are TOML's too. */
function tomlOf(value: NewValue): string {
  return typeof value === 'object' ? `[${value.map((one) => JSON.stringify(one)).join(', ')}]` : JSON.stringify(value)
}
