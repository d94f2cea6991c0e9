/** What a process of DNS tells its daemon, and the check of it: the process talks to strangers, so nothing of it is believed unseen. */
import type { DnsCounters } from '../../dns/index.ts'
import { checkShape, type Place, type Shape } from '../../kickback/index.ts'
import { HANDLERS, parseAddress, printable } from '../../values/index.ts'

/** The state of a process of DNS. */
export interface DnsFigures {
  /** The generation that it answers from; 0 before the first. */
  readonly generation: number
  /** Where it answers. */
  readonly places: readonly Extract<Place, { readonly host: string }>[]
  /** What it has done; null before it answers. */
  readonly counters: Readonly<DnsCounters> | null
  /** By handler: unexpected errors in it since the start of the process. */
  readonly failures: { readonly [handler: string]: number }
}

/** What a process tells. */
export type DnsWord =
  /** It answers, or waits for its addresses or for a snapshot. */
  | { readonly kind: 'ready'; readonly figures: DnsFigures }
  | { readonly kind: 'figures'; readonly figures: DnsFigures }
  /** It can't start: why. It ends then. */
  | { readonly kind: 'failed'; readonly reason: string }

/** What a process is told. */
export type DnsOrder =
  /** There is a new file. */
  | { readonly kind: 'look' }
  /** It is to tell its figures. */
  | { readonly kind: 'tell' }

const COUNTERS: { readonly [Name in keyof DnsCounters]: Shape } = {
  udp: 'uint',
  tcp: 'uint',
  replies: { list: 'uint' },
  ready: 'uint',
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

const FIGURES: Shape = {
  fields: {
    generation: 'uint',
    places: { list: { fields: { host: 'str', port: 'uint' } } },
    failures: { named: 'uint' },
  },
}

/** How many bytes of a reason are told. */
const REASON_MAX = 500
const RCODES = 16

/** A word of a process as it came. Throws MessageError or TypeError for what it is not. */
export function dnsWord(value: unknown): DnsWord {
  checkShape(value, { fields: { kind: { words: ['ready', 'figures', 'failed'] } } }, 'word')
  const word = value as DnsWord
  if (word.kind === 'failed') {
    checkShape(word, { fields: { reason: 'str' } }, 'word')
    return { kind: 'failed', reason: printable(word.reason, REASON_MAX) }
  }
  checkShape(word, { fields: { figures: FIGURES } }, 'word')
  return { kind: word.kind, figures: checkedFigures(word.figures) }
}

function checkedFigures({ generation, places, counters, failures }: DnsFigures): DnsFigures {
  for (const { host, port } of places) {
    if (parseAddress(host) === undefined || port > 0xffff) throw new TypeError('a place is no address and port')
  }
  const unknown = Object.keys(failures).find((name) => !Object.hasOwn(HANDLERS, name))
  if (unknown !== undefined) throw new TypeError('there is no such handler')
  if (counters !== null) {
    checkShape(counters, { fields: COUNTERS }, 'counters')
    if (counters.replies.length !== RCODES) throw new TypeError('there are sixteen response codes')
  }
  return { generation, places, counters, failures }
}
