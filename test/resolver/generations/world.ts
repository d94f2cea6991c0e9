// A cluster in memory for histories of generations: masters that decide by the real ledger, nodes that judge by the real
// rules, DNS secondaries that know RFC 1982, and backups. What is true of it is written down beside it, to be compared.
import { type GenerationHeader, sameDigest } from '../../../src/resolver/generations/header.ts'
import type { Offer } from '../../../src/resolver/generations/offer.ts'
import { serialOf } from '../../../src/resolver/generations/serial.ts'
import {
  contentTimeOf,
  GenerationHistory,
  generationOfSerial,
  historyText,
  judgeOffer,
  Ledger,
  type OfferVerdict,
  parseHistory,
  serialDistance,
} from '../../../src/resolver/index.ts'

/** The files of a master: which content, and the newest time of any. */
export interface Files {
  readonly content: number
  readonly mtime: number
}

/** What a machine has on its disk: what a backup holds, and a clone begins with. */
interface Disk {
  readonly files: Files
  readonly served: GenerationHeader | undefined
  readonly history: string
  /** Every generation that this machine, or the one that it was copied from, published or adopted. The truth. */
  readonly lineage: readonly GenerationHeader[]
}

/** A machine that runs a master. */
export class MasterMachine {
  readonly index: number
  files: Files
  lineage: GenerationHeader[]
  history: GenerationHistory
  ledger: Ledger
  isOn = true
  clockIsOff = 0
  readonly #world: World

  constructor(world: World, index: number, disk: Disk) {
    this.#world = world
    this.index = index
    this.files = disk.files
    this.lineage = [...disk.lineage]
    this.history = new GenerationHistory(parseHistory(disk.history))
    this.ledger = new Ledger(this.history)
    this.ledger.resume(disk.served, undefined, this.clock)
  }

  get clock(): number {
    return Math.max(0, this.#world.now + this.clockIsOff)
  }

  get served(): GenerationHeader {
    const { own } = this.ledger
    if (own === undefined) throw new Error('a master serves from its start on')
    return own
  }

  get disk(): Disk {
    const { files, lineage } = this
    return { files, served: this.ledger.own, history: historyText(this.history.past), lineage: [...lineage] }
  }

  get isInConflict(): boolean {
    return this.ledger.conflict(this.clock) !== undefined
  }

  /** Reads its files, and publishes what changed. */
  reload(isForced = false): void {
    const digest = digestOf(this.files.content)
    const { own } = this.ledger
    if (!isForced && own !== undefined && sameDigest(own, { digest })) return
    this.#publish(digest, contentTimeOf([this.files.mtime], this.clock), isForced)
  }

  /** Starts with what is on this disk, and asks its secondary for the serial, as a master does. */
  start(disk: Disk): void {
    this.files = disk.files
    this.lineage = [...disk.lineage]
    this.history = new GenerationHistory(parseHistory(disk.history))
    this.ledger = new Ledger(this.history)
    this.ledger.resume(disk.served, undefined, this.clock)
    const { serial } = this.#world.secondaryOf(this)
    if (serial !== undefined) {
      this.ledger.heardSerials([generationOfSerial(serial, disk.served?.generation ?? this.clock)])
    }
    this.isOn = true
    this.reload()
  }

  /** Is told of a generation that somebody holds. */
  met(theirs: GenerationHeader, holder: string): void {
    const action = this.ledger.met(theirs, holder, this.clock)
    const { digest, contentTime } = this.served
    if (action === 'adopt') this.#serve(theirs)
    if (action === 'raise') this.#publish(digest, contentTime, false)
  }

  #publish(digest: Uint8Array, contentTime: number, isForced: boolean): void {
    const next = this.ledger.next({ digest, contentTime, isForced }, this.clock, this.index)
    if (next.kind === 'new') this.#world.signed({ ...next, digest }, this)
    this.#serve(next.kind === 'adopt' ? next.header : { ...next, digest })
  }

  #serve(header: GenerationHeader): void {
    this.#world.serves(this, this.ledger.own, header)
    this.ledger.published(header, 'test', this.clock)
    this.lineage.push(header)
  }
}

/** A node: what it holds, and what it said last. */
export class Node {
  held: GenerationHeader | undefined
  provedAt = 0
  readonly said = new Map<MasterMachine, OfferVerdict>()
}

/** A DNS secondary of one master. */
interface Secondary {
  serial: number | undefined
  digest: Uint8Array | undefined
}

/** The whole cluster. A promise that is broken throws. */
export class World {
  now = 1_790_000_000
  readonly masters: MasterMachine[] = []
  readonly nodes = [new Node(), new Node(), new Node()]
  readonly backups: Disk[] = []
  /** All that the key ever signed. */
  readonly log: GenerationHeader[] = []
  readonly #makers = new Map<number, number>()
  readonly #secondaries = new Map<MasterMachine, Secondary>()
  readonly #forced = new Set<GenerationHeader>()

  constructor(masters: number) {
    for (let index = 0; index < masters; index++) {
      const files = { content: 1, mtime: this.now - 1000 }
      const machine = new MasterMachine(this, index, { files, served: undefined, history: '', lineage: [] })
      this.masters.push(machine)
      machine.reload()
    }
  }

  secondaryOf(machine: MasterMachine): Secondary {
    const found = this.#secondaries.get(machine) ?? { serial: undefined, digest: undefined }
    this.#secondaries.set(machine, found)
    return found
  }

  /** A second machine from the disk of one: same key, same address. */
  clone(disk: Disk, index: number): void {
    if (this.masters.length < 5) this.masters.push(new MasterMachine(this, index, disk))
  }

  /** A generation was made: no other master may ever make its number. */
  signed(header: GenerationHeader, maker: MasterMachine): void {
    const other = this.#makers.get(header.generation)
    if (other !== undefined && other !== maker.index) throw new Error(`two masters made number ${header.generation}`)
    this.#makers.set(header.generation, maker.index)
    this.log.push(header)
    if (header.generation === header.forcedAt) this.#forced.add(header)
  }

  /** A master goes over from one generation to another: a step forward, for nodes and for secondaries. */
  serves(machine: MasterMachine, before: GenerationHeader | undefined, after: GenerationHeader): void {
    if (before === undefined) return
    const step = serialDistance(before.generation, after.generation)
    if (after.generation <= before.generation) throw new Error(`master ${machine.index} went back`)
    if (step >= 2 ** 31) throw new Error(`the serial of master ${machine.index} went back`)
    if (step === 0 && !sameDigest(before, after)) throw new Error('one serial has two contents')
  }

  /** A node connects to a master: proof of life, and what follows from it. `isHeard`: the master learns what the node holds. */
  ask(node: Node, machine: MasterMachine, { isForced = false, isHeard = true } = {}): void {
    if (!machine.isOn) return
    if (node.held !== undefined && isHeard) machine.met(node.held, 'node')
    const { held } = node
    const proof = {
      age: 0,
      known: held !== undefined && machine.ledger.holds(held.generation, held.digest),
      conflict: machine.isInConflict,
    }
    const verdict = this.#offered(node, { header: machine.served, proof }, isForced)
    node.said.set(machine, verdict)
    if (verdict.kind === 'stay') return
    if (verdict.kind === 'take' && held !== undefined && !isForced) this.#checkTaken(held, machine)
    if (verdict.kind !== 'in-step') node.held = machine.served
    node.provedAt = this.now
  }

  /** Somebody without the key sends what the key signed once. */
  replay(node: Node, header: GenerationHeader): void {
    if (this.#offered(node, { header, proof: undefined }, false).kind !== 'stay') throw new Error('a replay was taken')
  }

  /** A secondary compares serials as RFC 1982 has it. */
  transfer(machine: MasterMachine): void {
    const secondary = this.secondaryOf(machine)
    const serial = serialOf(machine.served.generation)
    const step = secondary.serial === undefined ? 1 : serialDistance(secondary.serial, serial)
    if (!machine.isOn || step === 0 || step >= 2 ** 31) return
    secondary.serial = serial
    secondary.digest = machine.served.digest
  }

  /** Everybody talks with everybody for a while, and nothing else happens. */
  settle(): void {
    for (let round = 0; round < 8; round++) {
      this.now += 11
      for (const one of this.masters) for (const other of this.masters) if (one !== other) this.meet(one, other)
      for (const node of this.nodes) for (const machine of this.masters) this.ask(node, machine)
    }
  }

  /** One master asks another whether it lives: both tell what they hold. */
  meet(one: MasterMachine, other: MasterMachine): void {
    if (!one.isOn || !other.isOn) return
    other.met(one.served, `master ${one.index}`)
    one.met(other.served, `master ${other.index}`)
  }

  #offered(node: Node, offer: Offer, forced: boolean): OfferVerdict {
    const { held, provedAt } = node
    const holding = held === undefined ? undefined : { header: held, isNumbered: true, age: this.now - provedAt }
    return judgeOffer(offer, holding, { insecure: false, forced })
  }

  /** What a node takes by itself is never stale: it came after what the node had, or is newer, or somebody decided. */
  #checkTaken(held: GenerationHeader, machine: MasterMachine): void {
    const { served } = machine
    if (served.generation <= held.generation) throw new Error('a node went back')
    const cameAfter = machine.lineage.some((one) => one.generation === held.generation && sameDigest(one, held))
    const isNewer = served.contentTime > 0 && served.contentTime >= held.contentTime
    const isDecided = [...this.#forced].some(
      ({ generation }) => generation > held.generation && generation === served.forcedAt,
    )
    if (!cameAfter && !isNewer && !isDecided) throw new Error('stale content won by itself')
  }
}

/** A digest for each content. */
export function digestOf(content: number): Uint8Array {
  return new Uint8Array(32).fill(content)
}
