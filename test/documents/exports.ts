// The lines of exports(5).

/** A client of an exported folder, with its options. */
export interface Export {
  readonly path: string
  readonly client: string
  readonly options: readonly string[]
}

/** The options of exports(5) that a page may use. */
export const OPTIONS = /^(rw|ro|sync|async|no_subtree_check|(no_)?root_squash|all_squash|fsid=\d+|sec=[a-z0-9:]+)$/

/** The exports of lines: each a folder, then clients, each with its options in parentheses at once behind it. Throws where a line is another. */
export function exportsOf(lines: readonly string[]): Export[] {
  return lines.flatMap((line) => {
    const [path = '', ...clients] = line.replace(/\s*#.*/, '').split(/\s+/)
    if (path === '') return []
    if (clients.length === 0) throw new Error(`${line}: no client`)
    return clients.map((word) => {
      const [, client = '', options = ''] = /^([^()]+)\(([^()]*)\)$/.exec(word) ?? []
      if (client === '' || options === '') throw new Error(`${line}: ${word} is not CLIENT(OPTIONS)`)
      return { path, client, options: options.split(',') }
    })
  })
}
