/** What a process of boot tells its daemon, and the check of it: the process talks to strangers, so nothing of it is believed unseen. */
import { checkShape, type Fields } from '../../../kickback/index.ts'
import type { BootCounters } from '../../http/boot-answers.ts'
import { checkedState, STATE_SHAPE } from './dns-figures.ts'
import { type HttpFigures, plainWord } from './http-figures.ts'
import type { ProcessWord } from './words.ts'

/** The state of a process of boot. */
export interface BootFigures extends HttpFigures {
  readonly counters: BootCounters
}

const COUNTERS = { transfers: 'uint', bytes: 'uint', delayed: 'uint', refused: 'uint' } as const

/** A word of a process as it came. Throws MessageError or TypeError for what it is not. */
export function bootWord(value: Fields): ProcessWord<BootFigures> {
  const plain = plainWord(value)
  if (plain !== undefined) return plain
  checkShape(value, { fields: { figures: STATE_SHAPE } }, 'word')
  const { kind, figures } = value as unknown as { readonly kind: 'ready' | 'figures'; readonly figures: BootFigures }
  checkShape(figures.counters, { fields: COUNTERS }, 'counters')
  const { transfers, bytes, delayed, refused } = figures.counters
  return { kind, figures: { ...checkedState(figures), counters: { transfers, bytes, delayed, refused } } }
}
