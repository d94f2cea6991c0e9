/** The daemon's side of the boot endpoint: what each node is told, whether its reports count, and which nodes are held. */
import {
  type BootImage,
  type BootPlan,
  type BootPlans,
  type BootRecords,
  bootScript,
  bootTurn,
  heldScript,
  isByInstaller,
  PROGRAMS,
  type ReportAnswer,
  TO_THE_DISK,
} from '../../boot/index.ts'
import type { Cluster, StageOutcome } from '../../config/index.ts'
import { type Address, formatAddress, type Log, parseAddress, parseMac } from '../../values/index.ts'
import type { BootReply } from '../http/boot-answers.ts'
import { StageError, type Stages } from './stages.ts'

/** What a desk answers from. */
interface BootDeskParts {
  readonly records: BootRecords
  /** The stages of the configuration itself. */
  readonly stages: Pick<Stages, 'of' | 'move'>
  /** Whether the proxy of the machine that has one of these addresses is connected. */
  readonly isUp: (addresses: readonly Address[]) => boolean
  /** The addresses of this master. */
  readonly own: () => readonly Address[]
  /** Whether this master decides what a node boots whose first master is another one. */
  readonly standsIn: (number: number) => boolean
  /** Where others have the images, without a final slash; null if this master sends them. */
  readonly images: string | null
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  /** Seconds since 1970. */
  readonly clock: () => number
}

/** What a request says, beside its kind. */
type Fields = { readonly [name: string]: string }
/** Who asks, and for which node. */
interface Asked {
  readonly plan: BootPlan
  readonly mac: string
  readonly of: Fields
}

/** How long who is to come back waits, in seconds: for a file that cannot be read now, and for a proxy that may have died. */
const LATER = { file: 5, proxy: 10 }
const UNPLANNED: BootReply = { status: 403, text: 'this is not the address of the node that has this MAC address' }

/** Answers the boot endpoint of one master. */
export class BootDesk {
  readonly #parts: BootDeskParts
  #cluster: Cluster | undefined
  #plans: BootPlans | undefined

  constructor(parts: BootDeskParts) {
    this.#parts = parts
  }

  /** This is the cluster from now on. */
  learn({ cluster, plans }: { readonly cluster: Cluster; readonly plans: BootPlans }): void {
    const { records } = this.#parts
    this.#cluster = cluster
    this.#plans = plans
    const numbers = new Set<number>()
    for (const { number, stage, sequence } of cluster.nodes) {
      numbers.add(number)
      const now = stage ?? sequence[0]
      if (now !== undefined) records.observe(number, now)
    }
    records.keepOnly((number) => numbers.has(number))
  }

  /** Answers a question of the process; undefined for one that there is not. */
  async answer(what: string, of: Fields): Promise<BootReply | undefined> {
    try {
      const reply = await this.#answered(what, of)
      const isNamed = reply === undefined || this.#plans === undefined || 'paths' in reply
      return isNamed || this.#planAt(of.address) !== undefined ? reply : { ...reply, isStranger: true }
    } catch (error) {
      if (!(error instanceof StageError)) throw error
      this.#parts.log.error({ reason: error.message }, 'cannot read or move boot stages')
      return { status: 503, text: 'the master cannot read or write its configuration now', retryAfter: LATER.file }
    }
  }

  async #answered(what: string, of: Fields): Promise<BootReply | undefined> {
    if (this.#plans === undefined) return { status: 503, text: 'the master starts', retryAfter: LATER.file }
    if (what === 'program') return this.#program(of)
    if (what === 'named') return this.#named(of)
    const { mac = '' } = of
    const parsed = parseMac(mac)
    const plan = parsed && this.#plans.ofMac(parsed)
    if (plan === undefined)
      return what === 'script'
        ? { status: 200, text: TO_THE_DISK }
        : { status: 404, text: 'no node has this MAC address' }
    if (!isOf(plan, of.address)) return UNPLANNED
    const asked = { plan, mac, of }
    switch (what) {
      case 'script':
        return this.#script(asked)
      case 'image':
        return this.#image(asked)
      case 'arrived':
        return this.#arrived(asked)
      case 'sent':
        return this.#report(asked, of.stage)
      case 'installed':
        return this.#report(asked, undefined)
    }
    return undefined
  }

  /** The firmware asks for a boot program before anybody knows its MAC. */
  #program({ name = '', address }: Fields): BootReply {
    const paths = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name as keyof typeof PROGRAMS] : undefined
    if (paths === undefined) return { status: 404, text: 'there is no such boot program' }
    return this.#planAt(address) === undefined ? { status: 403, text: 'this is not the address of a node' } : { paths }
  }

  /** The image that this path means in the plan of the node that asks. */
  async #named({ path = '', address }: Fields): Promise<BootReply> {
    const plan = this.#planAt(address)
    if (plan === undefined) return { status: 403, text: 'this is not the address of a node' }
    const { kernelimage, initrdimage } = plan.properties
    const named = [kernelimage.value, initrdimage.value].find((each) => each === path)
    return named == null ? { status: 404, text: 'this node is sent no such image' } : { paths: [named] }
  }

  async #script({ plan, mac, of }: Asked): Promise<BootReply> {
    const { records, clock, images, log } = this.#parts
    const { number } = plan
    const now = await this.#now(plan)
    if (now === undefined) return unknownStage(number)
    if (now.next.kind === 'local' || (isOfSteps(now) && !this.#decides(number))) {
      records.bootLocal(number, clock())
      if (now.next.kind !== 'local')
        log.info({ node: number }, 'another master decides what this node boots: it is sent to its disk')
      return { status: 200, text: TO_THE_DISK }
    }
    const isInstaller = isByInstaller(now)
    const needed: readonly BootImage[] = now.next.initrd === undefined ? ['kernel'] : ['kernel', 'initrd']
    const order = {
      ...{ number, mac, stage: now.stage, isInstaller, isMoving: now.nextStage !== now.stage },
      ...{ images: images === null ? needed : [], isAgain: of.isAgain === 'true', isUp: this.#isUp(now) },
    }
    const wasHeld = records.of(number)?.heldSince !== undefined
    const ticket = records.boot(order, clock())
    const master = `http://${of.here ?? ''}`
    if (ticket === undefined) {
      if (!wasHeld)
        log.warn(
          { node: number, stage: now.stage },
          'a node is held: it booted one stage several times without a report',
        )
      return { status: 200, text: heldScript(master, mac, number, now.stage) }
    }
    const parts = { master, mac, ticket: ticket.id, isInstaller, images: images ?? undefined }
    return { status: 200, text: bootScript(now, parts) }
  }

  async #image({ plan, of }: Asked): Promise<BootReply> {
    const now = await this.#now(plan)
    if (now === undefined) return unknownStage(plan.number)
    const path = now.next.kind === 'local' ? undefined : of.image === 'kernel' ? now.next.kernel : now.next.initrd
    if (path === undefined) return { status: 404, text: `node ${plan.number} is sent no ${of.image ?? ''} now` }
    if (!path.startsWith('/'))
      return { status: 500, text: `${path} is not a full path: write it from the first slash on` }
    return { paths: [path] }
  }

  #arrived({ plan, of }: Asked): BootReply {
    const image = of.image === 'kernel' ? 'kernel' : 'initrd'
    this.#parts.records.sent(plan.number, of.ticket ?? '', image, this.#isUp(plan))
    return { status: 200, text: '' }
  }

  /** A node says that a stage is done; `stage` undefined: its installer says it. */
  async #report({ plan, mac, of }: Asked, stage: string | undefined): Promise<BootReply> {
    const { records, stages, clock, log } = this.#parts
    const { number } = plan
    const answer: ReportAnswer = records.reported(number, mac, of.ticket ?? '', stage, clock())
    if (answer.kind === 'refused') {
      // The reply to a report that counted may have been lost, and its ticket with it: the node is to go on.
      const now = stage === undefined ? undefined : await this.#now(plan)
      if (now !== undefined && now.stage !== stage)
        return { status: 200, text: `node ${number} is at stage ${now.stage} already` }
      log.warn({ node: number, address: of.address, reason: answer.why }, 'the report of a node does not count')
      return { status: 403, text: answer.why }
    }
    if (answer.kind === 'done') return { status: 200, text: `node ${number} has reported this already` }
    if (this.#isUp(plan)) {
      log.warn(
        { node: number, address: of.address },
        'the report of a node does not count while its proxy is connected',
      )
      const text = 'the proxy of this node is connected, so it does not boot: a report counts when it is gone'
      return { status: 503, text, retryAfter: LATER.proxy }
    }
    const { ticket } = answer
    // A node whose sequence has one step, or that has none, has nothing to move.
    const outcome = await this.#moved(plan, () =>
      stages.move({ number, from: ticket.stage, by: `${mac} at ${of.address ?? ''}` }),
    )
    records.done(number, ticket.id, clock())
    if (outcome?.kind === 'moved') {
      log.info({ node: number, from: ticket.stage, to: outcome.to, mac, address: of.address }, 'a boot stage is done')
      return { status: 200, text: `node ${number} boots stage ${outcome.to} next` }
    }
    if (outcome?.kind === 'refused') log.warn({ node: number, reason: outcome.reason }, 'a boot stage stays')
    return { status: 200, text: `node ${number} stays at its stage` }
  }

  /** What became of a move. One that the disk did not take is tried again by the node, which has done what it should. */
  async #moved(plan: BootPlan, move: () => Promise<StageOutcome>): Promise<StageOutcome | undefined> {
    if (!isOfSteps(plan)) return undefined
    try {
      return await move()
    } catch (error) {
      this.#parts.records.forgive(plan.number)
      throw error
    }
  }

  /** The plan with the stage that the file says now; undefined where the file and the plan do not belong together. */
  async #now(plan: BootPlan): Promise<BootPlan | undefined> {
    if (!isOfSteps(plan)) return plan
    const stage = await this.#parts.stages.of(plan.number)
    return stage === undefined || !plan.sequence.includes(stage) ? undefined : this.#plans?.at(plan.number, stage)
  }

  /** Whether the file here says the stage of a node: of the other masters' files, each may be an old one. */
  #decides(number: number): boolean {
    if (this.#cluster === undefined) return true
    const turn = bootTurn(this.#cluster, this.#parts.own(), number)
    return turn.kind === 'first' || (turn.kind === 'after' && this.#parts.standsIn(number))
  }

  #isUp({ addresses }: BootPlan): boolean {
    return this.#parts.isUp(addresses)
  }

  /** The plan of the node at an address. */
  #planAt(text: string | undefined): BootPlan | undefined {
    const address = parseAddress(text ?? '')
    return address && this.#plans?.ofAddress(address)
  }
}

/** Whether its sequence has different steps: what it boots depends on what it has done. */
function isOfSteps({ sequence }: BootPlan): boolean {
  return new Set(sequence).size > 1
}

function isOf({ addresses }: BootPlan, text: string | undefined): boolean {
  return addresses.some((address) => formatAddress(address) === text)
}

function unknownStage(number: number): BootReply {
  const text = `the configuration does not say a boot stage of node ${number} now`
  return { status: 503, text, retryAfter: LATER.file }
}
