/** The sources of a master where its accounts come from its own name service: two listings in the place of the files of accounts. */
import { type Clock, type Log, ProgramFile, wallClock } from '../../values/index.ts'
import { FileSource, fileSources } from '../sources/file-source.ts'
import { allSources, type Source, type SourceContent, type SourceName, type Sources } from '../sources/source.ts'
import { readSource, type SourcePaths } from '../sources/source-file.ts'
import type { AccountSettings } from './account-settings.ts'
import { ListedSource, listedOrigin } from './listed-source.ts'
import { listing } from './listing.ts'
import { nameServiceProgram } from './service-child.ts'
import { ServicePool, type ServicePoolDoor } from './service-pool.ts'
import { ServiceSwitch } from './service-switch.ts'

/** Where the C library reads which services there are. */
const NSSWITCH = '/etc/nsswitch.conf'

/** A pool of processes that ask the name service. It starts none before it is asked. */
export function servicePool(clock: Clock): ServicePool {
  return new ServicePool({ program: ownServiceProgram(), clock })
}

/** Gives the path of the program of these processes when one is started. Throws then if the program was replaced since, or was not built. */
function ownServiceProgram(): () => string {
  try {
    const file = new ProgramFile(nameServiceProgram())
    return () => file.toStart()
  } catch {
    return nameServiceProgram
  }
}

/** The services of both databases, by the settings and by the nsswitch.conf of this machine. It reads nothing before it is asked. */
export function serviceSwitch(
  { services: chosen }: AccountSettings,
  clock: Clock,
  log: Pick<Log, 'warn' | 'info'>,
): ServiceSwitch {
  return new ServiceSwitch({ chosen, file: new FileSource(NSSWITCH, clock), log })
}

/** What the sources are made with. */
interface AccountSourcesOrder {
  readonly paths: SourcePaths
  readonly accounts: AccountSettings
  readonly services: ServiceSwitch
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
  services,
  pool,
  kept,
  requested,
  clock,
  log,
}: AccountSourcesOrder): Readonly<Record<SourceName, Source>> {
  const files = fileSources(paths, clock)
  if (accounts.source === 'files') return files
  const { lookups } = accounts
  const listed = (database: 'passwd' | 'group'): Source =>
    new ListedSource({
      database,
      list: async () => {
        const order = { database, lookups, deadline: accounts.deadline * 1000 }
        return listing(pool, { ...order, services: await services.servicesOf(database) })
      },
      services,
      file: new FileSource(paths[database], clock),
      ...(requested && { requested }),
      ...(kept && { kept: () => kept(database) }),
      every: accounts.refresh * 1000,
      ...{ clock, wallClock, log },
    })
  return { ...files, passwd: listed('passwd'), group: listed('group') }
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
    const services = serviceSwitch(accounts, clock, quiet)
    const sources = accountSources({ paths, accounts, services, pool, clock, log: quiet })
    return await allSources((name) => sources[name].glance())
  } finally {
    pool.close()
  }
}
