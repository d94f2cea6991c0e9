/** What a master's accounts come from, put together: its sources, the listings that were kept, and the processes that it asks. */
import type { Snapshot } from '../../resolver/index.ts'
import { background, type Log, monotonic } from '../../values/index.ts'
import { KeptSources } from '../sources/kept-sources.ts'
import type { Source, SourceContent, SourceName, Sources } from '../sources/source.ts'
import type { SourcePaths } from '../sources/source-file.ts'
import { StoreAfterStart } from '../sources/store-after-start.ts'
import { AccountLookups, exportedOf } from './account-lookups.ts'
import { type AccountRules, type AccountSettings, exportRules, FROM_FILES } from './account-settings.ts'
import { accountSources, originsOf, servicePool, serviceSwitch } from './account-sources.ts'
import type { AccountAnswer } from './answers-kept.ts'
import { isListing } from './listing.ts'
import type { ServicePool } from './service-pool.ts'

/** The settings that it is made by. */
interface MasterAccountsSettings {
  readonly sources: SourcePaths
  readonly rules: AccountRules
  readonly stateDir: string
}

/** What a master has now. */
interface ServedContents {
  /** What is served. */
  readonly served: () => Snapshot | undefined
  /** The last good contents of the sources; undefined if there are none. */
  readonly good: () => Promise<Sources | undefined>
}

/** The accounts of a master. */
export class MasterAccounts {
  readonly sources: Readonly<Record<SourceName, Source>>
  readonly #paths: SourcePaths
  readonly #accounts: AccountSettings
  /** The last good contents of the sources, over a restart. */
  readonly kept: StoreAfterStart
  readonly #kept: KeptSources
  readonly #pool: ServicePool
  readonly #lookups: AccountLookups

  constructor({ sources: paths, rules, stateDir }: MasterAccountsSettings, log: Log, { served, good }: ServedContents) {
    const { accounts = FROM_FILES } = rules
    const exported = exportRules(rules)
    const services = serviceSwitch(accounts, background, log)
    this.#paths = paths
    this.#accounts = accounts
    this.#kept = new KeptSources(stateDir, log)
    this.kept = new StoreAfterStart({
      read: () => this.#kept.read(originsOf(paths, accounts)),
      keep: (sources) => this.#kept.keep(sources),
    })
    this.#pool = servicePool(monotonic)
    const kept = (name: SourceName): Promise<SourceContent | undefined> => this.#listed(name)
    this.#lookups = new AccountLookups({
      pool: this.#pool,
      services: (database) => services.servicesOf(database),
      served,
      exported: async (lines) => exportedOf(lines, (await good())?.loginDefs.bytes, exported),
      clock: monotonic,
    })
    this.sources = accountSources({
      paths,
      accounts,
      services,
      pool: this.#pool,
      kept,
      requested: () => this.#lookups.doubt(),
      clock: background,
      log,
    })
  }

  /** Looks up an account that is not listed; undefined where all are, or where it is none. */
  readonly lookUp = (
    database: string,
    key: string | number | Uint8Array,
    asker: string,
  ): Promise<AccountAnswer> | undefined =>
    this.#accounts.source === 'nss' ? this.#lookups.lookUp(database, key, asker) : undefined

  /** Ends the processes. */
  close(): void {
    this.#pool.close()
  }

  /** The listing that was kept; undefined where none was, as where accounts came from files before. */
  async #listed(name: SourceName): Promise<SourceContent | undefined> {
    const content = await this.#kept.readOne(name, originsOf(this.#paths, this.#accounts)[name])
    return content.state === 'read' && isListing(content.bytes) ? content : undefined
  }
}
