/** Loops: servers that are this server itself, and questions that come back from the server that they were sent to. */
import { type Address, type Endpoint, isLoopback, isUnspecified, LOOPBACK, sameAddress } from '../../values/index.ts'

/** Those of the servers that `listen` answers at, while the machine has the addresses `local`. */
export function ownServers(
  servers: readonly Endpoint[],
  listen: readonly Endpoint[],
  local: readonly Address[],
): Endpoint[] {
  return servers.filter((server) =>
    listen.some((own) => own.port === server.port && reaches(server.address, own, local)),
  )
}

/**
 * Whether what is sent to an address arrives at the listener; a wildcard has every address of the machine, all of
 * 127.0.0.0/8 too.
 */
function reaches(to: Address, { address: own }: Endpoint, local: readonly Address[]): boolean {
  // The system takes 0.0.0.0 and :: as a destination for loopback (ip(7)).
  const target = isUnspecified(to) ? LOOPBACK[to.family] : to
  if (target.family !== own.family) return false
  if (!isUnspecified(own)) return sameAddress(own, target)
  return isLoopback(target) || local.some((address) => sameAddress(address, target))
}

/** Who sent a request. */
export type Client = Pick<Endpoint, 'address' | 'port'>

/**
 * Whether a client is one of the servers. Where a server is on this machine, which has the addresses `local`, the machine's other
 * programs have the same address: only the port tells them apart.
 */
export function isOneOf(servers: Iterable<Endpoint>, { address, port }: Client, local: readonly Address[]): boolean {
  const isShared = isLoopback(address) || local.some((own) => sameAddress(own, address))
  return [...servers].some((server) => sameAddress(server.address, address) && (!isShared || server.port === port))
}
