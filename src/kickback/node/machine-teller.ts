/** When a master is told how this machine is: along with a question that is asked anyway, so that no machine is woken for it. */
import type { Clock } from '../../values/index.ts'
import type { MachineReport } from '../wire/machine.ts'

/**
 * How long after it was told the master is told again, in milliseconds: between the first and the second, and another time each time, so that nodes which all came at
 * once do not tell all at once for ever. The question that it goes with is asked every 20 s.
 */
const AGAIN = { from: 45_000, to: 65_000 }

/** What a teller is made of. */
interface TellerParts {
  readonly clock: Pick<Clock, 'now'>
  /** Where jitter comes from: 0 <= random() < 1; none unless set. */
  readonly random?: () => number
  /** How this machine is now; nothing is told unless set. */
  readonly read: (() => MachineReport | undefined) | undefined
}

/** Tells one master. */
export class MachineTeller {
  readonly #parts: TellerParts
  #next = Number.NEGATIVE_INFINITY

  constructor(parts: TellerParts) {
    this.#parts = parts
  }

  /** What the master is to be told now, where that is due. */
  due(): MachineReport | undefined {
    const { clock, random = () => 0.5, read } = this.#parts
    const now = clock.now()
    if (read === undefined || now < this.#next) return undefined
    this.#next = now + AGAIN.from + random() * (AGAIN.to - AGAIN.from)
    return read()
  }
}
