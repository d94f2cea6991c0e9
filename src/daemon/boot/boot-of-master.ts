/** The parts of boot on a master, from the parts of one. */
import type { BootSettings } from '../../boot/index.ts'
import type { KickbackServer } from '../../kickback/index.ts'
import type { DaemonProcess } from '../daemon.ts'
import type { OwnAddresses } from '../own-addresses.ts'
import type { MasterSettings } from '../settings.ts'
import type { SourceContent } from '../sources/source.ts'
import type { Audit } from '../trust/audit.ts'
import { type BootPart, MasterBoot } from './master-boot.ts'

/** What a master is started with. */
interface MasterStart extends DaemonProcess {
  readonly settings: MasterSettings
}

/** The parts of a master that boot works with. */
interface MasterParts {
  /** The configuration of what is served; undefined if none is known. */
  readonly config: () => Promise<SourceContent | undefined>
  readonly server: KickbackServer
  readonly own: OwnAddresses
  readonly audit: Audit
}

/** Boot of a master; it does nothing where the settings have it off. */
export function bootOfMaster(start: MasterStart, parts: MasterParts): MasterBoot {
  const { settings, logger: log } = start
  return new MasterBoot({ settings, log, config: parts.config, parts: (boot) => bootParts(boot, start, parts) })
}

/** What boot consists of, in the order in which it opens. */
function bootParts(_boot: BootSettings, _start: MasterStart, _parts: MasterParts): readonly BootPart[] {
  return []
}
