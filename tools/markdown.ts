/** Tables and blocks of Markdown. */

/** A table with these heads. */
export function table(heads: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |\n`
  return line(heads) + line(heads.map(() => '---')) + rows.map(line).join('')
}

/** A block of code in a language. */
export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`
}

/** A list of items. */
export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}\n`).join('')
}
