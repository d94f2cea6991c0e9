/** The boot endpoint of a master: the process that answers nodes, the desk that it asks, and what is known of their boots. */
import { randomBytes } from 'node:crypto'
import { BootRecords } from '../../boot/index.ts'
import type { Cluster } from '../../config/index.ts'
import type { BootProcessReport, NodeBoot } from '../../kickback/index.ts'
import { type Address, background, type HostPort, hex, type Log, wallClock } from '../../values/index.ts'
import type { OwnProgram } from '../daemon.ts'
import { AddressWait } from '../fronts/address-wait.ts'
import { BootProcess } from '../processes/boot-process.ts'
import type { BootFigures } from '../processes/channel/boot-figures.ts'
import { BootDesk } from './boot-desk.ts'
import { KeptRecords, readRecords } from './kept-records.ts'
import type { BootPart, ServedBoot } from './master-boot.ts'
import type { Stages } from './stages.ts'

/** What an endpoint is made of. */
interface BootEndpointParts {
  /**
   * Where it answers, by the configuration, undefined if none is known, and by the addresses that this machine has now. Throws Error where
   * that is not known.
   */
  readonly listen: (cluster: Cluster | undefined) => readonly HostPort[]
  /** Where others have the images, without a final slash; null if this master sends them. */
  readonly images: string | null
  /** The thread that moves stages; it ends with the endpoint. */
  readonly stages: Stages
  readonly stateDir: string
  readonly settings: { readonly dnsUser: string; readonly runDir: string }
  readonly uid: number
  readonly frontProgram: OwnProgram
  readonly logger: Log
  /** Whether the proxy of the machine that has one of these addresses is connected. */
  readonly isUp: (addresses: readonly Address[]) => boolean
  /** The addresses of this master. */
  readonly own: () => readonly Address[]
  /** Whether this master decides what a node boots whose first master is another one. */
  readonly standsIn: (number: number) => boolean
}

/** How many bytes a ticket has. */
const TICKET_BYTES = 16
/** How often the addresses of this machine are looked at, in milliseconds. */
const LOOK_EVERY = 5000

/** The boot endpoint of a master. */
export class BootEndpoint implements BootPart {
  readonly name = 'boot images'
  readonly #parts: BootEndpointParts
  #records = new BootRecords(newTicket)
  #kept: KeptRecords | undefined
  #desk: BootDesk | undefined
  #process: BootProcess | undefined
  #cluster: Cluster | undefined
  #places: readonly HostPort[] = []
  readonly #wait = new AddressWait()

  constructor(parts: BootEndpointParts) {
    this.#parts = parts
  }

  /** Starts to answer; nodes wait until a configuration is known. Rejects if an address can't be had, though this machine has it. */
  async open(first: ServedBoot | undefined): Promise<void> {
    const { stages, stateDir, logger, isUp, own, standsIn, images, listen } = this.#parts
    this.#cluster = first?.cluster
    this.#places = listen(this.#cluster)
    this.#records = new BootRecords(newTicket, await readRecords(stateDir, logger))
    this.#kept = new KeptRecords(stateDir, this.#records, background, logger)
    const clock = (): number => Math.floor(wallClock() / 1000)
    const records = this.#records
    const desk = new BootDesk({ ...{ records, stages, isUp, own, standsIn, images, clock }, log: logger })
    this.#desk = desk
    if (first !== undefined) desk.learn(first)
    this.#process = new BootProcess({ ...this.#parts, listen: () => this.#places }, async (what, of) => {
      const reply = await desk.answer(what, of)
      this.#kept?.changed()
      return reply
    })
    this.#process.prepare()
    await this.#process.open({ public: undefined, shadow: undefined })
    this.#lookLater()
  }

  /** Rejects where the configuration does not say where to answer: then it goes on where it does. */
  async follow(now: ServedBoot): Promise<void> {
    this.#desk?.learn(now)
    this.#cluster = now.cluster
    this.#look()
  }

  release(number: number): void {
    if (this.#records.release(number)) this.#parts.logger.info({ node: number }, 'a node that was held may boot again')
    this.#kept?.changed()
  }

  /** What the boots of nodes tell of them, by number. */
  get boots(): ReadonlyMap<number, NodeBoot> {
    return new Map(
      this.#records.all.map(({ number, activity: state, since, heldSince, stage: lastStage }) => [
        number,
        { state, since: heldSince ?? since, held: heldSince !== undefined, lastStage },
      ]),
    )
  }

  /** What STATUS tells of the process. */
  get status(): BootProcessReport | undefined {
    return this.#process?.status
  }

  /** The figures of the process; undefined where it does not answer. */
  async figures(): Promise<BootFigures | undefined> {
    return this.#process?.figures()
  }

  /** Ends: what was reported is on disk. */
  async close(): Promise<void> {
    this.#wait.close()
    await this.#process?.close()
    await this.#parts.stages.close()
    await this.#kept?.close()
  }

  /** An interface may get another address at any time. */
  #lookLater(): void {
    const look = (): void => {
      this.#lookLater()
      try {
        this.#look()
      } catch {
        // Told when the configuration came; the address may come too.
      }
    }
    this.#wait.tryAgain(look, LOOK_EVERY)
  }

  /** Has the process answer where it is to, if it does not. Throws as `listen`. */
  #look(): void {
    this.#places = this.#parts.listen(this.#cluster)
    this.#process?.follow()
  }
}

function newTicket(): string {
  return hex(randomBytes(TICKET_BYTES))
}
