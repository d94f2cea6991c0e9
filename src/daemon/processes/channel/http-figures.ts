/** What a process of HTTP tells its daemon, and the check of it: the process talks to strangers, so nothing of it is believed unseen. */
import { checkShape, type Fields, type Place } from '../../../kickback/index.ts'
import { checkedState, failedWord, STATE_SHAPE } from './dns-figures.ts'
import type { ProcessWord } from './words.ts'

/** The state of a process of HTTP. */
export interface HttpFigures {
  /** The generation of which it knows names; 0 for none. */
  readonly generation: number
  /** Where it answers. */
  readonly places: readonly Extract<Place, { readonly host: string }>[]
  /** By handler: unexpected errors in it since the start of the process. */
  readonly failures: { readonly [handler: string]: number }
}

/** A word of a process as it came. Throws MessageError or TypeError for what it is not. */
export function httpWord(value: Fields): ProcessWord<HttpFigures> {
  const plain = plainWord(value)
  if (plain !== undefined) return plain
  checkShape(value, { fields: { figures: STATE_SHAPE } }, 'word')
  const { kind, figures } = value as unknown as { readonly kind: 'ready' | 'figures'; readonly figures: HttpFigures }
  return { kind, figures: checkedState(figures) }
}

/** A word that has no figures: that it can't start, or a question. Undefined for one that has. Throws as `httpWord` does. */
export function plainWord(value: Fields): Extract<ProcessWord<never>, { readonly kind: 'failed' | 'ask' }> | undefined {
  checkShape(value, { fields: { kind: { words: ['ready', 'figures', 'failed', 'ask'] } } }, 'word')
  const word = value as unknown as ProcessWord<never>
  if (word.kind === 'failed') return failedWord(word)
  if (word.kind !== 'ask') return undefined
  checkShape(word, { fields: { id: 'uint', what: 'str', of: { named: 'str' } } }, 'word')
  return { kind: 'ask', id: word.id, what: word.what, of: word.of }
}
