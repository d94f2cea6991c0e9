/** Snapshots of configurations and accounts, for tests. */
import { readFileSync } from 'node:fs'
import { type Cluster, parseConfig } from '../../src/config/index.ts'
import { type AccountFiles, type Accounts, readAccounts } from '../../src/resolver/accounts/accounts.ts'
import { publicContents, type Sources } from '../../src/resolver/contents/contents.ts'
import { USUAL_ZONES } from '../../src/resolver/records/entries.ts'
import { buildPublic } from '../../src/resolver/snapshot/builder.ts'
import { Snapshot } from '../../src/resolver/snapshot/snapshot.ts'

/** The domain of every test. */
export const DOMAIN = 'cluster.internal'

/** The cluster of a configuration without errors; throws where there is one. */
export function clusterOf(text: string | Uint8Array): Cluster {
  const { cluster, diagnostics } = parseConfig(typeof text === 'string' ? Buffer.from(text) : text, { domain: DOMAIN })
  const errors = diagnostics.filter((one) => one.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((one) => one.message).join('; '))
  return cluster
}

/** A file of the checkout. */
export function fileOf(path: string): Buffer {
  return readFileSync(new URL(`../../${path}`, import.meta.url))
}

/** Accounts of texts. */
export function accountsOf(texts: { readonly [F in keyof AccountFiles]?: string }): Accounts {
  const bytes = (text: string | undefined): Buffer | undefined => (text === undefined ? undefined : Buffer.from(text))
  return readAccounts({
    passwd: bytes(texts.passwd),
    group: bytes(texts.group),
    shadow: bytes(texts.shadow),
    loginDefs: bytes(texts.loginDefs),
    networks: bytes(texts.networks),
  })
}

/** What a snapshot is made from, of a configuration's text and what else is given. */
export function sourcesOf(config: string | Uint8Array, more: Partial<Sources> = {}): Sources {
  const cluster = clusterOf(config)
  const interfaceAddresses = cluster.interface?.addresses ?? []
  return {
    cluster,
    interfaceAddresses,
    domain: DOMAIN,
    zones: USUAL_ZONES,
    accounts: accountsOf({}),
    accountsComplete: true,
    ...more,
  }
}

/** The snapshot of sources. */
export function snapshotOf(sources: Sources): Snapshot {
  return Snapshot.open(buildPublic(publicContents(sources)))
}

/** The snapshot of a configuration's text. */
export function configured(config: string | Uint8Array, more: Partial<Sources> = {}): Snapshot {
  return snapshotOf(sourcesOf(config, more))
}
