/** DHCP as a part of boot: dnsmasq follows the configuration that is served, this machine's interfaces and the other masters. */
import { chmodSync, mkdirSync } from 'node:fs'
import { inspect } from 'node:util'
import {
  type BootPlans,
  type BootSettings,
  DNSMASQ_MACS_MAX,
  leaseShares,
  leasesOf,
  networkWith,
} from '../../../boot/index.ts'
import type { Cluster } from '../../../config/index.ts'
import type { DhcpReport } from '../../../kickback/index.ts'
import {
  type Address,
  type Clock,
  formatMac,
  handlers,
  type Log,
  LogBound,
  type Mac,
  macKey,
  messageOf,
  sleep,
  type WallClock,
} from '../../../values/index.ts'
import type { BootPart } from '../master-boot.ts'
import type { Stages } from '../stages.ts'
import { Appender } from './appender.ts'
import { DnsmasqLog } from './dnsmasq-log.ts'
import type { Engine } from './engine.ts'
import { ForeignServers } from './foreign-servers.ts'
import { LogPipe } from './log-pipe.ts'
import { type NetworkPlan, networkPlan } from './network-plan.ts'
import { type dhcpServersOn, offeredBy } from './probe.ts'
import { Standby } from './standby.ts'
import { Strangers } from './strangers.ts'
import { type DhcpFiles, WrittenFiles } from './written-files.ts'

/** How often strangers are written, and the addresses of interfaces looked at, in milliseconds. */
const LOOK_EVERY = 5000
/** A value as a text that is another one for any other value. */
const WHOLE = { depth: null, maxArrayLength: null, maxStringLength: null } as const

/** What DHCP is made with. */
interface DhcpServerParts {
  readonly settings: Pick<BootSettings, 'dhcp' | 'listen'>
  readonly files: DhcpFiles
  readonly stateDir: string
  readonly domain: string
  /** Where this master answers DNS. */
  readonly dns: readonly { readonly address: Address; readonly port: number }[]
  /** The addresses of this master. */
  readonly own: () => readonly Address[]
  /** What runs dnsmasq. Throws Error where nothing can. */
  readonly engine: () => Promise<Engine>
  /** Whether the proxy of the machine that has one of these addresses is connected. */
  readonly isUp: (addresses: readonly Address[]) => boolean
  /** Adds lines for machines that are to become nodes. */
  readonly append: Stages['append']
  /** Looks for other servers, and asks other masters; tests have others. */
  readonly probe?: typeof dhcpServersOn
  readonly offered?: typeof offeredBy
  readonly log: Log
  readonly clock: Clock
  readonly wallClock: WallClock
}

/** Why dnsmasq was not started yet. */
const NO_CONFIG = 'no configuration is known'

/** What is served by DHCP. */
interface ServedDhcp {
  readonly cluster: Cluster
  readonly plans: BootPlans
  /** The cluster of before, where this one differs from it in the stages of nodes alone. */
  readonly stagesOf?: Cluster
}

/** The DHCP of a master. */
export class DhcpServer implements BootPart {
  readonly name = 'DHCP'
  readonly #parts: DhcpServerParts
  readonly #strangers: Strangers
  readonly #standby: Standby
  readonly #appender: Appender
  readonly #pipe: LogPipe
  readonly #closed = new AbortController()
  readonly #strangersTold: LogBound
  readonly #followTold: LogBound
  readonly #foreign: ForeignServers
  readonly #said: DnsmasqLog
  readonly #written: WrittenFiles
  #engine: Engine | undefined
  #served: ServedDhcp | undefined
  /** What this machine added to the configuration that dnsmasq has; undefined where it lacks the last one. */
  #here: string | undefined
  /** Machines that are no strangers: the configuration gives them an address, or has them ignored. */
  #known: ReadonlySet<number> = new Set()
  #nodes: ReadonlySet<number> = new Set()
  #following: Promise<void> = Promise.resolve()
  #reasonTold: string | undefined
  #unreadTold: string | undefined
  #unfollowed: string | undefined

  constructor(parts: DhcpServerParts) {
    this.#parts = parts
    const { clock, own, log, offered = offeredBy } = parts
    this.#strangers = new Strangers(parts)
    this.#written = new WrittenFiles(parts)
    this.#appender = new Appender(parts)
    this.#standby = new Standby({
      ...{ clock, log, changed: () => this.#again() },
      offered: (network, leases) => offered(network, leases, [...own(), ...(network.own ? [network.own] : [])], clock),
    })
    this.#strangersTold = new LogBound(parts.clock)
    this.#followTold = new LogBound(parts.clock)
    const plan = (cluster: Cluster) => networkPlan(cluster, parts.settings, parts.dns)
    this.#foreign = new ForeignServers({ ...parts, plan })
    this.#said = new DnsmasqLog({
      ...parts,
      stranger: (mac, on) => this.#heardStranger(mac, on),
      elsewhere: () => this.#foreign.hinted(),
    })
    this.#pipe = new LogPipe(parts.files.log, (line) => this.#said.heard(line))
  }

  /** Rejects where dnsmasq cannot be run here, or cannot bear this configuration. */
  async open(first: ServedDhcp | undefined): Promise<void> {
    const { files, engine } = this.#parts
    this.#engine = await engine()
    mkdirSync(files.folder, { recursive: true, mode: 0o755 })
    chmodSync(files.folder, 0o755)
    this.#pipe.open()
    if (first !== undefined) {
      await this.#refuseBeside(first.cluster)
      await this.follow(first)
    }
    handlers.float('DHCP look', () => this.#look())
    handlers.float('DHCP of other masters', () => this.#standby.stand(this.#closed.signal))
  }

  /** Writes what changed, and has dnsmasq read it. Rejects where that cannot be: dnsmasq goes on with what it has. */
  follow(now: ServedDhcp): Promise<void> {
    const following = this.#following.then(() => this.#followed(now))
    this.#following = following.catch(() => {})
    return following
  }

  async #followed(now: ServedDhcp): Promise<void> {
    try {
      await this.#follow(now)
      this.#unfollowed = undefined
    } catch (error) {
      this.#unfollowed = messageOf(error)
      throw error
    }
  }

  /** Whether this master gives a node its address now. */
  gives(number: number): boolean {
    return this.#nodes.has(number)
  }

  /** How dnsmasq is, and what it sees. */
  get dhcp(): DhcpReport | undefined {
    if (this.#engine === undefined) return undefined
    const trouble = laterOf(this.#said.trouble, this.#engine.state.ended)
    const unfollowed = this.#unfollowed ?? this.#engine.state.unread
    const {
      by,
      pid = 0,
      since,
      restarts,
      reason = this.#served === undefined ? NO_CONFIG : undefined,
    } = this.#engine.state
    return {
      ...{ by, pid, restarts, machines: this.#written.machines, given: this.#said.given },
      ...(since !== undefined && { since }),
      ...(reason !== undefined && { reason }),
      ...(trouble !== undefined && { trouble }),
      ...(unfollowed !== undefined && { unfollowed }),
      strangers: this.#strangers.count,
      ...{ beside: this.#parts.settings.dhcp.beside, foreign: this.#foreign.found },
    }
  }

  async #follow(now: ServedDhcp): Promise<void> {
    // dnsmasq is told nothing of stages.
    const isAsBefore = now.stagesOf !== undefined && now.stagesOf === this.#served?.cluster
    if (isAsBefore && !this.#isOther(now.cluster)) {
      this.#served = now
      return
    }
    const leases = leasesOf(now.cluster)
    if (leases.length > DNSMASQ_MACS_MAX) throw new Error(tooMany(leases.length))
    this.#served = now
    this.#here = undefined
    const { own } = this.#parts
    const plan = this.#planOf(now.cluster)
    const here = this.#hereOf(plan)
    const { networks } = plan
    const within = leases.filter(({ address }) => networkWith(networks, address) !== undefined)
    const known = new Set([...within.map(({ mac }) => mac), ...now.cluster.ignored].map(macKey))
    this.#known = known
    const shares = leaseShares(now.cluster, own(), within, networks)
    this.#standby.learn(shares.later)
    const given = [...shares.now, ...this.#standby.taken]
    await this.#written.write(plan, given, this.#engine)
    this.#nodes = new Set(given.flatMap(({ node, isCompanion }) => (isCompanion ? [] : (node ?? []))))
    this.#strangers.known((key) => known.has(key))
    this.#appender.follow(now.cluster, networks)
    this.#here = here
  }

  /** Whether dnsmasq lacks something, or this machine is not as it was. The leases of a large cluster take a while: they are not made to look. */
  #isOther(cluster: Cluster): boolean {
    return this.#here === undefined || this.#here !== this.#hereOf(this.#planOf(cluster))
  }

  #planOf(cluster: Cluster): NetworkPlan {
    const { settings, dns } = this.#parts
    return networkPlan(cluster, settings, dns)
  }

  /** All of this machine that files of dnsmasq depend on: its addresses, its interfaces, and the boot programs that it has. */
  #hereOf({ networks, scripts, ...plan }: NetworkPlan): string {
    return inspect([networks, networks.map(scripts), plan, this.#parts.own()], WHOLE)
  }

  /** The same configuration again, where it is to be: an interface has another address, or other masters answer or do not. Never rejects. */
  async #again(isDue: (cluster: Cluster) => boolean = () => true): Promise<void> {
    try {
      await this.#following
      if (this.#served !== undefined && isDue(this.#served.cluster)) await this.follow(this.#served)
    } catch (error) {
      if (this.#followTold.times() !== undefined)
        this.#parts.log.error({ reason: messageOf(error) }, 'DHCP cannot follow the interfaces')
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#appender.close()
    await this.#engine?.close()
    this.#pipe.close()
    await this.#strangers.keep(true)
  }

  /** Two servers on one network give addresses to each other's machines. */
  async #refuseBeside(cluster: Cluster): Promise<void> {
    await this.#foreign.look(cluster)
    const [foreign] = this.#foreign.found
    if (foreign === undefined || this.#parts.settings.dhcp.beside) return
    throw new Error(
      `another DHCP server answers on ${foreign.interface}: ${foreign.server}: end it, or set boot.beside (--boot-beside) if it gives no machine of this network an address`,
    )
  }

  /** Goes on where an interface has got another address, and keeps strangers. */
  async #look(): Promise<void> {
    const { clock } = this.#parts
    while (!this.#closed.signal.aborted) {
      await sleep(clock, LOOK_EVERY, this.#closed.signal)
      if (this.#closed.signal.aborted) return
      await this.#strangers.keep()
      await this.#engine?.look()
      if (this.#served !== undefined && this.#foreign.isDue) await this.#foreign.look(this.#served.cluster)
      this.#tellState()
      this.#tellUnread()
      await this.#again((cluster) => this.#isOther(cluster))
    }
  }

  /** A child that ends is logged by its engine; a unit is not ours. */
  #tellState(): void {
    const reason = this.#engine?.state.reason
    if (reason !== undefined && reason !== this.#reasonTold)
      this.#parts.log.error({ reason }, 'dnsmasq does not run: no machine gets an address')
    this.#reasonTold = reason
  }

  /** A dnsmasq that did not read its hosts again is started again, which reads all. */
  #tellUnread(): void {
    const unread = this.#engine?.state.unread
    if (unread !== undefined) {
      this.#written.forgetHosts()
      this.#here = undefined
    }
    if (unread !== undefined && unread !== this.#unreadTold)
      this.#parts.log.error({ reason: unread }, 'dnsmasq did not read its hosts again: it is started again')
    this.#unreadTold = unread
  }

  #heardStranger(mac: Mac, on: string): void {
    if (this.#standby.heard(mac) || this.#known.has(macKey(mac))) return
    const isNew = this.#strangers.heard(mac, on)
    this.#appender.heard(mac, on)
    const times = isNew ? this.#strangersTold.times() : undefined
    if (times === undefined) return
    const fields = { mac: formatMac(mac), interface: on, ...(times > 1 && { others: times - 1 }) }
    this.#parts.log.warn(fields, 'an unknown machine asks for an address: kickback nodes --unknown lists them')
  }
}

/** What happened last; undefined if nothing did. */
function laterOf(a: DhcpReport['trouble'], b: DhcpReport['trouble']): DhcpReport['trouble'] {
  return (a?.time ?? 0) > (b?.time ?? 0) ? a : (b ?? a)
}

function tooMany(count: number): string {
  return `the configuration has ${count} MAC addresses, and dnsmasq bears ${DNSMASQ_MACS_MAX}: set boot.dhcp = "off" (--boot-dhcp off), and give Kea the output of kickback export kea`
}
