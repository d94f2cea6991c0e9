/** The doors of a daemon as correct clients use them: each asks one question, and tells whether the answer is right. */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { KickbackClient } from '../../src/kickback/node/client.ts'
import { objectPath } from '../../src/kickback/wire/objects.ts'
import { Snapshot } from '../../src/resolver/index.ts'
import { hex, monotonic, sleep } from '../../src/values/index.ts'
import { nameBytes, question, readReply, TYPES } from './dns-message.ts'
import { Moving } from './moving.ts'

/** When a question is given up, in milliseconds. Whether it is late is judged afterwards. */
export const GIVE_UP_MS = 15_000
/** A resolver sends again what was not answered, and a program dials again where a connection ended; each is counted. */
const RESEND_MS = 500
const REDIAL_MS = 20

/** Asks its question number N; resolves to whether the answer is right. Throws where there was none. */
export type Ask = (number: number, again: () => void) => Promise<boolean>

/** A door: how it is asked, and what it told of the host that moves. */
export interface Door {
  readonly ask: Ask
  readonly moving: Moving
}

/** How many questions go round: after so many each was asked. */
export const ROUND = 9

/** The host that moves, of which there is a question more where the site has one. */
type MovingName = string | undefined

const contains = (text: string | Buffer) => (bytes: Uint8Array | undefined) =>
  bytes !== undefined && Buffer.from(bytes).includes(text)
const absent = (bytes: Uint8Array | undefined): boolean => bytes === undefined

const LOOKUPS = [
  ['passwd', 'ada', contains('/home/ada')],
  ['passwd', 1003, contains('katherine')],
  ['passwd', 'nosuch', absent],
  ['group', 'physics', contains('katherine')],
  ['hosts', 'n15', contains(Buffer.of(10, 20, 30, 115))],
  ['hosts', Buffer.of(10, 20, 30, 5), contains('smartswitch')],
  ['hosts', 'n99', absent],
  ['ethers', 'smartswitch', contains(Buffer.of(0, 0xa0, 0xd1, 0xe9, 0x87, 0xca))],
] as const

/** Tries until there is an answer, and gives up after GIVE_UP_MS. */
async function patiently<T>(again: () => void, isImpatient: boolean, attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + GIVE_UP_MS
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > end || isImpatient) throw error
      again()
      await sleep(monotonic, REDIAL_MS)
    }
  }
}

/** A service. One connection is kept, and each twentieth question has one of its own. `isDoubtful`: it may refuse, but never lie. */
function kickback(
  place: { path: string } | { host: string; port: number },
  isDoubtful: boolean,
  name: MovingName,
): Door {
  let held: Promise<KickbackClient> | undefined
  const first = new Map<number, string>()
  const moving = new Moving()
  const dial = (): Promise<KickbackClient> =>
    KickbackClient.connect(place, { clock: monotonic, software: 'correct client', timeout: GIVE_UP_MS })
  const judge = async (client: KickbackClient, number: number): Promise<boolean> => {
    const index = number % ROUND
    const before = moving.moves
    if (LOOKUPS[index] === undefined && name !== undefined)
      return moving.mayBe(await client.lookup('hosts', name), before)
    const [db, key, isRight] = LOOKUPS[index] ?? LOOKUPS[0]
    const record = await client.lookup(db, key)
    const seen = record === undefined ? '' : hex(record)
    if (!first.has(index)) first.set(index, seen)
    return isRight(record) && first.get(index) === seen
  }
  const ask: Ask = (number, again) =>
    patiently(again, isDoubtful, async () => {
      const isFresh = number % 20 === 0
      if (!isFresh) held ??= dial()
      const dialled = isFresh || held === undefined ? dial() : held
      try {
        const client = await dialled
        const isRight = await judge(client, number)
        if (isFresh) client.close()
        return isRight
      } catch (error) {
        if (held === dialled) held = undefined
        throw error
      }
    })
  return { ask, moving }
}

const NAMES = [
  ['n15.cluster.internal', TYPES.A, 0, Buffer.of(10, 20, 30, 115)],
  ['n15', TYPES.A, 0, Buffer.of(10, 20, 30, 115)],
  ['5.30.20.10.in-addr.arpa', TYPES.PTR, 0, nameBytes('smartswitch').subarray(0, -1)],
  ['n99.cluster.internal', TYPES.A, 3, Buffer.alloc(0)],
  ['smartswitch.cluster.internal', TYPES.A, 0, Buffer.of(10, 20, 30, 5)],
  ['_kickback._tcp.cluster.internal', TYPES.SRV, 0, Buffer.of(3045 >> 8, 3045 & 255)],
] as const

/** The header of a message holds the id of the question, which may be any two bytes. */
const HEADER_BYTES = 12

/** The questions of one client of DNS, and the judge of its answers. */
class DnsQuestions {
  readonly moving = new Moving()
  readonly #name: MovingName

  constructor(name: MovingName) {
    this.#name = name
  }

  asked(number: number): Buffer {
    const row = NAMES[number % ROUND]
    if (row === undefined && this.#name !== undefined) return question(number & 0xffff, this.#name, TYPES.A)
    const [name, type] = row ?? NAMES[0]
    return question(number & 0xffff, name, type)
  }

  /** Whether a reply is right, to a question of the time when `before` moves were known. */
  isRight(number: number, bytes: Buffer, before: number): boolean {
    const row = NAMES[number % ROUND]
    const reply = readReply(bytes)
    if (row === undefined && this.#name !== undefined)
      return reply?.rcode === 0 && reply.answers === 1 && this.moving.mayBe(bytes.subarray(HEADER_BYTES), before)
    const [, , rcode, data] = row ?? NAMES[0]
    return reply?.rcode === rcode && (rcode !== 0 || reply.answers === 1) && bytes.includes(data)
  }
}

function udp(host: string, name: MovingName): Door {
  const questions = new DnsQuestions(name)
  const waiting = new Map<number, (bytes: Buffer) => void>()
  const socket = createSocket('udp4', (bytes) => waiting.get(readReply(bytes)?.id ?? -1)?.(bytes))
  socket.on('error', () => {})
  const ask: Ask = (number, again) =>
    new Promise((resolve, reject) => {
      const before = questions.moving.moves
      const send = (): void => socket.send(questions.asked(number), 53, host, () => {})
      const resend = setInterval(() => {
        again()
        send()
      }, RESEND_MS)
      const end = (): void => {
        clearInterval(resend)
        clearTimeout(timer)
        waiting.delete(number & 0xffff)
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error('no reply by UDP'))
      }, GIVE_UP_MS)
      waiting.set(number & 0xffff, (bytes) => {
        end()
        resolve(questions.isRight(number, bytes, before))
      })
      send()
    })
  return { ask, moving: questions.moving }
}

/** The reply to one question over a connection of its own. */
function overTcp(host: string, asked: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(53, host)
    let kept = Buffer.alloc(0)
    socket.setTimeout(GIVE_UP_MS, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => reject(new Error('no reply by TCP')))
    socket.on('data', (chunk) => {
      kept = Buffer.concat([kept, chunk])
      if (kept.length < 2 || kept.length < 2 + kept.readUInt16BE()) return
      resolve(kept.subarray(2))
      socket.destroy()
    })
    socket.write(Buffer.concat([Buffer.of(asked.length >> 8, asked.length & 255), asked]))
  })
}

function dnstcp(host: string, name: MovingName): Door {
  const questions = new DnsQuestions(name)
  const ask: Ask = (number, again) =>
    patiently(again, false, async () => {
      const before = questions.moving.moves
      return questions.isRight(number, await overTcp(host, questions.asked(number)), before)
    })
  return { ask, moving: questions.moving }
}

/** A GET over a connection of its own. */
function got(url: string): Promise<Response> {
  return fetch(url, { signal: AbortSignal.timeout(GIVE_UP_MS), headers: { connection: 'close' } })
}

/** A scrape of Prometheus: the generation never goes back. */
function metrics(place: string): Door {
  let newest = 1
  const ask: Ask = (_number, again) =>
    patiently(again, false, async () => {
      const before = newest
      const reply = await got(`http://${place}/metrics`)
      // 408: the server was kept from its work for so long that the request timed out. It is asked again.
      if (reply.status !== 200) throw new Error(`status ${reply.status}`)
      const generation = Number(/^kickback_generation (\d+)$/m.exec(await reply.text())?.[1])
      newest = Math.max(newest, generation || 0)
      return generation >= before
    })
  return { ask, moving: new Moving() }
}

/** Objects by HTTP: the head, and with it the whole snapshot, which is proved and asked for the host that moves. */
function objects(place: string, name: MovingName): Door {
  const moving = new Moving()
  const ask: Ask = (_number, again) =>
    patiently(again, false, async () => {
      const before = moving.moves
      const reply = await got(`http://${place}/1/head?nonce=${randomBytes(32).toString('hex')}`)
      const head = await reply.text()
      if (reply.status !== 200) throw new Error(`status ${reply.status}`)
      const line = (word: string): string => new RegExp(`^${word} (\\S+)$`, 'm').exec(head)?.[1] ?? ''
      const body = await got(`http://${place}${objectPath(Buffer.from(line('digest'), 'hex'))}`)
      // Another generation is current by now, or one may ask no more just now: the next head tells.
      if (body.status !== 200) throw new Error(`status ${body.status}`)
      const bytes = Buffer.from(await body.arrayBuffer())
      const snapshot = Snapshot.open(Buffer.concat([Buffer.from(line('header'), 'base64'), bytes]))
      const isWhole = snapshot.verifyDigest() && hex(snapshot.digest) === line('digest')
      return isWhole && (name === undefined || moving.mayBe(snapshot.lookup('hosts', { name }), before))
    })
  return { ask, moving }
}

/** The door of a kind at a place; `moving`: the host that moves, where the site has one. */
export function doorOf(kind: string, place: string, moving: MovingName): Door {
  const [host = '', port = '0'] = place.split(':')
  if (kind === 'udp') return udp(place, moving)
  if (kind === 'dnstcp') return dnstcp(place, moving)
  if (kind === 'http') return metrics(place)
  if (kind === 'objects') return objects(place, moving)
  return kickback(kind === 'tcp' ? { host, port: Number(port) } : { path: place }, kind === 'maybe', moving)
}
