/** Why connections are turned away or ended by this side: the words of metrics, and the sentences of the log. */

/** The sentences by word. */
export const ENDINGS = {
  full: 'there were too many connections',
  room: 'made room for another',
  slow: 'reads too slowly',
  silent: 'said nothing',
  'half-sent': 'left a frame half-sent',
  requests: 'too many half-sent bytes, and this client had the most',
  answers: 'too many unread answers, and this client had the most',
  certificate: 'its certificate has ended',
  closing: 'the service ends',
  fault: 'an unexpected error',
} as const

/** A word for each ending. `handshake`: TLS failed or took too long; `protocol`: what came is no message of the protocol. */
export type Ending = keyof typeof ENDINGS | 'handshake' | 'protocol'

/** Every word. */
export const ENDING_WORDS: readonly Ending[] = [...(Object.keys(ENDINGS) as Ending[]), 'handshake', 'protocol']

const WORDS: ReadonlyMap<string, Ending> = new Map(
  Object.entries(ENDINGS).map(([word, sentence]) => [sentence, word as Ending]),
)

/** The word for the sentence by which a connection was ended; `otherwise` where it has none of its own. */
export function endingOf(sentence: string, otherwise: 'handshake' | 'protocol'): Ending {
  return WORDS.get(sentence) ?? otherwise
}
