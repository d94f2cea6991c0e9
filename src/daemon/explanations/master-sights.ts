/** The sights of a master from what is on its disk, whether or not its daemon runs. */
import { join } from 'node:path'
import { filesIn, readSnapshot } from '../../kickback/index.ts'
import type { Snapshot } from '../../resolver/index.ts'
import { type Log, monotonic } from '../../values/index.ts'
import { FROM_FILES } from '../accounts/account-settings.ts'
import { originsOf, readAllSources } from '../accounts/account-sources.ts'
import { addressesOfInterface } from '../candidate/interface-address.ts'
import type { BuildRules } from '../candidate/reading.ts'
import { ANYBODY, proved } from '../judge/content.ts'
import { KeptSources } from '../sources/kept-sources.ts'
import { SOURCE_NAMES, type SourceName } from '../sources/source.ts'
import { KeptGenerations } from '../store/kept/generations.ts'
import { Pin } from '../store/pin.ts'
import { type Sights, type SightsOrder, sightsOf } from './sights.ts'

/** Where a master has what it reads and writes, and the rules by which it builds. */
interface MasterPlaces {
  readonly sources: Readonly<Record<SourceName, string>>
  readonly stateDir: string
  /** The snapshot that is served; undefined if there is none. */
  readonly served: Snapshot | undefined
  readonly rules: BuildRules
  /** Days since 1970. */
  readonly today: number
}

/** What cannot be read costs a part of an explanation, and is not logged: a user who is not root may read little of it. */
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Reads what there is, and gives the sights. Never rejects for what cannot be read. */
export async function masterSights({ sources, stateDir, served, rules, today }: MasterPlaces): Promise<Sights> {
  const { snapshot: shadow } = await readSnapshot(filesIn(stateDir).shadow)
  const accounts = rules.accounts ?? FROM_FILES
  const kept = await new KeptSources(stateDir, SILENT).read(originsOf(sources, accounts))
  return sightsOf({
    ...{ rules, today, addressesOf: addressesOfInterface },
    served: { public: served?.bytes, shadow: shadow?.bytes },
    fresh: await readAllSources(sources, accounts, monotonic),
    kept: kept !== undefined && isWhole(kept) ? kept : undefined,
    pinned: await pinnedIn(stateDir),
  })
}

/** Whether none of the kept contents is out of our reach. */
function isWhole(kept: NonNullable<SightsOrder['kept']>): boolean {
  return SOURCE_NAMES.every((name) => kept[name].state !== 'unreadable')
}

async function pinnedIn(stateDir: string): Promise<SightsOrder['pinned']> {
  const { content } = Pin.open(join(stateDir, 'pin'), SILENT)
  if (content === undefined) return undefined
  const believed = (bytes: Uint8Array): Promise<Snapshot> => proved(bytes, ANYBODY)
  const generations = await KeptGenerations.openToRead({ folder: join(stateDir, 'generations'), believed, log: SILENT })
  const config = await generations.configOf(content.digest).catch(() => undefined)
  return { ...content, config }
}
