/** How all nodes of the configuration stand, as counts and as sets of numbers: for metrics and the page. */
import { setText } from '../../../config/index.ts'
import { DATABASES, isListed, layout, type Snapshot } from '../../../resolver/index.ts'
import { type Clock, each, inTurns, type Steps } from '../../../values/index.ts'
import { NODE_STATES, type NodeState } from '../../wire/node-messages.ts'
import { type NodeFacts, NodeLook } from './node-state.ts'
import { type PingCounts, PingTally } from './ping.ts'

/** The nodes of a configuration. A set is written as the configuration writes it: `1-3,7`; empty: none. */
export interface NodeStateSets {
  readonly nodes: number
  readonly all: string
  readonly counts: Readonly<Record<NodeState, number>>
  readonly sets: Readonly<Record<NodeState, string>>
  /** Nodes that are up and have other content. */
  readonly behind: string
  readonly behindCount: number
  /** Nodes that are not up, and devices, by whether they answered a ping. */
  readonly pinged: PingCounts
  readonly devices: PingCounts
}

/** How long a look at all nodes stands, in milliseconds. */
const STANDS = 4000

/** Looks at all nodes, once in a while for all who ask. */
export class StateSets {
  readonly #facts: NodeFacts
  readonly #clock: Pick<Clock, 'now'>
  #last: { readonly snapshot: Snapshot; readonly time: number; readonly sets: Promise<NodeStateSets> } | undefined

  constructor(facts: NodeFacts) {
    this.#facts = facts
    this.#clock = facts.clock
  }

  /** How the nodes of this snapshot stand, or stood a moment ago. */
  of(snapshot: Snapshot): Promise<NodeStateSets> {
    const time = this.#clock.now()
    if (this.#last === undefined || this.#last.snapshot !== snapshot || time - this.#last.time >= STANDS)
      this.#last = { snapshot, time, sets: inTurns(this.#look(snapshot)) }
    return this.#last.sets
  }

  *#look(snapshot: Snapshot): Steps<NodeStateSets> {
    const look = new NodeLook(this.#facts, snapshot)
    const all: number[] = []
    const behind: number[] = []
    const [pinged, devices] = [new PingTally(), new PingTally()]
    const numbers: Record<NodeState, number[]> = byState(() => [])
    yield* each(snapshot.records('hosts'), ({ record }) => {
      const host = DATABASES.hosts.decode(record)
      if (host.kind === layout.HOST_KINDS.HOST && isListed('hosts', record)) devices.add(look.pingOf(host.addresses))
      if (host.kind !== layout.HOST_KINDS.NODE) return
      const { state, content } = look.standing(host)
      all.push(host.number)
      numbers[state].push(host.number)
      if (state !== 'up') pinged.add(look.pingOf(host.addresses))
      if (content === 'behind') behind.push(host.number)
    })
    return {
      ...{ nodes: all.length, all: setText(all) },
      counts: byState((state) => numbers[state].length),
      sets: byState((state) => setText(numbers[state])),
      ...{ behind: setText(behind), behindCount: behind.length },
      ...{ pinged: pinged.counts, devices: devices.counts },
    }
  }
}

/** A value for each state. */
function byState<Value>(value: (state: NodeState) => Value): Record<NodeState, Value> {
  const states = Object.keys(NODE_STATES) as NodeState[]
  return Object.fromEntries(states.map((state) => [state, value(state)])) as Record<NodeState, Value>
}
