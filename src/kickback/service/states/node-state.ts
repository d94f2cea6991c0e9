/** How one node of the configuration stands, by all that a master knows of it. */
import type { Snapshot } from '../../../resolver/index.ts'
import { displayed } from '../../../resolver/index.ts'
import { type Address, type Clock, formatAddress, type WallClock, wallClock } from '../../../values/index.ts'
import type { HostStateReport, NodeContent, NodeState, NodeStateReport } from '../../wire/node-messages.ts'
import { isBehind } from '../holdings.ts'
import type { Departures } from '../told/departures.ts'
import { addressName } from '../told/machine-name.ts'
import { Machines } from '../told/machines.ts'
import type { OtherKeys } from '../told/other-keys.ts'
import type { Attendance, Attending } from '../waits/attendance.ts'
import type { NodeBoot, NodeBoots } from './node-boot.ts'
import type { Ping, PingOf } from './ping.ts'

/**
 * After how long in which nothing came of it a node that follows is silent, in seconds. It asks for a proof of life every 20 s, one of an older
 * release every 30 s. A machine that hangs or lost its power ends no connection.
 */
export const SILENT_AFTER = 45

const SECOND = 1000

/** Whether who was heard of at the first of these times is silent at the second one; in milliseconds of the same clock. */
export function isSilent(active: number, now: number): boolean {
  return now - active > SILENT_AFTER * SECOND
}

/** What a master knows of its nodes. */
export interface NodeFacts {
  readonly attendance: Pick<Attendance, 'at'>
  readonly departures: Pick<Departures, 'at'>
  readonly machines: Machines
  readonly otherKeys: Pick<OtherKeys, 'all'> | undefined
  /** None unless set. */
  readonly boots?: NodeBoots | undefined
  /** No machine is asked unless set. */
  readonly pingOf?: PingOf | undefined
  readonly clock: Pick<Clock, 'now'>
  readonly wallClock: WallClock
}

/** What a master knows of its nodes, with what is told of their machines from now on. */
export function nodeFacts(
  { clock, boots, pingOf }: Pick<NodeFacts, 'clock' | 'boots' | 'pingOf'>,
  known: Pick<NodeFacts, 'attendance' | 'departures' | 'otherKeys'>,
): NodeFacts {
  return { ...known, machines: new Machines(), boots, pingOf, clock, wallClock }
}

/** A node of the configuration. */
interface ConfiguredNode {
  readonly number: number
  readonly names: readonly string[]
  readonly addresses: readonly Address[]
}

/** What a master sees of a node. */
interface Sight {
  readonly address: Address
  /** When it was heard of last, in seconds since 1970. */
  readonly seen: number
  readonly isUp: boolean
  readonly generation: number
  readonly software: string
  readonly content?: NodeContent | undefined
  readonly of?: Attending | undefined
}

/** Looks at nodes, all of them at the same time: what is the same for each is asked once. */
export class NodeLook {
  readonly #facts: NodeFacts
  readonly #snapshot: Snapshot
  readonly #otherKeys: ReadonlySet<string>
  readonly #boots: ReadonlyMap<number, NodeBoot>
  readonly #now: number
  readonly #wall: number

  constructor(facts: NodeFacts, snapshot: Snapshot) {
    this.#facts = facts
    this.#snapshot = snapshot
    this.#otherKeys = new Set(facts.otherKeys?.all)
    this.#boots = facts.boots?.() ?? new Map()
    this.#now = facts.clock.now()
    this.#wall = Math.floor(facts.wallClock() / SECOND)
  }

  /** The state of this node of the snapshot, and how its content stands. */
  standing(node: Omit<ConfiguredNode, 'names'>): Pick<NodeStateReport, 'state' | 'content'> {
    return this.#standing(node, this.#sight(node.addresses))
  }

  /** Whether the machine with these addresses answers, which follows nobody here; undefined where nothing is known. */
  pingOf(addresses: readonly Address[]): Ping | undefined {
    return this.#facts.pingOf?.(addresses)
  }

  /** How this device of the snapshot stands. */
  device({ names, addresses }: Omit<ConfiguredNode, 'number'>): HostStateReport {
    const [address] = addresses
    return {
      name: displayed(names[0] ?? ''),
      address: address === undefined ? '' : formatAddress(address),
      ...pingFields(this.pingOf(addresses)),
    }
  }

  /** How this node of the snapshot stands. */
  of({ number, names, addresses }: ConfiguredNode): NodeStateReport {
    const sight = this.#sight(addresses)
    const boot = this.#boots.get(number)
    const standing = this.#standing({ number, addresses }, sight)
    const { state } = standing
    // What a machine told that is silent since is of another time.
    const machine = state === 'up' ? sight?.of && this.#facts.machines.of(sight.of.client) : undefined
    const ping = state === 'up' ? undefined : this.pingOf(addresses)
    const address = sight?.address ?? addresses[0]
    return {
      ...{ number, name: displayed(names[0] ?? '') },
      address: address === undefined ? '' : formatAddress(address),
      ...standing,
      ...(boot !== undefined && isBooting(state) && { since: boot.since }),
      ...(boot?.lastStage !== undefined && { sent: boot.lastStage }),
      ...(sight && { seen: sight.seen, generation: sight.generation, software: sight.software }),
      ...(machine && { machine }),
      ...pingFields(ping),
    }
  }

  #standing({ number, addresses }: Omit<ConfiguredNode, 'names'>, sight: Sight | undefined) {
    const state = stateOf(sight, this.#boots.get(number))
    const content = state === 'up' ? sight?.content : undefined
    return { state, ...(content === undefined ? this.#otherKey(addresses) : { content }) }
  }

  #otherKey(addresses: readonly Address[]): { readonly content?: 'other-key' } {
    if (this.#otherKeys.size === 0) return {}
    const isOther = addresses.some((address) => this.#otherKeys.has(addressName(address, this.#snapshot)))
    return isOther ? { content: 'other-key' } : {}
  }

  /** Of several connections of a machine the one counts from which something came last: one that was lost may be there for long. */
  #sight(addresses: readonly Address[]): Sight | undefined {
    const there = this.#facts.attendance.at(addresses)
    const last = there.reduce<Attending | undefined>(
      (best, one) => (best === undefined || one.client.active > best.client.active ? one : best),
      undefined,
    )
    return last === undefined ? this.#departed(addresses) : this.#following(last)
  }

  #following(of: Attending): Sight {
    const { client, held } = of
    const silent = Math.max(0, (this.#now - client.active) / SECOND)
    return {
      of,
      address: of.address,
      seen: this.#wall - Math.floor(silent),
      isUp: !isSilent(client.active, this.#now),
      generation: held.generation,
      software: client.software,
      content: isBehind(held, this.#snapshot) ? 'behind' : 'in-step',
    }
  }

  #departed(addresses: readonly Address[]): Sight | undefined {
    const gone = this.#facts.departures.at(addresses)
    return gone && { ...gone, isUp: false }
  }
}

function pingFields(ping: Ping | undefined): Pick<HostStateReport, 'ping' | 'pinged'> {
  return ping === undefined ? {} : { ping: ping.answer, pinged: ping.time }
}

/** What it booted counts if it is newer than what was heard of it: a machine that was reset ended no connection. */
function stateOf(sight: Sight | undefined, boot: NodeBoot | undefined): NodeState {
  if (boot !== undefined && boot.since > (sight?.seen ?? Number.NEGATIVE_INFINITY))
    return boot.held ? 'held' : boot.state
  if (sight === undefined) return 'never'
  return sight.isUp ? 'up' : 'down'
}

/** Whether a node is on its way to be up. */
function isBooting(state: NodeState): boolean {
  return state === 'booting' || state === 'installing' || state === 'held'
}
