/** Bodies and deltas by HTTP from a cache that nobody has to trust: what it gives is proved as it arrives. */
import { pipeline } from 'node:stream/promises'
import { constants, createZstdDecompress } from 'node:zlib'
import type { Header } from '../../../resolver/index.ts'
import { type Clock, counted, type HttpAddress, messageOf, sleep } from '../../../values/index.ts'
import { deltaPath, objectPath } from '../../wire/objects.ts'
import { ServiceError } from '../client.ts'
import { Body } from './body.ts'
import { type HttpResponse, httpGet } from './http.ts'
import { atPace } from './transfer.ts'

/**
 * The window of zstd that is taken, as a power of two of bytes: what a liar can have this node allocate. Masters make smaller ones. And how many
 * bytes are unpacked before they are looked at.
 */
const UNPACKED = { params: { [constants.ZSTD_d_windowLogMax]: 23 }, chunkSize: 65_536 }
/** How often a full server is asked again, and the longest that it has us wait, in seconds. */
const FULL = { times: 5, wait: 10 } as const

/** Where an object is fetched from, and by which clock. */
export interface ObjectSource {
  readonly server: HttpAddress
  readonly clock: Clock
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
  /** Nothing more is fetched once it aborts. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The snapshot of a header that was proved, header and all; undefined where the server has none. Rejects with ServiceError: `protocol` where it
 * gives something else, `timeout` where it is too slow, `unreachable` where it does not answer, `busy` where it is full; and with the reason of the
 * signal of `source`.
 */
export async function objectBody(header: Header, source: ObjectSource): Promise<Buffer | undefined> {
  const body = new Body(header)
  body.take(header.bytes)
  const asked = { path: objectPath(header.digest), accept: 'zstd' }
  const isThere = await atPace(body, source.clock, source.signal, (over) =>
    get(source, asked, over, (response) => unpackInto(body, response)),
  )
  return isThere ? body.whole() : undefined
}

/** The compressed deltas from a content to that of the header, nothing of them proved; undefined where the server has none. */
export async function objectDelta(
  from: Uint8Array,
  header: Header,
  lengthMax: number,
  source: ObjectSource,
): Promise<Uint8Array | undefined> {
  const pieces = { length: 0, all: [] as Uint8Array[] }
  const read = async ({ body, coding }: HttpResponse): Promise<void> => {
    if (coding !== '' && coding !== 'identity') throw otherCoding(coding)
    for await (const piece of body as AsyncIterable<Buffer>) {
      pieces.length += piece.length
      if (pieces.length > lengthMax)
        throw new ServiceError('protocol', `a delta of more than ${counted(lengthMax, 'byte')}`)
      pieces.all.push(piece)
    }
  }
  const asked = { path: deltaPath(from, header.digest), accept: '' }
  const isThere = await atPace(pieces, source.clock, source.signal, (over) => get(source, asked, over, read))
  return isThere ? Buffer.concat(pieces.all) : undefined
}

/** Whether the server has it, read then. One that is full is asked again when it says. */
async function get(
  { server, clock, random }: ObjectSource,
  asked: { readonly path: string; readonly accept: string },
  signal: AbortSignal,
  read: (response: HttpResponse) => Promise<void>,
): Promise<boolean> {
  for (let times = 1; ; times++) {
    const outcome = await httpGet({ ...asked, server, clock, signal }, async (response) => {
      const { status, retryAfter } = response
      if (status === 200) await arrived(read(response))
      if (status === 200 || status === 404) return status === 200
      if (status === 503 && retryAfter !== undefined && times < FULL.times) return Math.min(FULL.wait, retryAfter)
      throw new ServiceError(status === 503 ? 'busy' : 'protocol', `it answers with status ${status}`)
    })
    if (typeof outcome === 'boolean') return outcome
    // Another moment than that of all others who were told the same.
    await sleep(clock, outcome * 1000 * (0.5 + random()), signal)
  }
}

/** What goes wrong while a body arrives means that the server does not give what it should. */
async function arrived(reading: Promise<void>): Promise<void> {
  try {
    await reading
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw new ServiceError('protocol', `what it sends is damaged: ${messageOf(error)}`, error)
  }
}

/** Takes what a response holds into a body, until that is whole: nothing after it is read. */
async function unpackInto(body: Body, response: HttpResponse): Promise<void> {
  const done = new AbortController()
  const take = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces) {
      body.take(piece)
      if (!body.isWhole) continue
      done.abort()
      return
    }
  }
  const { signal } = done
  try {
    if (response.coding === 'zstd') await pipeline(response.body, createZstdDecompress(UNPACKED), take, { signal })
    else if (response.coding === '' || response.coding === 'identity') await pipeline(response.body, take, { signal })
    else throw otherCoding(response.coding)
  } catch (error) {
    if (!body.isWhole) throw error
  }
}

function otherCoding(coding: string): ServiceError {
  return new ServiceError(
    'protocol',
    `it sends the coding ${JSON.stringify(coding.slice(0, 40))}, which was not asked for`,
  )
}
