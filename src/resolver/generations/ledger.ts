/** What a master knows of generations, its own and others', and what follows for the next one. Asks nobody, sends nothing. */
import { type GenerationHeader, sameDigest, supersedes } from './header.ts'
import type { GenerationHistory } from './history.ts'
import { losesNothing, type Meeting, meet } from './meeting.ts'
import { contentTimeOf, isBelievedFloor, isPossibleNumber, nextNumber } from './number.ts'

/** A generation that the cluster's key signed and that another machine has. */
interface MetGeneration<H extends GenerationHeader = GenerationHeader> {
  readonly header: H
  /** Who has it, each as text; the first that said so first. */
  readonly holders: readonly string[]
}

/** Why a master takes no nodes. */
interface Conflict<H extends GenerationHeader = GenerationHeader> extends MetGeneration<H> {
  /** `content`: theirs is other content, and ours is not known to be newer. `number`: no number of ours may be above theirs. */
  readonly reason: 'content' | 'number'
}

/** Content that is to be published. */
interface Content {
  readonly digest: Uint8Array
  /** As in GenerationHeader. */
  readonly contentTime: number
  /** An administrator decided that this is to be served, whatever others have. */
  readonly isForced: boolean
}

/** The header of the next generation: a new number, or the header that another master made for the same content. */
export type NextHeader<H extends GenerationHeader> =
  | { readonly kind: 'new'; readonly generation: number; readonly contentTime: number; readonly forcedAt: number }
  | { readonly kind: 'adopt'; readonly header: H }

/**
 * What a master does at once about what it met; `later`: it would publish above, but did so a moment ago, or has to give way to another one; `impossible`: nothing, for no
 * master makes such a number.
 */
type MetAction = 'none' | 'impossible' | 'adopt' | 'raise' | 'later' | 'conflict'

/** How often a master publishes above others without a change of its own content, in seconds. */
const RAISE_PAUSE = 10
/** How many generations of others are remembered: the greatest numbers. */
const MET_MAX = 16
/** How many holders of one are reported. */
const HOLDERS_MAX = 8

/** The ledger of a master. Times are seconds since 1970. */
export class Ledger<H extends GenerationHeader = GenerationHeader> {
  readonly #history: GenerationHistory
  /** The greatest number of ours: of the public snapshot or of shadow. */
  #last: number | undefined
  #own: GenerationHeader | undefined
  #met: MetGeneration<H>[] = []
  #serials: readonly number[] = []
  #raisedAt = Number.NEGATIVE_INFINITY

  constructor(history: GenerationHistory) {
    this.#history = history
  }

  /** The public generation that is served. */
  get own(): GenerationHeader | undefined {
    return this.#own
  }

  /** Whether this master ever had this generation with this digest. */
  holds(generation: number, digest: Uint8Array): boolean {
    return this.#history.holds(generation, digest)
  }

  /** Serves what was kept from before the start; `shadow` is the number of the shadow snapshot. */
  resume(own: GenerationHeader | undefined, shadow: number | undefined, clock: number): void {
    if (shadow !== undefined) this.numbered(shadow)
    if (own !== undefined) this.published(own, 'kept from before the start', clock)
  }

  /** The generations that DNS secondaries hold, as far as they reported them: see `generationOfSerial`. */
  heardSerials(generations: readonly number[]): void {
    this.#serials = generations
  }

  /** Serves a generation that is ours from now on, made or adopted. */
  published(own: GenerationHeader, cause: string, time: number): void {
    this.#own = own
    this.numbered(own.generation)
    if (!this.holds(own.generation, own.digest)) this.#history.add({ ...headerOf(own), cause, time })
    this.#met = this.#met.filter(({ header }) => this.#meeting(header) !== 'ours')
  }

  /** Serves a snapshot with this number: numbers of both kinds are one sequence. One that no master makes is not part of it. */
  numbered(generation: number): void {
    if (isPossibleNumber(generation)) this.#last = Math.max(this.#last ?? generation, generation)
  }

  /** Learns that another machine has a generation that the cluster's key signed. Gives what is to be done. */
  met(header: H, holder: string, clock: number): MetAction {
    if (!isPossibleNumber(header.generation)) return 'impossible'
    const meeting = this.#meeting(header)
    if (meeting === 'ours') return 'none'
    this.#remember(header, holder)
    if (this.#own === undefined) return 'none'
    if (meeting === 'conflict') return 'conflict'
    // Where the content is ours nodes are in step whatever the number; else they would refuse every number of ours.
    if (!this.#isBelieved(header.generation, clock)) return sameDigest(this.#own, header) ? 'none' : 'conflict'
    if (meeting === 'adopt' && !this.#isBehindSecondaries(header.generation, clock)) return 'adopt'
    if (this.#isHeldBack(header)) return 'later'
    if (clock - this.#raisedAt < RAISE_PAUSE && clock >= this.#raisedAt) return 'later'
    this.#raisedAt = clock
    return 'raise'
  }

  /** Whether something was met that what is served is to have the number of, or a number above. */
  isToBeRenumbered(clock: number): boolean {
    return this.#met.some(({ header }) => {
      const meeting = this.#meeting(header)
      const isDue = meeting === 'adopt' || (meeting === 'raise' && !this.#isHeldBack(header))
      return isDue && this.#isBelieved(header.generation, clock)
    })
  }

  /** Forgets what was met under a header that counts no longer. */
  review(counts: (header: H) => boolean): void {
    this.#met = this.#met.filter(({ header }) => counts(header))
  }

  /** Why this master takes no nodes; undefined if it does. The greatest number of others first. */
  conflict(clock: number): Conflict<H> | undefined {
    for (const met of this.#met) {
      const meeting = this.#meeting(met.header)
      if (meeting === 'conflict') return { ...met, reason: 'content' }
      const isOurs = this.#own === undefined || sameDigest(this.#own, met.header)
      if (!isOurs && !this.#isBelieved(met.header.generation, clock)) return { ...met, reason: 'number' }
    }
    return undefined
  }

  /** The floors that are left out because they are too far ahead: for a warning. */
  disbelieved(clock: number): readonly number[] {
    const floors = [...this.#met.map(({ header }) => header.generation), ...this.#serials]
    return floors.filter((floor) => !this.#isBelieved(floor, clock))
  }

  /**
   * The header of the next generation, which has this content. `index`: that of this master among all. A forced one
   * has a number by the clock, so that it comes after all that was written until now.
   */
  next(content: Content, clock: number, index: number): NextHeader<H> {
    const { isForced } = content
    const same = this.#met.filter(({ header }) => sameDigest(header, content)).map(({ header }) => header)
    const forcedAt = Math.max(this.#own?.forcedAt ?? 0, ...same.map((header) => header.forcedAt))
    const contentTime = Math.max(
      content.contentTime,
      this.#newestSoFar(clock),
      ...same.map((header) => header.contentTime),
    )
    const adoptable = same.find((header) => this.#mayAdopt(header, { ...content, contentTime, forcedAt }, clock))
    if (!isForced && adoptable !== undefined) return { kind: 'adopt', header: adoptable }
    const above = this.#met.filter(
      ({ header }) => isForced || this.#wins({ ...content, contentTime, forcedAt }, header, clock, index),
    )
    const givesWay = above.length < this.#met.length
    // Not even above those that it need not give way to: it could come to lie above the other one, and two contents of one second go by the number.
    // A number below the last forced one would count as older than that decision.
    const floors = [...(givesWay ? [] : above.map(({ header }) => header.generation)), forcedAt, ...this.#serials]
    const generation = nextNumber({
      last: this.#last,
      floors: floors.filter((floor) => isBelievedFloor(floor, this.#last, clock, isForced)),
      contentTime: isForced ? 0 : contentTime,
      // Content that has to give way must not look newer to DNS secondaries, which go by the number alone.
      clock: givesWay ? undefined : clock,
      index,
    })
    return { kind: 'new', generation, contentTime, forcedAt: isForced ? generation : forcedAt }
  }

  /**
   * The time of what is served: content that comes after it is no older, though its files may be. Who takes a mistake back by
   * files of before, with their times, would else be outdone by whoever still has the mistake.
   */
  #newestSoFar(clock: number): number {
    return contentTimeOf([this.#own?.contentTime ?? 0], clock)
  }

  /**
   * Whether nothing is published above a generation: what is served gives way to another one, and what gives way is put above none. A
   * decision of an administrator that it takes over ends that: it may be what decides between the two.
   */
  #isHeldBack({ forcedAt }: GenerationHeader): boolean {
    const givesWay = this.#met.some(({ header }) => this.#meeting(header) === 'conflict')
    return givesWay && forcedAt <= (this.#own?.forcedAt ?? 0)
  }

  #meeting(theirs: GenerationHeader): Meeting | undefined {
    const { generation, digest } = theirs
    const isKnown = this.holds(generation, digest) || this.#history.isBeforeAll(generation)
    return this.#own === undefined ? undefined : meet(this.#own, theirs, isKnown)
  }

  /** Whether content, under the number that it would have without others, is to be had and not a generation that was met. */
  #wins(
    content: Omit<GenerationHeader, 'generation'>,
    theirs: GenerationHeader,
    clock: number,
    index: number,
  ): boolean {
    if (sameDigest(content, theirs) || this.holds(theirs.generation, theirs.digest)) return true
    const { contentTime } = content
    const time = contentTime === 0 ? undefined : clock
    const generation = nextNumber({ last: this.#last, floors: [], contentTime, clock: time, index })
    return supersedes({ ...content, generation }, theirs)
  }

  #isBelieved(floor: number, clock: number): boolean {
    return isBelievedFloor(floor, this.#last, clock)
  }

  /** Whether a secondary with the serial that it reported would not copy a generation. */
  #isBehindSecondaries(generation: number, clock: number): boolean {
    return this.#serials.some((serial) => serial > generation && this.#isBelieved(serial, clock))
  }

  #mayAdopt(header: GenerationHeader, content: Omit<GenerationHeader, 'generation'>, clock: number): boolean {
    const last = this.#last ?? 0
    if (header.generation <= last || !this.#isBelieved(header.generation, clock)) return false
    if (this.#isBehindSecondaries(header.generation, clock)) return false
    return losesNothing({ ...content, generation: this.#last ?? header.generation }, header)
  }

  #remember(header: H, holder: string): void {
    const isIt = (met: MetGeneration): boolean =>
      met.header.generation === header.generation && sameDigest(met.header, header)
    const holders = this.#met.find(isIt)?.holders ?? []
    const all = holders.includes(holder) ? holders : [...holders, holder].slice(0, HOLDERS_MAX)
    const others = this.#met.filter((met) => !isIt(met))
    const sorted = [...others, { header, holders: all }].sort((a, b) => b.header.generation - a.header.generation)
    this.#met = sorted.slice(0, MET_MAX)
  }
}

function headerOf({ generation, digest, contentTime, forcedAt }: GenerationHeader): GenerationHeader {
  return { generation, digest, contentTime, forcedAt }
}
