/** The judge of a node: what it takes of what masters offer, by the rules of generations, by the ids, and by the loss limit. */
import type { OfferJudge } from '../../kickback/index.ts'
import {
  differenceSteps,
  type Header,
  judgeOffer,
  type OfferVerdict,
  type Proof,
  type Snapshot,
} from '../../resolver/index.ts'
import { inTurns } from '../../values/index.ts'
import { checked } from './content.ts'
import { lossesOf } from './loss-limit.ts'
import { type Refusal, Refusals } from './refusals.ts'

/** What a node holds, and whom it believes. */
export interface NodeJudgeParts {
  /** Whether whatever a configured master says now is believed: there is no key. */
  readonly isInsecure: boolean
  /** The generation that this node holds: it was checked when it was taken. */
  readonly current: () => Snapshot | undefined
  /** Whether the number of that generation counts: the key that is trusted here signed it. */
  readonly isNumbered: () => boolean
  /** For how many seconds no living master has said that this is in step; Infinity if nobody knows. */
  readonly age: () => number
  /** Lets others have their turn; `othersTurn` unless set. */
  readonly turn?: (() => Promise<void>) | undefined
}

/** The judge of one node. */
export class NodeJudge implements OfferJudge {
  readonly #parts: NodeJudgeParts
  readonly #refusals = new Refusals()

  constructor(parts: NodeJudgeParts) {
    this.#parts = parts
  }

  offered(header: Header, proof: Proof, isForced: boolean): OfferVerdict {
    const { isInsecure, current, isNumbered, age } = this.#parts
    const held = current()
    return judgeOffer({ header, proof }, held && { header: held.header, isNumbered: isNumbered(), age: age() }, {
      insecure: isInsecure,
      forced: isForced,
    })
  }

  checkRefused(header: Header): void {
    this.#refusals.check(this.#parts.current(), header)
  }

  opened(bytes: Uint8Array): Promise<Snapshot> {
    return checked(bytes, this.#parts.current())
  }

  /** A node that holds nothing has nothing to lose. */
  async checkLoss(snapshot: Snapshot): Promise<void> {
    const { current, turn } = this.#parts
    const held = current()
    if (held === undefined) return
    const lost = lossesOf(await inTurns(differenceSteps(held, snapshot), turn))
    if (lost.length > 0) throw this.#refusals.refuse(held, snapshot.header, lost)
  }

  get refusals(): readonly Refusal[] {
    return this.#refusals.all
  }

  forget(): void {
    this.#refusals.clear()
  }
}
