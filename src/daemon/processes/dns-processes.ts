/**
 * The DNS of a daemon as several processes at one address: the system gives each its share of the requests by UDP (SO_REUSEPORT). The first
 * has TCP, transfers and other servers besides. Each dies and is started again alone.
 */
import { randomBytes } from 'node:crypto'
import { type DnsCounters, type DnsSettings, loadPackets, SHARE_SECRET_SIZE } from '../../dns/index.ts'
import type { DnsProcessReport, Place } from '../../kickback/index.ts'
import { background, type Clock, handlers, type Log } from '../../values/index.ts'
import type { OwnProgram } from '../daemon.ts'
import type { Front } from '../fronts/front.ts'
import { DnsTotals } from '../metrics/dns-totals.ts'
import type { Served } from '../served.ts'
import type { DnsFigures } from './channel/dns-figures.ts'
import { type DnsParts, DnsProcess } from './dns-process.ts'

/** What they are made of. */
interface DnsProcessesOptions extends DnsParts {
  /** How many there are to be. */
  readonly count: number
}

/** What a daemon has its DNS made of. */
interface DnsDaemonParts {
  readonly settings: {
    readonly dns: DnsSettings
    readonly dnsProcesses: number
    readonly dnsUser: string
    readonly runDir: string
  }
  readonly uid: number
  readonly logger: Log
  readonly frontProgram: OwnProgram
}

/** The DNS of a daemon. */
export function newDns({ settings, uid, logger, frontProgram }: DnsDaemonParts): DnsProcesses {
  const { dns, dnsProcesses, dnsUser: user, runDir } = settings
  const count = processCount(dnsProcesses, dns, logger)
  return new DnsProcesses({ settings: dns, count, user, uid, runDir, program: frontProgram, log: logger })
}

/** How many processes there can be: several want the native part, and a port that is known beforehand. */
function processCount(wanted: number, { listen }: DnsSettings, log: Log): number {
  if (wanted === 1 || listen.length === 0) return 1
  if (listen.some(({ port }) => port === 0) || loadPackets(log) === undefined) {
    log.warn({ processes: wanted }, 'DNS is one process: several want the native part, and a port that is named')
    return 1
  }
  return wanted
}

/** How often each of several is asked for a sign of life, in milliseconds, and after how many without an answer it is ended. */
const LIFE_EVERY = 1000
const SILENCES = 4

/** All processes of DNS as one front. */
export class DnsProcesses implements Front {
  readonly name = 'DNS'
  readonly #processes: readonly DnsProcess[]
  readonly #totals = new DnsTotals()
  readonly #clock: Clock
  #handover = 0
  #stopAsking = (): void => {}

  constructor({ count, settings, clock = background, ...options }: DnsProcessesOptions) {
    this.#clock = clock
    const secret = new Uint8Array(randomBytes(SHARE_SECRET_SIZE))
    this.#processes = Array.from({ length: count }, (_, index) => {
      const share = { of: count, isFirst: index === 0, secret }
      return new DnsProcess({
        ...{ ...options, settings, clock },
        ...(count > 1 && { share, handover: () => this.#handover, ordinal: index + 1 }),
        told: (figures, pid) => this.#told(index, figures, pid),
        // Another program may have its port now.
        ...(index === 0 && { ended: () => this.#handOverTo(0) }),
      })
    })
    if (count > 1 && settings.listen.length > 0) this.#askLater()
  }

  get #first(): DnsProcess {
    return this.#processes[0] as DnsProcess
  }

  get #others(): readonly DnsProcess[] {
    return this.#processes.slice(1)
  }

  /** As FrontProcess. The first process decides: the others are started beside it, and wait for nobody. */
  prepare(): void {
    for (const one of this.#processes) one.prepare()
  }

  /** As FrontProcess: the first one begins. */
  begin(keptDir: string): void {
    this.prepare()
    this.#first.begin(keptDir)
  }

  /** As Front: once the first process answers, the others are started; one that can't be had is tried again. */
  async open(first: Served): Promise<void> {
    await this.#first.open(first)
    for (const other of this.#others) handlers.float('front process restart', () => other.open(first))
  }

  async serve(now: Served): Promise<void> {
    const [first, ...others] = this.#processes.map((one) => one.serve(now))
    await Promise.all([first, ...others.map((other) => other.catch(() => {}))])
  }

  async close(): Promise<void> {
    this.#stopAsking()
    await Promise.all(this.#processes.map((one) => one.close()))
  }

  /** Where they answer. */
  get places(): readonly Place[] {
    return this.#first.places
  }

  /** What all have done, asked for now; undefined where DNS is off, or does not answer yet. */
  async counters(): Promise<Readonly<DnsCounters> | undefined> {
    const told = await Promise.all(this.#processes.map((one) => one.figures()))
    return told.every((figures) => figures === undefined || figures.counters === null) ? undefined : this.#totals.all
  }

  /** What STATUS tells of them; undefined where DNS is off. */
  get report(): DnsProcessReport | undefined {
    const [first, ...others] = this.#processes.flatMap((one) => one.report ?? [])
    if (first === undefined || others.length === 0) return first
    const failures: { [handler: string]: number } = {}
    for (const one of [first, ...others])
      for (const [name, count] of Object.entries(one.failures)) failures[name] = (failures[name] ?? 0) + count
    const restarts = others.reduce((sum, one) => sum + one.restarts, first.restarts)
    return { ...first, restarts, failures, others: others.map(({ pid, generation }) => ({ pid, generation })) }
  }

  /** A process told its figures. */
  #told(index: number, { counters, handover }: DnsFigures, pid: number): void {
    this.#totals.tell(index, pid, counters ?? undefined)
    if (index === 0) this.#handOverTo(handover)
  }

  /** Where the first takes requests now is for all others; 0: nowhere, and what they would hand over counts as unsent. */
  #handOverTo(handover: number): void {
    if (handover === this.#handover) return
    this.#handover = handover
    for (const other of this.#others) other.note({ handover })
  }

  /** One that hangs would swallow its share of the requests. */
  #askLater(): void {
    const ask = (): void => {
      this.#askLater()
      for (const one of this.#processes) one.askLife(SILENCES)
    }
    this.#stopAsking = this.#clock.after(LIFE_EVERY, handlers.guard('front process figures', ask))
  }
}
