/** The pings of a master, from the parts of one. */
import type { KickbackServer } from '../../kickback/index.ts'
import { background, type Log, wallClock } from '../../values/index.ts'
import type { OwnAddresses } from '../own-addresses.ts'
import type { MasterSettings } from '../settings.ts'
import { answeredNeighbours, disturb, ownNetworks } from './neighbours.ts'
import { Pings } from './pings.ts'

/** What of a master pings work with. */
interface MasterParts {
  readonly settings: Pick<MasterSettings, 'ping'>
  readonly own: Pick<OwnAddresses, 'all'>
  readonly server: () => Pick<KickbackServer, 'isUp'>
  readonly log: Log
}

/** Asks machines whether they are there; no networks are asked where the settings have it off. */
export function pingsOfMaster({ settings, own, server, log }: MasterParts): Pings {
  return new Pings({
    networks: () => (settings.ping === 'off' ? [] : ownNetworks()),
    own: () => own.all,
    isUp: (addresses) => server().isUp(addresses),
    ...{ send: disturb, answered: answeredNeighbours, clock: background, wallClock, random: Math.random, log },
  })
}
