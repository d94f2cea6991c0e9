/** The judge of what masters offer, as the protocol needs it: who decides is the daemon that follows them. */
import type { Header, OfferVerdict, Proof, Snapshot } from '../../resolver/index.ts'
import type { RefusalReport } from '../wire/report.ts'

/** Decides what a node takes, first by the header of a generation, then by its content. */
export interface OfferJudge {
  /**
   * What to do about a generation that a master offers, by its header alone, whose signature is proved. `proof`: what the master
   * proved with it. `isForced`: the node's administrator wants it, whatever is lost.
   */
  offered(header: Header, proof: Proof, isForced: boolean): OfferVerdict
  /** Throws UntrustedError if this content was refused already, in place of what is held: it need not be fetched again. */
  checkRefused(header: Header): void
  /** The bytes that a proved header stands for, as a snapshot that may be taken. Throws UntrustedError if it may not. */
  opened(bytes: Uint8Array): Promise<Snapshot>
  /**
   * Rejects with UntrustedError if it loses more than the loss limit allows, in place of what is held when this is called. That is
   * remembered. It takes its time: what is held may be another by then.
   */
  checkLoss(snapshot: Snapshot): Promise<void>
  /** What the loss limit refused, for STATUS. */
  readonly refusals: readonly RefusalReport[]
  /** Forgets what was refused: what is held is another now, or the administrator decided. */
  forget(): void
}
