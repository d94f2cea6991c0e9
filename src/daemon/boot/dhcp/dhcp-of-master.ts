/** The DHCP of a master, from the parts of one. */
import type { BootSettings } from '../../../boot/index.ts'
import { background, type Log, monotonic, wallClock } from '../../../values/index.ts'
import type { MasterSettings } from '../../settings.ts'
import { ChildEngine } from './child-engine.ts'
import { DhcpServer } from './dhcp-server.ts'
import { type Engine, hasRights } from './engine.ts'
import { DHCP_UNIT, UnitEngine } from './unit-engine.ts'
import { type DhcpFiles, dhcpFiles } from './written-files.ts'

/** What DHCP asks of the other parts of a master. */
type DhcpParts = Pick<ConstructorParameters<typeof DhcpServer>[0], 'append' | 'own' | 'isUp' | 'log'>

/** DHCP by dnsmasq. */
export function dhcpOfMaster(boot: BootSettings, settings: MasterSettings, parts: DhcpParts): DhcpServer {
  const { log } = parts
  const files = dhcpFiles(settings.runDir)
  return new DhcpServer({
    ...{ ...parts, settings: boot, files, clock: background, wallClock },
    ...{ stateDir: settings.stateDir, domain: settings.rules.domain, dns: settings.dns.listen },
    engine: () => engineOf(files, log),
  })
}

/** A child where this process has the rights, else the unit. Rejects with Error where there is neither. */
async function engineOf(files: DhcpFiles, log: Log): Promise<Engine> {
  if (hasRights()) return new ChildEngine({ main: files.main, pid: files.pid, log, clock: monotonic, wallClock })
  const unit = new UnitEngine()
  if (await unit.isThere()) return unit
  throw new Error(
    `boot needs a DHCP server, and this process has not the rights to run dnsmasq (NET_ADMIN, NET_RAW, NET_BIND_SERVICE): install the unit ${DHCP_UNIT} of the package, run kickback as root, or set boot.dhcp = "off" (--boot-dhcp off)`,
  )
}
