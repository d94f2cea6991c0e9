/** What a node does about the generation that a master offers. */
import { type GenerationHeader, outranks, sameDigest } from './header.ts'
import { isPossibleNumber } from './number.ts'

/** A copy that was not in step with a living master for so long, in seconds, may lose any number of records. */
export const OLD_COPY = 7 * 86_400
/** Without a proof for so long, in seconds, a master is dead. */
export const PROOF_LASTS = 60

/** What a master proved, by a signature over a nonce of ours, to be so now. */
export interface Proof {
  /** Seconds since the nonce went out. */
  readonly age: number
  /** Whether the master's own history holds the generation that we hold. */
  readonly known: boolean
  /** Whether the master met a generation that it can't decide about. */
  readonly conflict: boolean
}

/** What a master offers. */
export interface Offer {
  readonly header: GenerationHeader
  /** Undefined if the master proved nothing. */
  readonly proof: Proof | undefined
}

/** What a node holds. */
interface Holding {
  readonly header: GenerationHeader
  /** Whether its number counts: not if another key signed it, or none. */
  readonly isNumbered: boolean
  /** Seconds since a living master proved last that this is in step; Infinity if nobody knows. */
  readonly age: number
}

/** What the administrator of the node said. */
export interface NodeOrders {
  /** Whatever a configured master says now is believed. */
  readonly insecure: boolean
  /** Take what is offered now. */
  readonly forced: boolean
}

/** Why a node stays with what it has. */
type StayReason = 'unproved' | 'number' | 'conflict' | 'older' | 'shared-number' | 'stale'

/**
 * `in-step`: nothing to do. `adopt`: the content is ours, under a greater number; take the header, no body is needed.
 * `take`: fetch it; unless `anyLoss`, the loss limit applies to it. `stay`: keep what we have, and look for another master.
 */
export type OfferVerdict =
  | { readonly kind: 'in-step' }
  | { readonly kind: 'adopt' }
  | { readonly kind: 'take'; readonly anyLoss: boolean }
  | { readonly kind: 'stay'; readonly reason: StayReason; readonly text: string }

/** What to do about an offer, its header's signature proved, while this is held. */
export function judgeOffer(offer: Offer, held: Holding | undefined, orders: NodeOrders): OfferVerdict {
  const { header, proof } = offer
  const isSame = held !== undefined && sameDigest(header, held.header)
  if (orders.insecure) return isSame ? withNumber(header, held.header) : { kind: 'take', anyLoss: true }
  if (proof === undefined || proof.age > PROOF_LASTS)
    return stay('unproved', 'it did not prove now that it has the key')
  if (!isPossibleNumber(header.generation)) return stay('number', `the generation ${header.generation} is too large`)
  if (orders.forced) return isSame ? { kind: 'in-step' } : { kind: 'take', anyLoss: true }
  if (proof.conflict) return stay('conflict', 'it is in conflict with another master')
  if (held === undefined) return { kind: 'take', anyLoss: true }
  const isNumbered = held.isNumbered && isPossibleNumber(held.header.generation)
  if (isSame) return !isNumbered || header.generation > held.header.generation ? { kind: 'adopt' } : { kind: 'in-step' }
  if (!isNumbered) return { kind: 'take', anyLoss: proof.known || held.age >= OLD_COPY }
  return judgeOther(header, proof, held)
}

/** Whatever is said is believed, the number too: it is the serial of the zones. */
function withNumber(offered: GenerationHeader, held: GenerationHeader): OfferVerdict {
  return { kind: offered.generation === held.generation ? 'in-step' : 'adopt' }
}

/** The same for content that is not ours. */
function judgeOther(offered: GenerationHeader, { known }: Proof, { header: held, age }: Holding): OfferVerdict {
  const { generation } = offered
  if (generation < held.generation)
    return stay('older', `it has generation ${generation}, this node has ${held.generation}`)
  if (generation === held.generation) {
    return stay('shared-number', `it has other content than this node under the same number, ${generation}`)
  }
  if (known || held.generation < offered.forcedAt) return { kind: 'take', anyLoss: true }
  if (!outranks(offered, held)) {
    return stay(
      'stale',
      `it never had generation ${held.generation}, which this node has, and its content is not newer`,
    )
  }
  return { kind: 'take', anyLoss: age >= OLD_COPY }
}

function stay(reason: StayReason, text: string): OfferVerdict {
  return { kind: 'stay', reason, text }
}
