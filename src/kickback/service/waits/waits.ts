/** The waits for nodes that are open: each ends when its nodes are in step, when its time is over, or with the client that asked. */
import type { NodeSet } from '../../../config/index.ts'
import type { Snapshot } from '../../../resolver/index.ts'
import { type Clock, inTurns, sleep } from '../../../values/index.ts'
import { Attendance } from './attendance.ts'
import { type NodeStanding, NodeWait, type Target } from './node-wait.ts'

/** How many waits there may be at once: each keeps the nodes that it is about. */
export const WAITS_MAX = 256

/** What is waited for, and how long at most. */
interface WaitRequest {
  /** Who asks: at its end it waits no more. */
  readonly client: object
  /** Where the nodes of the set are found. */
  readonly snapshot: Snapshot
  readonly set: NodeSet
  readonly target: Target
  readonly seconds: number
}

/** A wait that is open. */
interface Open {
  readonly client: object
  readonly end: AbortController
}

/** The open waits of a service. */
export class Waits {
  readonly attendance = new Attendance()
  readonly #clock: Clock
  readonly #open = new Set<Open>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size
  }

  /** Whether this client waits: then it may be silent for longer than others. */
  has(client: object): boolean {
    return [...this.#open].some((open) => open.client === client)
  }

  /** Waits; how it stands then, or the number of a node of the set that there is not. */
  async wait({
    client,
    snapshot,
    set,
    target,
    seconds,
  }: WaitRequest): Promise<NodeStanding | { readonly unknown: number }> {
    const open: Open = { client, end: new AbortController() }
    const nodes = new NodeWait(this.attendance, target)
    let isFound = false
    const watcher = {
      moved: (key: string): void => {
        nodes.moved(key)
        if (isFound && nodes.isOver) open.end.abort()
      },
    }
    this.attendance.add(watcher)
    this.#open.add(open)
    try {
      const unknown = await inTurns(nodes.find(snapshot, set))
      if (unknown !== undefined) return { unknown }
      isFound = true
      if (!nodes.isOver) await sleep(this.#clock, seconds * 1000, open.end.signal)
      return nodes.standing
    } finally {
      this.attendance.remove(watcher)
      this.#open.delete(open)
    }
  }

  /** Ends the waits of a client: each is answered as it stands. Whether there was one. */
  finish(client: object): boolean {
    const own = [...this.#open].filter((open) => open.client === client)
    for (const { end } of own) end.abort()
    return own.length > 0
  }
}
