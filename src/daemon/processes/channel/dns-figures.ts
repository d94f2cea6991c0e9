/** What a process of DNS tells its daemon, what any process does, and the check of it: the process talks to strangers, so nothing of it is believed unseen. */
import type { DnsCounters } from '../../../dns/index.ts'
import { checkShape, type Place, type Shape } from '../../../kickback/index.ts'
import { HANDLERS, parseAddress, printable } from '../../../values/index.ts'
import type { ProcessWord } from './words.ts'

/** The state of a process of DNS. */
export interface DnsFigures {
  /** The generation that it answers from; 0 before the first. */
  readonly generation: number
  /** Where it answers. */
  readonly places: readonly Extract<Place, { readonly host: string }>[]
  /** Where it takes what other processes hand over, a port of loopback; 0: nowhere. */
  readonly handover: number
  /** What it has done; null before it answers. */
  readonly counters: Readonly<DnsCounters> | null
  /** By handler: unexpected errors in it since the start of the process. */
  readonly failures: { readonly [handler: string]: number }
}

const COUNTERS: { readonly [Name in keyof DnsCounters]: Shape } = {
  udp: 'uint',
  tcp: 'uint',
  replies: { list: 'uint' },
  ready: 'uint',
  batched: 'uint',
  batches: 'uint',
  refused: 'uint',
  limited: 'uint',
  dropped: 'uint',
  shortened: 'uint',
  unsent: 'uint',
  forwarded: 'uint',
  unanswered: 'uint',
  axfr: 'uint',
  ixfr: 'uint',
  transfersRefused: 'uint',
  notified: 'uint',
  acknowledged: 'uint',
  unacknowledged: 'uint',
  connections: 'uint',
  connectionsRefused: 'uint',
}

/** What each process tells of its state. */
export const STATE_SHAPE: Shape = {
  fields: {
    generation: 'uint',
    places: { list: { fields: { host: 'str', port: 'uint' } } },
    failures: { named: 'uint' },
  },
}

/** How many bytes of a reason are told. */
const REASON_MAX = 500
const RCODES = 16

/** A word of a process of DNS as it came. Throws MessageError or TypeError for what it is not. */
export function dnsWord(value: unknown): ProcessWord<DnsFigures> {
  checkShape(value, { fields: { kind: { words: ['ready', 'figures', 'failed'] } } }, 'word')
  const word = value as Exclude<ProcessWord<DnsFigures>, { readonly kind: 'ask' }>
  if (word.kind === 'failed') return failedWord(word)
  checkShape(word, { fields: { figures: STATE_SHAPE } }, 'word')
  checkShape(word, { fields: { figures: { fields: { handover: 'uint' } } } }, 'word')
  return { kind: word.kind, figures: checkedFigures(word.figures) }
}

/** The word of a process that can't start. Throws MessageError for what it is not. */
export function failedWord(word: { readonly reason: string }): { readonly kind: 'failed'; readonly reason: string } {
  checkShape(word, { fields: { reason: 'str' } }, 'word')
  return { kind: 'failed', reason: printable(word.reason, REASON_MAX) }
}

/** The state of a process without anything else. Throws TypeError where it names what there is not. */
export function checkedState({ generation, places, failures }: Omit<DnsFigures, 'counters' | 'handover'>) {
  for (const { host, port } of places) {
    if (parseAddress(host) === undefined || port > 0xffff) throw new TypeError('a place is no address and port')
  }
  const unknown = Object.keys(failures).find((name) => !Object.hasOwn(HANDLERS, name))
  if (unknown !== undefined) throw new TypeError('there is no such handler')
  return { generation, places, failures }
}

function checkedFigures({ counters, handover, ...state }: DnsFigures): DnsFigures {
  const checked = checkedState(state)
  if (handover > 0xffff) throw new TypeError('where requests are handed over is no port')
  if (counters !== null) {
    checkShape(counters, { fields: COUNTERS }, 'counters')
    if (counters.replies.length !== RCODES) throw new TypeError('there are sixteen response codes')
  }
  return { ...checked, handover, counters }
}
