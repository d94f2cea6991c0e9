/** What a master proves with, as the service tells it: the key that signs, and the trust list that certifies it. */
import type { KeyObject } from 'node:crypto'
import { type Bridge, bridgeFrom, keyMark, publicDer, type TrustList } from '../../resolver/index.ts'
import { hex } from '../../values/index.ts'

/** Why a list is given, and by whom, as the command told it. */
interface TakenBy {
  readonly action: string
  /** The login uid; undefined if it was not told. */
  readonly login: number | undefined
}

/** The keys of a master. What they are may change at any time. */
export interface OwnKeys {
  /** The public half of the key that signs. */
  readonly signing: KeyObject
  /** Undefined if there is none: then nodes believe the signing key itself. */
  readonly list: TrustList | undefined
  /** The lists that lead from earlier roots to `list`; there are none unless set. */
  readonly bridge?: Bridge
  /** Takes a newer list from root of this machine. Throws TrustListError. Without it none is taken. */
  readonly take?: (bytes: Uint8Array, by: TakenBy) => void
}

/** What the mark of a key that somebody believes says to a master: it is the right one; an old way to name it; or not known here. */
type MarkStanding = 'right' | 'pinned' | 'other'

/** How who believes the key with this mark stands to a master: `pinned` has the signing key itself, which no list can replace there. */
export function standingOfMark({ signing, list, bridge = [] }: OwnKeys, mark: Uint8Array): MarkStanding {
  const isOf = (key: KeyObject): boolean => keyMark(key).equals(mark)
  if (list === undefined) return isOf(signing) ? 'right' : 'other'
  if (list.roots.some(isOf)) return 'right'
  // It was off while the root changed, and is about to take the list.
  if (bridgeFrom(bridge, list, new Set([hex(mark)])).length > 0) return 'right'
  return list.signers.some(({ key }) => isOf(key)) ? 'pinned' : 'other'
}

/** The public key that is given to who joins, as SPKI in DER: the root, for who takes trust lists. */
export function joiningKey({ signing, list }: OwnKeys, takesLists: boolean): Buffer {
  return publicDer((takesLists ? list?.roots[0] : undefined) ?? signing)
}
