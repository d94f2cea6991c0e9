/** What a process of boot tells its daemon, and the check of it: the process talks to strangers, so nothing of it is believed unseen. */
import { checkShape, type Fields } from '../../../kickback/index.ts'
import { printable } from '../../../values/index.ts'
import type { BootCounters } from '../../http/boot-answers.ts'
import type { MissingPlace } from '../../http/boot-front.ts'
import { checkedState, STATE_SHAPE } from './dns-figures.ts'
import { type HttpFigures, plainWord } from './http-figures.ts'
import type { ProcessWord } from './words.ts'

/** The state of a process of boot. */
export interface BootFigures extends HttpFigures {
  /** Where it cannot answer yet. */
  readonly missing: readonly MissingPlace[]
  readonly counters: BootCounters
}

const COUNTERS = { transfers: 'uint', bytes: 'uint', delayed: 'uint', refused: 'uint' } as const

const MISSING = { list: { fields: { host: 'str', port: 'uint', reason: 'str' } } } as const
/** How many bytes of a reason are told. */
const REASON_MAX = 200

/** A word of a process as it came. Throws MessageError or TypeError for what it is not. */
export function bootWord(value: Fields): ProcessWord<BootFigures> {
  const plain = plainWord(value)
  if (plain !== undefined) return plain
  checkShape(value, { fields: { figures: STATE_SHAPE } }, 'word')
  const { kind, figures } = value as unknown as { readonly kind: 'ready' | 'figures'; readonly figures: BootFigures }
  checkShape(figures, { fields: { missing: MISSING } }, 'figures')
  checkShape(figures.counters, { fields: COUNTERS }, 'counters')
  const { transfers, bytes, delayed, refused } = figures.counters
  // Where it cannot answer is told as where it does.
  checkedState({ ...figures, places: figures.missing })
  const missing = figures.missing.map(({ host, port, reason }) => ({
    ...{ host, port },
    reason: printable(reason, REASON_MAX),
  }))
  return { kind, figures: { ...checkedState(figures), missing, counters: { transfers, bytes, delayed, refused } } }
}
