/** test/fixtures/spellings.tsv, and the snapshots that its names are asked of. */
import type { Snapshot } from '../../../src/resolver/index.ts'
import { configured, fileOf } from '../configs.ts'

/** One line: what a name means in a config. `meaning` is a canonical name, NOTFOUND, MASTER or SELF. */
export interface Spelling {
  readonly config: string
  readonly name: string
  readonly meaning: string
}

/** Every line of the table; names are byte strings. */
export function spellings(): Spelling[] {
  const lines = fileOf('test/fixtures/spellings.tsv').toString('latin1').split('\n')
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [config = '', name = '', meaning = ''] = line.split('\t')
      return { config, name, meaning }
    })
}

/** The snapshot of one of the table's configs, without accounts. Throws where the config has an error. */
export function spellingSnapshot(config: string): Snapshot {
  return configured(fileOf(`test/fixtures/spellings/${config}.config`))
}
