/** A master that listens on loopback alone: no node can ask it. */
import { isLoopback, parseEndpoint } from '../../values/index.ts'

/** What it is, and what to do. */
export const LOOPBACK_ONLY = {
  text: 'the master listens on loopback only, so no node can ask it',
  remedy:
    'give it an address of this machine in the configuration (`interface NAME ADDRESS MASK`, or `masterorder` if it is not the first master), or set `listen`',
} as const

/** Both in a sentence, for the log and for check. */
export function loopbackOnlyText(): string {
  return `${LOOPBACK_ONLY.text}; ${LOOPBACK_ONLY.remedy}`
}

/** Whether none of these places (`HOST:PORT`, or the path of a socket) can be reached from another machine. */
export function isLoopbackOnly(places: readonly string[]): boolean {
  const network = places.filter((place) => !place.startsWith('/')).map((place) => parseEndpoint(place))
  return network.every((endpoint) => endpoint !== undefined && isLoopback(endpoint.address))
}
