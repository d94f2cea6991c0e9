/** What dnsmasq says, line by line: who asks, what is given, and what is wrong. */
import { parseLogLine } from '../../../boot/index.ts'
import type { DhcpReport } from '../../../kickback/index.ts'
import { type Clock, type Log, LogBound, type Mac, type WallClock } from '../../../values/index.ts'

/** Who is told of it. */
interface DnsmasqLogParts {
  /** A machine that dnsmasq has no address for asks on an interface. */
  readonly stranger: (mac: Mac, on: string) => void
  /** A machine took the address of another server. */
  readonly elsewhere: () => void
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly clock: Clock
  readonly wallClock: WallClock
}

/** The log of one dnsmasq. */
export class DnsmasqLog {
  readonly #parts: DnsmasqLogParts
  readonly #troubleTold: LogBound
  #given = 0
  #trouble: DhcpReport['trouble']

  constructor(parts: DnsmasqLogParts) {
    this.#parts = parts
    this.#troubleTold = new LogBound(parts.clock)
  }

  /** How many leases it gave or renewed. */
  get given(): number {
    return this.#given
  }

  /** The last line that tells of trouble; undefined if none did. */
  get trouble(): DhcpReport['trouble'] {
    return this.#trouble
  }

  /** Takes a line. */
  heard(text: string): void {
    const line = parseLogLine(text)
    const { stranger, elsewhere, log } = this.#parts
    if (line?.kind === 'stranger') stranger(line.mac, line.on)
    if (line?.kind === 'given') this.#given++
    if (line?.kind === 'elsewhere') elsewhere()
    if (line?.kind === 'started') log.info({}, 'dnsmasq runs')
    if (line?.kind === 'trouble') this.#heardTrouble(line.text)
  }

  #heardTrouble(text: string): void {
    this.#trouble = { text, time: Math.floor(this.#parts.wallClock() / 1000) }
    const times = this.#troubleTold.times()
    if (times !== undefined)
      this.#parts.log.warn({ said: text, ...(times > 1 && { others: times - 1 }) }, 'dnsmasq has trouble')
  }
}
