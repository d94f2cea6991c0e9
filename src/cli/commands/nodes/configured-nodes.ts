/** The nodes of the configuration as a daemon has them. */
import type { KickbackClient } from '../../../kickback/index.ts'
import { DATABASES, displayed, layout } from '../../../resolver/index.ts'
import { formatAddress } from '../../../values/index.ts'

/** A node of the configuration. */
export interface ConfiguredNode {
  readonly number: number
  readonly name: string
  readonly addresses: readonly string[]
}

/** The nodes of one daemon, which are asked once a generation. */
export class ConfiguredNodes {
  #last: { readonly generation: number | undefined; readonly nodes: readonly ConfiguredNode[] } | undefined

  /** The nodes of this generation, in the order of their numbers. */
  async of(client: KickbackClient, generation: number | undefined): Promise<readonly ConfiguredNode[]> {
    if (this.#last === undefined || this.#last.generation !== generation)
      this.#last = { generation, nodes: await configuredNodes(client) }
    return this.#last.nodes
  }
}

async function configuredNodes(client: KickbackClient): Promise<readonly ConfiguredNode[]> {
  const found: ConfiguredNode[] = []
  for (const record of await client.list('hosts')) {
    const { kind, number, names, addresses } = DATABASES.hosts.decode(record)
    if (kind !== layout.HOST_KINDS.NODE) continue
    found.push({ number, name: displayed(names[0] ?? ''), addresses: addresses.map(formatAddress) })
  }
  return found.sort((a, b) => a.number - b.number)
}
