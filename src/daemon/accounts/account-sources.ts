/** The sources of a master where its accounts come from its own name service: two listings in the place of the files of accounts. */
import { readFileSync } from 'node:fs'
import { type Clock, type Log, wallClock } from '../../values/index.ts'
import { FileSource, fileSources } from '../sources/file-source.ts'
import { allSources, type Source, type SourceContent, type SourceName, type Sources } from '../sources/source.ts'
import { readSource, type SourcePaths } from '../sources/source-file.ts'
import type { AccountSettings } from './account-settings.ts'
import { ListedSource, listedOrigin } from './listed-source.ts'
import { listing } from './listing.ts'
import { nameServiceProgram } from './service-child.ts'
import { ServicePool, type ServicePoolDoor } from './service-pool.ts'
import { type AccountDatabase, type Service, servicesOf } from './services.ts'

/** Where the C library reads which services there are. */
const NSSWITCH = '/etc/nsswitch.conf'

/** The services of a database, as they are now. */
export function servicesNow(database: AccountDatabase, { services }: AccountSettings): readonly Service[] {
  return servicesOf(database, services.length > 0 ? '' : nsswitchText(), services)
}

function nsswitchText(): string {
  try {
    return readFileSync(NSSWITCH, 'latin1')
  } catch {
    return ''
  }
}

/** A pool of processes that ask the name service. It starts none before it is asked. */
export function servicePool(clock: Clock): ServicePool {
  return new ServicePool({ program: nameServiceProgram, clock })
}

/** What the sources are made with. */
interface AccountSourcesOrder {
  readonly paths: SourcePaths
  readonly accounts: AccountSettings
  readonly pool: ServicePoolDoor
  /** The last good content of a source; undefined if none was kept. */
  readonly kept?: (name: SourceName) => Promise<SourceContent | undefined>
  /** Called when accounts are listed because a reload was requested. */
  readonly requested?: () => void
  readonly clock: Clock
  readonly log: Pick<Log, 'warn' | 'info'>
}

/** The sources of a master. */
export function accountSources({
  paths,
  accounts,
  pool,
  kept,
  requested,
  clock,
  log,
}: AccountSourcesOrder): Readonly<Record<SourceName, Source>> {
  const files = fileSources(paths, clock)
  if (accounts.source === 'files') return files
  const listed = (database: 'passwd' | 'group'): Source =>
    new ListedSource({
      database,
      list: () => listNow(database, accounts, pool),
      file: new FileSource(paths[database], clock),
      ...(requested && { requested }),
      ...(kept && { kept: () => kept(database) }),
      every: accounts.refresh * 1000,
      ...{ clock, wallClock, log },
    })
  return { ...files, passwd: listed('passwd'), group: listed('group') }
}

function listNow(database: 'passwd' | 'group', accounts: AccountSettings, pool: ServicePoolDoor): Promise<string> {
  const services = servicesNow(database, accounts)
  return listing(pool, { database, services, lookups: accounts.lookups, deadline: accounts.deadline * 1000 })
}

/** What people call each source: its path, or the listing. */
export function originsOf(paths: SourcePaths, { source }: AccountSettings): SourcePaths {
  return source === 'files' ? paths : { ...paths, passwd: listedOrigin('passwd'), group: listedOrigin('group') }
}

/** Reads all sources once, for a command. Never rejects. */
export async function readAllSources(paths: SourcePaths, accounts: AccountSettings, clock: Clock): Promise<Sources> {
  if (accounts.source === 'files') return allSources((name) => readSource(paths[name]))
  const pool = servicePool(clock)
  const quiet = { warn() {}, info() {} }
  try {
    const sources = accountSources({ paths, accounts, pool, clock, log: quiet })
    return await allSources((name) => sources[name].glance())
  } finally {
    pool.close()
  }
}
