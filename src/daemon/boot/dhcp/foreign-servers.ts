/** The DHCP servers on the networks of this master that are no masters: looked for now and then, and remembered while they answer. */
import type { DhcpNetwork } from '../../../boot/index.ts'
import type { Cluster } from '../../../config/index.ts'
import type { ForeignDhcpReport } from '../../../kickback/index.ts'
import { addressKey, type Clock, formatAddress, type Log, messageOf, type WallClock } from '../../../values/index.ts'
import { dhcpServersOn } from './probe.ts'

/**
 * How often they are looked for, in milliseconds: while none answers; while one does, so that it is soon known to be gone; and where
 * something tells that there is one.
 */
const PROBE_EVERY = { quiet: 3_600_000, found: 300_000, hinted: 10_000 }

/** What the look works with. */
interface ForeignServersParts {
  /** The networks of this master. */
  readonly plan: (cluster: Cluster) => { readonly networks: readonly DhcpNetwork[] }
  /** Looks for servers; tests have another. */
  readonly probe?: typeof dhcpServersOn
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly clock: Clock
  readonly wallClock: WallClock
}

/** The foreign DHCP servers. */
export class ForeignServers {
  readonly #parts: ForeignServersParts
  #isHinted = false
  #probed = Number.NEGATIVE_INFINITY
  #found: readonly ForeignDhcpReport[] = []

  constructor(parts: ForeignServersParts) {
    this.#parts = parts
  }

  /** Those that answered at the last look. */
  get found(): readonly ForeignDhcpReport[] {
    return this.#found
  }

  /** Whether it is time for another look. */
  get isDue(): boolean {
    const usual = this.#found.length === 0 ? PROBE_EVERY.quiet : PROBE_EVERY.found
    const every = this.#isHinted ? PROBE_EVERY.hinted : usual
    return this.#parts.clock.now() - this.#probed >= every
  }

  /** A machine was told an address by another server, or by a master: there is one to look for. */
  hinted(): void {
    this.#isHinted = true
  }

  /** Looks; what is new is logged, and what is gone too. Where nobody can be asked, that is logged, and those of before stay. Never rejects. */
  async look(cluster: Cluster): Promise<void> {
    const { clock, log, probe = dhcpServersOn } = this.#parts
    this.#probed = clock.now()
    this.#isHinted = false
    try {
      const { networks } = this.#parts.plan(cluster)
      const own = networks.flatMap((network) => network.own ?? [])
      const kin = new Set([...own, ...cluster.masters.flatMap(({ addresses }) => addresses)].map(addressKey))
      const answering = (await probe(networks, clock)).filter(({ server }) => !kin.has(addressKey(server)))
      this.#learn(answering.map((one) => ({ server: formatAddress(one.server), interface: one.interface })))
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'other DHCP servers cannot be looked for')
    }
  }

  #learn(answering: readonly Omit<ForeignDhcpReport, 'time'>[]): void {
    const { log, wallClock } = this.#parts
    const time = Math.floor(wallClock() / 1000)
    const before = new Set(this.#found.map(({ server }) => server))
    for (const one of answering)
      if (!before.has(one.server)) log.warn(one, 'another DHCP server answers: machines may get other addresses')
    if (before.size > 0 && answering.length === 0) log.info({}, 'no other DHCP server answers any more')
    this.#found = answering.map((one) => ({ ...one, time }))
  }
}
