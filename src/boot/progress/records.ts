/** What is known of the boots of nodes: their tickets, how often a stage was booted without a report, and which nodes are held. */
import { type BootImage, isExpired, isLoaded, type Ticket, type TicketOrder, withSent } from './tickets.ts'

/** What a node does, as its boots tell it. */
type BootActivity = 'booting' | 'installing'

/** What is known of one node. Plain data, as it is kept over a restart. */
export interface BootRecord {
  readonly number: number
  /** The stage that `boots` counts. */
  readonly stage: string
  /** How often it was booted since the last report. */
  readonly boots: number
  /** Since when it is held, in seconds since 1970; undefined if it is not. */
  readonly heldSince: number | undefined
  readonly activity: BootActivity
  /** Since when, in seconds since 1970. */
  readonly since: number
  /** Those that may still come back, the newest last. */
  readonly tickets: readonly Ticket[]
}

/** A boot of a node. */
export interface BootOrder extends TicketOrder {
  readonly number: number
  /** Whether a script asks for the next one: the boot of before goes on. */
  readonly isAgain: boolean
  /** Whether the node has somebody on it who may ask for scripts: its proxy is connected. */
  readonly isUp: boolean
}

/** What a report is answered with. */
export type ReportAnswer =
  /** It counts: the stage is to be moved in the file. */
  | { readonly kind: 'counts'; readonly ticket: Ticket }
  /** It came before. Nothing is to be done. */
  | { readonly kind: 'done' }
  /** It does not count, and why, in a sentence. */
  | { readonly kind: 'refused'; readonly why: string }

/** How often a stage is booted without a report before the node is held. */
const BOOTS_MAX = 3
/** How many tickets of a node are kept: one for each of its cards, and some for boots that were broken off. */
const TICKETS_MAX = 4

/** The records of all nodes. */
export class BootRecords {
  readonly #records = new Map<number, BootRecord>()
  readonly #random: () => string
  /** Whether something changed since it was asked last. */
  #isChanged = false

  /** `random` gives 32 hexadecimal digits that nobody can guess; `kept` are records of before. */
  constructor(random: () => string, kept: readonly BootRecord[] = []) {
    this.#random = random
    for (const record of kept) this.#records.set(record.number, record)
  }

  /** All records. */
  get all(): readonly BootRecord[] {
    return [...this.#records.values()]
  }

  /** What is known of a node; undefined if nothing is. */
  of(number: number): BootRecord | undefined {
    return this.#records.get(number)
  }

  /** Whether something changed since this was asked last. */
  changed(): boolean {
    const isChanged = this.#isChanged
    this.#isChanged = false
    return isChanged
  }

  /** A node boots an image: its ticket, or undefined if the node is held. `now`: seconds since 1970. */
  boot({ number, isAgain, isUp, ...order }: BootOrder, now: number): Ticket | undefined {
    const { isMoving } = order
    const before = this.#ofStage(number, order.stage, now)
    const isHeld = isMoving && before.boots >= BOOTS_MAX
    if (isHeld) {
      if (before.heldSince === undefined) this.#set({ ...before, heldSince: now })
      return undefined
    }
    const ticket: Ticket = { id: this.#random(), ...order, given: now, sent: [], isUsed: false }
    // Where others send the images nobody sees whether they arrive: the script itself counts.
    const isCounted = isMoving && !isUp && !isAgain && order.images.length === 0
    const tickets = [...before.tickets.filter((one) => !isExpired(one, now)), ticket].slice(-TICKETS_MAX)
    const boots = before.boots + (isCounted ? 1 : 0)
    this.#set({ ...before, boots, tickets, ...(!isUp && { activity: 'booting', since: now }) })
    return ticket
  }

  /** A node boots from its disk. */
  bootLocal(number: number, now: number): void {
    this.#set({ ...this.#ofStage(number, 'local', now), activity: 'booting', since: now })
  }

  /** An image was sent whole to who showed a ticket. */
  sent(number: number, id: string, image: BootImage, isUp: boolean): void {
    const record = this.#records.get(number)
    const ticket = record?.tickets.find((one) => one.id === id)
    if (record === undefined || ticket === undefined || !ticket.images.includes(image)) return
    const next = withSent(ticket, image)
    if (next === ticket) return
    const tickets = record.tickets.map((one) => (one === ticket ? next : one))
    const isBoot = isLoaded(next) && next.isMoving && next.stage === record.stage && !isUp
    this.#set({ ...record, tickets, ...(isBoot && { boots: record.boots + 1, activity: 'installing' }) })
  }

  /** What a report is answered with; `stage` undefined: that of its ticket. Nothing changes by it. */
  reported(number: number, mac: string, id: string, stage: string | undefined, now: number): ReportAnswer {
    const ticket = this.#records.get(number)?.tickets.find((one) => one.id === id)
    if (ticket === undefined) return refused('there is no such ticket: ask for the boot script again')
    if (ticket.mac !== mac) return refused('this ticket was given to another network card')
    if (stage === undefined && !ticket.isInstaller) return refused('this ticket is not for an installer')
    if (stage !== undefined && (ticket.stage !== stage || ticket.isInstaller))
      return refused('this ticket was given for another report')
    if (ticket.isUsed) return { kind: 'done' }
    if (isExpired(ticket, now)) return refused('this ticket has expired: ask for the boot script again')
    if (!isLoaded(ticket)) return refused('what this ticket was given for was not sent yet')
    return { kind: 'counts', ticket }
  }

  /** A report counted, and what it asked for is on disk: its ticket is used, and boots are counted anew. */
  done(number: number, id: string, now: number): void {
    const record = this.#records.get(number)
    if (record === undefined) return
    const ticket = record.tickets.find((one) => one.id === id)
    const tickets = record.tickets.map((one) => (one.id === id ? { ...one, isUsed: true } : one))
    const isInstalled = ticket?.isInstaller === true
    this.#set({
      ...record,
      boots: 0,
      heldSince: undefined,
      tickets,
      ...(isInstalled && { activity: 'booting', since: now }),
    })
  }

  /** A report came that could not be written down: the node did what it should. */
  forgive(number: number): void {
    const record = this.#records.get(number)
    if (record !== undefined && record.boots > 0) this.#set({ ...record, boots: 0 })
  }

  /** The configuration says that a node is at this stage: where it is another one, boots are counted anew. */
  observe(number: number, stage: string): void {
    const record = this.#records.get(number)
    if (record !== undefined && record.stage !== stage) this.#set({ ...record, stage, boots: 0, heldSince: undefined })
  }

  /** Somebody lets a node boot again. Whether it was held. */
  release(number: number): boolean {
    const record = this.#records.get(number)
    if (record === undefined) return false
    this.#set({ ...record, boots: 0, heldSince: undefined })
    return record.heldSince !== undefined
  }

  /** Forgets nodes that there are not any more. */
  keepOnly(isNode: (number: number) => boolean): void {
    for (const number of this.#records.keys()) {
      if (isNode(number)) continue
      this.#records.delete(number)
      this.#isChanged = true
    }
  }

  /** The record of a node at a stage: where it is at another one than before, boots are counted anew. */
  #ofStage(number: number, stage: string, now: number): BootRecord {
    const before = this.#records.get(number) ?? fresh(number, stage, now)
    return before.stage === stage ? before : { ...before, stage, boots: 0, heldSince: undefined }
  }

  #set(record: BootRecord): void {
    this.#records.set(record.number, record)
    this.#isChanged = true
  }
}

function fresh(number: number, stage: string, now: number): BootRecord {
  return { number, stage, boots: 0, heldSince: undefined, activity: 'booting', since: now, tickets: [] }
}

function refused(why: string): ReportAnswer {
  return { kind: 'refused', why }
}
