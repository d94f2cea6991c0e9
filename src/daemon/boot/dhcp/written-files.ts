/** The files that dnsmasq reads: they are written if they change, and dnsmasq is told in the way that the change needs. */
import { join } from 'node:path'
import {
  type BootSettings,
  type DnsmasqHosts,
  dnsmasqHosts,
  dnsmasqMain,
  isAddition,
  type Lease,
  networksText,
} from '../../../boot/index.ts'
import { type Log, writeWhole } from '../../../values/index.ts'
import type { Engine } from './engine.ts'
import type { NetworkPlan } from './network-plan.ts'

/** The paths of what dnsmasq reads and writes, in a folder of the run dir. */
export interface DhcpFiles {
  readonly folder: string
  readonly main: string
  readonly hosts: string
  readonly log: string
  readonly pid: string
}

/** The paths below a run dir. */
export function dhcpFiles(runDir: string): DhcpFiles {
  const folder = join(runDir, 'dhcp')
  const at = (name: string): string => join(folder, name)
  return { folder, main: at('dnsmasq.conf'), hosts: at('hosts'), log: at('log'), pid: at('dnsmasq.pid') }
}

/** What the files are made with. */
interface WrittenFilesParts {
  readonly settings: Pick<BootSettings, 'dhcp'>
  readonly files: DhcpFiles
  readonly domain: string
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
}

/** The files of one dnsmasq. */
export class WrittenFiles {
  readonly #parts: WrittenFilesParts
  #main = ''
  #hosts: DnsmasqHosts | undefined
  #isToldOfPrograms = false

  constructor(parts: WrittenFilesParts) {
    this.#parts = parts
  }

  /** How many machines have an address in the files that dnsmasq was told of last. */
  get machines(): number {
    return this.#hosts?.lines.size ?? 0
  }

  /** To be called if dnsmasq did not read its hosts: the next `write` writes them again. */
  forgetHosts(): void {
    this.#hosts = undefined
  }

  /** Writes the files that changed, and tells dnsmasq. Rejects with the reason if that fails: the next call then tells dnsmasq of both changes. */
  async write(plan: NetworkPlan, leases: readonly Lease[], engine: Engine | undefined): Promise<void> {
    const { files } = this.#parts
    const [main, hosts, before] = [this.#mainOf(plan), dnsmasqHosts(leases), this.#hosts]
    const isSameMain = main === this.#main
    if (isSameMain && before?.text === hosts.text) return
    // The hosts go first: a dnsmasq that starts meanwhile has both.
    await writeWhole(files.hosts, [Buffer.from(hosts.text)], { mode: 0o644 })
    if (!isSameMain) await writeWhole(files.main, [Buffer.from(main)], { mode: 0o644 })
    const isEnough = isSameMain && before !== undefined && isAddition(before, hosts)
    await (isEnough ? engine?.hangup() : engine?.restart())
    this.#main = main
    this.#hosts = hosts
    this.#tell(hosts, plan, isSameMain)
  }

  #tell(hosts: DnsmasqHosts, { networks }: NetworkPlan, isSameMain: boolean): void {
    const { log } = this.#parts
    const fields = { machines: hosts.lines.size, networks: networksText(networks) }
    if (!isSameMain) log.info(fields, 'giving addresses by DHCP')
    if (networks.length === 0)
      log.error({}, 'no interface line has a network of IPv4, so no machine gets an address by DHCP')
    if (hosts.omitted > 0) log.error({ macs: hosts.omitted }, 'too many MACs have one address: these get none by DHCP')
  }

  #mainOf(plan: NetworkPlan): string {
    const { settings, domain, files } = this.#parts
    if (plan.tftp === undefined && !this.#isToldOfPrograms) {
      this.#isToldOfPrograms = true
      const message = 'there are no boot programs of iPXE: install the package ipxe, or set boot.tftp (--boot-tftp)'
      this.#parts.log.warn({ ...(settings.dhcp.tftp !== null && { folder: settings.dhcp.tftp }) }, message)
    }
    const { hosts, log, pid } = files
    return dnsmasqMain({ ...plan, domain, hosts, log, pid })
  }
}
