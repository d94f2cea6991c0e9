/** How the file descriptors of a daemon are shared out among its doors, so that its own work never lacks any. */

import type { DoorKind } from '../door.ts'
import { type Limits, LOCAL_LIMITS, NETWORK_LIMITS } from './limits.ts'

/** What a daemon keeps for itself: files, threads, DNS with its TCP connections and its questions to others, watches. */
const OWN = 640
/** Doors to the network that there may be where the settings name no address: loopback, and an address of each family, once plain and once with TLS. */
const USUAL_NETWORK_DOORS = 6
/** Unix sockets: for everyone, for group shadow, and for root. */
const UNIX_DOORS = 3
/** The least that each door has, however few descriptors there are; a door of the network has half of it. */
const LEAST = 16

/**
 * The limits of each kind of door where the process may have so many descriptors (RLIMIT_NOFILE, getrlimit(2)). Where that is
 * enough for all they are the usual ones; else Unix sockets have an eighth each, and the network has the rest. `networkDoors` is how many
 * addresses the settings name to listen on; 0: none, so that the usual ones are opened. `objectsDoors` are the addresses at which objects
 * are given by HTTP: each of them is a door to the network too, with the limits of one.
 */
export function limitsWithin(
  descriptors: number,
  networkDoors = 0,
  objectsDoors = 0,
): { readonly [K in DoorKind]: Limits } {
  const free = Math.max(LEAST * 8, descriptors - Math.min(OWN, descriptors >> 1))
  const local = within(LOCAL_LIMITS, Math.floor(free / 8))
  const network = within(
    NETWORK_LIMITS,
    Math.floor((free - UNIX_DOORS * local.connections) / ((networkDoors || USUAL_NETWORK_DOORS) + objectsDoors)),
    LEAST / 2,
  )
  return { local, private: local, admin: local, network }
}

function within(limits: Limits, descriptors: number, least = LEAST): Limits {
  const connections = Math.min(limits.connections, Math.max(least, descriptors))
  return {
    ...limits,
    connections,
    guests: Number.isFinite(limits.guests) ? Math.min(limits.guests, connections >> 1) : limits.guests,
    subscribers: Math.min(limits.subscribers, connections),
  }
}
