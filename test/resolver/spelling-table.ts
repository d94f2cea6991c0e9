/** test/fixtures/spellings.tsv, and the snapshots that its names are asked of. */
import { readFileSync } from 'node:fs'
import { parseConfig } from '../../src/config/index.ts'
import { buildPublic, publicContents, readAccounts, Snapshot } from '../../src/resolver/index.ts'

const FIXTURES = new URL('../fixtures/', import.meta.url)

/** The domain that the table's names are written for. */
export const DOMAIN = 'cluster.internal'

/** One line: what a name means in a config. `meaning` is a canonical name, NOTFOUND, MASTER or SELF. */
export interface Spelling {
  readonly config: string
  readonly name: string
  readonly meaning: string
}

/** Every line of the table; names are byte strings. */
export function spellings(): Spelling[] {
  const lines = readFileSync(new URL('spellings.tsv', FIXTURES), 'latin1').split('\n')
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [config = '', name = '', meaning = ''] = line.split('\t')
      return { config, name, meaning }
    })
}

/** The snapshot of one of the table's configs, without accounts. Throws where the config has an error. */
export function spellingSnapshot(config: string): Snapshot {
  const parsed = parseConfig(readFileSync(new URL(`spellings/${config}.config`, FIXTURES)), { domain: DOMAIN })
  const errors = parsed.diagnostics.filter((one) => one.severity === 'error')
  if (errors.length > 0) throw new Error(`${config}: ${errors.map((one) => one.message).join('; ')}`)
  const { cluster } = parsed
  const accounts = readAccounts({ passwd: undefined, group: undefined })
  const sources = {
    cluster,
    interfaceAddress: cluster.interface?.address,
    domain: DOMAIN,
    accounts,
    accountsComplete: true,
  }
  return Snapshot.open(buildPublic(publicContents(sources)))
}
