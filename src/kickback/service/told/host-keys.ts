/** The ssh host keys of nodes, as the nodes tell of them: the first ones of a node count, and later ones once root has approved them. */
import { type HostKey, type HostKeys, hostKeyFingerprint, type KeptHostKey } from '../../../resolver/index.ts'
import { type Clock, inTurns, type Log, type Steps, sleep, type WallClock } from '../../../values/index.ts'
import type { HostKeyReport } from '../../wire/key-messages.ts'
import { RateLimit } from '../shares/rate-limit.ts'

/** Where they are kept, and how changes are logged. */
interface HostKeysParts {
  /** Those of a node, as they were kept; none where there are none. What it throws is the fault of the question. */
  readonly read: (node: number) => HostKeys
  /** Keeps them over a restart, before they count; none: forgets them. What it throws is the fault of the question. */
  readonly keep: (node: number, keys: HostKeys | undefined) => void
  readonly clock: Clock
  readonly wallClock: WallClock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** What was kept of a node before, and what is now. */
export interface HostKeyDecision {
  readonly before: HostKeys
  readonly after: HostKeys
}

/** What came of it that a node told its keys. */
interface Told extends HostKeyDecision {
  readonly isChanged: boolean
  /** How many of its keys wait. */
  readonly waiting: number
}

/** How often keys are told: a node does so at its start, and when they change. */
const RATES = { each: { perSecond: 1 / 60, burst: 5 }, all: { perSecond: 100, burst: 200 } } as const
/** How often what a node tells changes what is kept: at most 16 times in any 24 hours, since each is a line in the audit log. */
const CHANGES = { perSecond: 8 / 86_400, burst: 8 } as const

/** How many nodes STATUS names. */
const WAITING_MAX = 1000
/** How many files are read at a time after a start, and after how many milliseconds the next ones: those of 100,000 nodes in less than a minute. No answer needs them. */
const COUNTED = { atOnce: 20, every: 10 } as const

/** The host keys of the nodes of a cluster, as one master keeps them. */
export class HostKeysOfNodes {
  readonly #parts: HostKeysParts
  readonly #rate: RateLimit
  readonly #changes: RateLimit
  readonly #waiting = new Set<number>()

  constructor(parts: HostKeysParts) {
    this.#parts = parts
    this.#rate = new RateLimit(parts.clock, RATES.each, RATES.all)
    this.#changes = new RateLimit(parts.clock, CHANGES, RATES.all)
  }

  /** The numbers of the nodes that have a key which waits, the first thousand; undefined: none. As far as those of before the start were looked through. */
  get waiting(): readonly number[] | undefined {
    return this.#waiting.size === 0 ? undefined : [...this.#waiting].sort((a, b) => a - b).slice(0, WAITING_MAX)
  }

  /** Looks through what was kept of these nodes before the start, a few at a time. What can't be read is left out. */
  count(nodes: readonly number[]): Promise<void> {
    return inTurns(this.#count(nodes), () => sleep(this.#parts.clock, COUNTED.every))
  }

  /** A node that proved itself told that these are its keys. `source` is what it is counted by. */
  tell(node: number, keys: readonly HostKey[], source: string): Told | 'busy' {
    if (!this.#rate.take(source)) return 'busy'
    const before = this.#parts.read(node)
    const after = before.told(keys, this.#now)
    const isChanged = !after.text.equals(before.text)
    if (isChanged && !this.#changes.take(String(node))) return 'busy'
    const waiting = after.waiting.length
    if (isChanged) this.#keep(node, after)
    const isNew = after.waiting.some(({ base64 }) => !before.waiting.some((one) => one.base64 === base64))
    if (isNew) this.#parts.log.warn({ node, keys: hostKeysText(node, after) }, WAITING)
    return { before, after, isChanged, waiting }
  }

  /** What waits for a node counts from now on; see HostKeys. Undefined if nothing waits. */
  approve(node: number, fingerprint?: string): HostKeyDecision | undefined {
    return this.#decide(node, (keys) => keys.approved(this.#now, fingerprint))
  }

  /** What waits for a node is refused; see HostKeys. Undefined if nothing waits. */
  refuse(node: number, fingerprint?: string): HostKeyDecision | undefined {
    return this.#decide(node, (keys) => keys.refused(this.#now, fingerprint))
  }

  /** The certificates of these nodes were revoked: what they told does not count any more. */
  forget(nodes: readonly number[]): void {
    for (const node of nodes) this.#keep(node, undefined)
  }

  #decide(node: number, decide: (keys: HostKeys) => HostKeys | undefined): HostKeyDecision | undefined {
    const before = this.#parts.read(node)
    const after = decide(before)
    if (after === undefined) return undefined
    this.#keep(node, after)
    return { before, after }
  }

  *#count(nodes: readonly number[]): Steps<void> {
    for (const [i, node] of nodes.entries()) {
      if (i > 0 && i % COUNTED.atOnce === 0) yield
      try {
        this.#counted(node, this.#parts.read(node))
      } catch {
        // Who asks for its keys is told why.
      }
    }
  }

  #keep(node: number, keys: HostKeys | undefined): void {
    this.#parts.keep(node, keys)
    this.#counted(node, keys)
  }

  #counted(node: number, keys: HostKeys | undefined): void {
    if (keys !== undefined && keys.waiting.length > 0) this.#waiting.add(node)
    else this.#waiting.delete(node)
  }

  get #now(): number {
    return Math.floor(this.#parts.wallClock() / 1000)
  }
}

const WAITING =
  'a node has another ssh host key: compare its fingerprint with ssh-keygen -l on the node, then kickback keys approve-host or refuse-host'

/** A key for a reply of KEYS. */
export function hostKeyReport(node: number, key: KeptHostKey): HostKeyReport {
  return { node, type: key.type, fingerprint: hostKeyFingerprint(key), state: key.state, time: key.time }
}

/** The keys of a node in words. */
export function hostKeysText(node: number, keys: HostKeys): string {
  return keys.all.map((key) => `node ${node}: ${key.state} ${key.type} ${hostKeyFingerprint(key)}`).join(', ')
}
