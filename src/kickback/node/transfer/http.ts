/** A GET of a node by HTTP: one connection, nothing followed, and no more read than the caller takes. */
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import {
  type Clock,
  counted,
  type HttpAddress,
  handlers,
  messageOf,
  nodeHttp,
  printable,
  sleep,
} from '../../../values/index.ts'
import { ServiceError } from '../client.ts'

/** How long a connection may take, and then the first byte of a response, in milliseconds: a cache may have to fetch it first. */
const PATIENCE = { connect: 3_000, response: 15_000 } as const
/** The longest header of a response, in bytes. */
const HEADER_MAX = 16_384

const unheard = handlers.guard('cache connection error', () => {})

/** A response whose header has come. */
export interface HttpResponse {
  readonly status: number
  /** The coding of the body, small letters; empty for none. */
  readonly coding: string
  /** After how many seconds the server wants to be asked again; undefined where it does not say. */
  readonly retryAfter: number | undefined
  /** The body as it comes. */
  readonly body: IncomingMessage
}

/** What is asked for. */
interface HttpGet {
  readonly server: HttpAddress
  readonly path: string
  /** The codings that are taken; empty for none. */
  readonly accept: string
  readonly clock: Clock
  /** Ends the connection once it aborts. */
  readonly signal: AbortSignal
}

/**
 * Asks for a path, and has `read` read the response; then the connection ends, whether all was read or not. Rejects with ServiceError
 * `unreachable` or `timeout` where no response comes, with what `read` rejects with, and with the reason of `signal` once that aborts.
 */
export async function httpGet<T>(
  { server, path, accept, clock, signal }: HttpGet,
  read: (response: HttpResponse) => Promise<T>,
) {
  signal.throwIfAborted()
  const { host, port } = server.endpoint
  const headers = { 'accept-encoding': accept === '' ? 'identity' : accept }
  const asked = nodeHttp().request({
    ...{ host, port, path: `${server.prefix}${path}`, headers },
    ...{ agent: false, maxHeaderSize: HEADER_MAX, insecureHTTPParser: false, signal },
  })
  // What goes wrong is told to who waits; after that nobody does, and an error without a listener would end the process.
  asked.on('error', unheard)
  const over = new AbortController()
  try {
    asked.end()
    const response = await Promise.race([responseTo(asked, over.signal), late(asked, clock, over.signal)])
    return await read(response)
  } catch (error) {
    // What goes wrong then says nothing of the server.
    signal.throwIfAborted()
    throw error
  } finally {
    over.abort()
    asked.destroy()
  }
}

async function responseTo(asked: ClientRequest, over: AbortSignal): Promise<HttpResponse> {
  try {
    const [body] = (await once(asked, 'response', { signal: over })) as [IncomingMessage]
    body.on('error', unheard)
    const { statusCode: status = 0, headers } = body
    const coding = (headers['content-encoding'] ?? '').trim().toLowerCase()
    const wait = headers['retry-after'] ?? ''
    return { status, coding, retryAfter: /^\d{1,6}$/.test(wait) ? Number(wait) : undefined, body }
  } catch (error) {
    throw new ServiceError('unreachable', printable(messageOf(error)), error)
  }
}

/** Throws once the connection or the response takes too long. */
async function late(asked: ClientRequest, clock: Clock, over: AbortSignal): Promise<never> {
  await sleep(clock, PATIENCE.connect, over)
  const isConnected = asked.socket?.connecting === false
  if (isConnected) await sleep(clock, PATIENCE.response, over)
  if (over.aborted) return new Promise<never>(() => {})
  const ms = isConnected ? PATIENCE.response : PATIENCE.connect
  const what = isConnected ? 'no response' : 'no connection'
  throw new ServiceError('timeout', `${what} in ${counted(ms / 1000, 'second')}`)
}
