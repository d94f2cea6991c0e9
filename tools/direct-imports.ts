/**
 * Imports that name files in place of the index of a folder. A bundler that splits a program takes a file into what a command loads
 * as soon as any command uses it through an index that both read: a query would load the server.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where an exported thing is made. The name `*` is the whole module. */
interface Origin {
  readonly file: string
  readonly name: string
}

const LOCAL = /^export (?:async )?(?:function\*?|class|const|let) (\w+)/gm
const LOCAL_LIST = /^export \{([^}]*)\};/gm
const LIST_OF_ANOTHER = /^export \{([^}]*)\} from '(\.[^']*)';/gm
const ALL_OF_ANOTHER = /^export \*(?: as (\w+))? from '(\.[^']*)';/gm
const FROM_INDEX = /^(import|export) \{([^}]*)\} from '(\.[^']*\bindex\.js)';/gm

/** The pairs of a list in braces: what a thing is called there, and here. */
function pairs(list: string): [string, string][] {
  const names = list.split(',').map((name) => name.trim())
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const [there = '', here = there] = name.split(/ as /)
      return [there, here]
    })
}

/** Reads what compiled modules export. */
export class DirectImports {
  readonly #exports = new Map<string, ReadonlyMap<string, Origin>>()

  /** The text of a module with its imports out of an index replaced by imports out of the files behind it. */
  rewritten(file: string, text: string): string {
    return text.replace(FROM_INDEX, (_, keyword: string, list: string, path: string) => {
      const index = join(dirname(file), path)
      return pairs(list)
        .map(([there, here]) => this.#statement(keyword, this.#origin(index, there), here))
        .join(' ')
    })
  }

  #statement(keyword: string, { file, name }: Origin, here: string): string {
    if (name === '*') return `${keyword} * as ${here} from '${file}';`
    return `${keyword} { ${name} as ${here} } from '${file}';`
  }

  /** Where a thing is made that a file exports; the file itself where that can't be read. */
  #origin(file: string, name: string): Origin {
    return this.#exportsOf(file).get(name) ?? { file, name }
  }

  /** All that a file exports, and where each is made. */
  #exportsOf(file: string): ReadonlyMap<string, Origin> {
    const known = this.#exports.get(file)
    if (known !== undefined) return known
    const text = readFileSync(file, 'utf8')
    const found = new Map<string, Origin>()
    for (const [, name = ''] of text.matchAll(LOCAL)) found.set(name, { file, name })
    for (const [, list = ''] of text.matchAll(LOCAL_LIST))
      for (const [, here] of pairs(list)) found.set(here, { file, name: here })
    for (const [, list = '', path = ''] of text.matchAll(LIST_OF_ANOTHER))
      for (const [there, here] of pairs(list)) found.set(here, this.#origin(join(dirname(file), path), there))
    for (const [, space, path = ''] of text.matchAll(ALL_OF_ANOTHER)) {
      const another = join(dirname(file), path)
      if (space !== undefined) found.set(space, { file: another, name: '*' })
      else for (const [name, origin] of this.#exportsOf(another)) found.set(name, origin)
    }
    this.#exports.set(file, found)
    return found
  }
}
