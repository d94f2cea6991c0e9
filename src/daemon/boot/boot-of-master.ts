/** The parts of boot on a master, from the parts of one. */
import { BOOT_PORT, type BootSettings } from '../../boot/index.ts'
import type { Cluster } from '../../config/index.ts'
import type { KickbackServer } from '../../kickback/index.ts'
import { type Address, background, formatAddress, formatHttpAddress, type HostPort } from '../../values/index.ts'
import { ownMasters } from '../candidate/own-masters.ts'
import type { DaemonProcess } from '../daemon.ts'
import type { OwnAddresses } from '../own-addresses.ts'
import type { MasterSettings } from '../settings.ts'
import type { SourceContent } from '../sources/source.ts'
import type { Audit } from '../trust/audit.ts'
import { BootEndpoint } from './boot-endpoint.ts'
import { dhcpOfMaster } from './dhcp/dhcp-of-master.ts'
import { scriptPlaces } from './dhcp/network-plan.ts'
import { type BootPart, MasterBoot } from './master-boot.ts'
import type { AppendOrder } from './stage-order.ts'
import { Stages } from './stages.ts'

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
function bootParts(boot: BootSettings, start: MasterStart, parts: MasterParts): readonly BootPart[] {
  const { settings, logger: log } = start
  const { stateDir, sources, rules } = settings
  const stages = new Stages({ config: sources.config, domain: rules.domain, stateDir }, background, log)
  const append = (order: AppendOrder) => stages.append(order)
  const isUp = (addresses: readonly Address[]): boolean => parts.server.isUp(addresses)
  const own = (): readonly Address[] => parts.own.all
  const dhcp = boot.dhcp.server === 'off' ? undefined : dhcpOfMaster(boot, settings, { log, append, own, isUp })
  // Where others give addresses, they choose the master too.
  const standsIn = (number: number): boolean => boot.sharedConfig && (dhcp?.gives(number) ?? true)
  const endpoint = bootEndpoint(boot, stages, start, parts, standsIn)
  // Who is given an address finds the scripts there.
  return dhcp === undefined ? [endpoint] : [endpoint, dhcp]
}

/** Scripts and images by HTTP. */
function bootEndpoint(
  boot: BootSettings,
  stages: Stages,
  start: MasterStart,
  { own, server }: MasterParts,
  standsIn: (number: number) => boolean,
): BootEndpoint {
  const { images } = boot
  const { settings, uid, frontProgram, logger } = start
  return new BootEndpoint({
    ...{ settings, uid, frontProgram, logger },
    stages,
    stateDir: settings.stateDir,
    images: images === null ? null : formatHttpAddress(images),
    listen: (cluster) => {
      const planned = scriptPlaces(cluster ?? NO_NETWORKS, boot)
      return planned.length > 0 ? planned : privatePlaces(ownMasters(own.masters, own.machine))
    },
    own: () => own.all,
    standsIn,
    isUp: (addresses) => server.isUp(addresses),
  })
}

/** What is known before there is a configuration. */
const NO_NETWORKS: Pick<Cluster, 'interfaces' | 'masters'> = { interfaces: [], masters: [] }

/** Where nodes that boot find a master that is in no network that it knows: they have IPv4. Throws Error where it has no such address. */
function privatePlaces(addresses: readonly Address[]): readonly HostPort[] {
  const places = addresses.filter(({ family }) => family === 4)
  if (places.length > 0) return places.map((address) => ({ host: formatAddress(address), port: BOOT_PORT }))
  throw new Error(
    'boot has no address to answer at: give the interface line of the configuration its IPv4 address, or set boot.listen (--boot-listen)',
  )
}
