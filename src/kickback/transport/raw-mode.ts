/**
 * node-ipc in its raw mode: the one file that knows the package, with all that it leaves to its users.
 *
 * - One IPCModule for each listener and for each dialled link: with TLS set even its Unix sockets would speak TLS.
 * - Port 0 would become 8000: the port is set after serveNet. `maxConnections` would be 100.
 * - `serve` takes over the path of a live socket unasked: the listener dials it first.
 * - A socket below its `socketRoot` gets that folder made and its mode changed: the root is set to a path where there can be none.
 * - Its retries have a fixed delay, no jitter, no dial time-out: they are off; Backoff and the dialler's deadline are ours.
 * - It listens with a queue of 511, as Node does: it is made longer afterwards.
 * - 'error' comes without its socket: each socket gets a listener of ours. Bytes queued have no bound: Link tells them.
 */
import type { Server } from 'node:net'
import { IPCModule } from 'node-ipc'

/** An instance of node-ipc as it is used here: for one listener or one link, without decoding, logging or retries. */
export type RawMode = IPCModule

/** A new instance. */
export function rawMode(): RawMode {
  const ipc = new IPCModule()
  Object.assign(ipc.config, { rawBuffer: true, parser: 'raw', silent: true, maxRetries: 0, socketRoot: '/dev/null/' })
  return ipc
}

/**
 * How many connections may wait until the process takes them (listen(2)); the kernel has a limit of its own, net.core.somaxconn, which is 4096.
 * Ten thousand nodes come within a second: what finds no place is tried again after a second, and later.
 */
const QUEUE = 4096

/** A socket of Node as far as it is known here: nothing else can change the queue of a server that was made by a package. */
interface ListeningHandle {
  readonly _handle?: { readonly listen?: (queue: number) => number }
}

/** Makes the queue of a server longer that listens already: listen(2) may be called again. Where Node has no such call, it stays as it is. */
export function lengthenQueue(server: Server): void {
  const { _handle: handle } = server as unknown as ListeningHandle
  handle?.listen?.(QUEUE)
}
