/** The list of nodes, a page at a time: the sessions that follow generations and have reported theirs. */

import { formatAddress } from '../../values/index.ts'
import type { Peer } from '../transport/link.ts'
import { type Held, isBehind } from './holdings.ts'
import type { Client, NodePage, Service } from './question.ts'

/** The part of a session that the list shows. */
interface Follower extends Pick<Client, 'asker' | 'isRoot'> {
  readonly serial: number
  readonly peer: Peer
  readonly software: string
  /** Undefined if it does not follow, or has not reported. */
  readonly held: Held | undefined
}

/** A peer in words. */
export function peerName(peer: Peer): string {
  return peer.via === 'unix' ? 'local' : formatAddress(peer.address)
}

/** The nodes that came after this serial number, `limit` at most, in the order in which they came. */
export function nodePage(
  sessions: readonly Follower[],
  { public: { current }, otherIds }: Pick<Service, 'public' | 'otherIds'>,
  after: number,
  limit: number,
): NodePage {
  const there = sessions.filter(({ serial, held }) => serial > after && held !== undefined)
  const page = there.sort((a, b) => a.serial - b.serial).slice(0, limit)
  const nodes = page.flatMap((one) => {
    const { peer, software, held } = one
    if (held === undefined) return []
    const ids = otherIds?.of(one)
    const node = { address: peerName(peer), software, generation: held.generation, behind: isBehind(held, current) }
    return [{ ...node, ...(ids && { other_ids: ids }) }]
  })
  return { nodes, cursor: there.length > limit ? page.at(-1)?.serial : undefined }
}
