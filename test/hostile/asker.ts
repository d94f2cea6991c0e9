/**
 * A correct client: `PIDS RATE DOOR...` asks so many questions a second at each DOOR until stdin ends, and prints what came of it as
 * JSON. A door is `unix=PATH`, `tcp=HOST:PORT`, `udp=HOST`, `dnstcp=HOST` or `http=HOST:PORT`; `maybe=PATH` may refuse, but never lie. PIDS are the
 * processes that an answer waits for, with commas: what they, or this one, wait for a processor is not counted as theirs.
 */
import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { KickbackClient } from '../../src/kickback/node/client.ts'
import { monotonic } from '../../src/values/index.ts'
import { nameBytes, question, readReply, TYPES } from './dns-message.ts'
import { waited } from './starvation.ts'
import type { Tally } from './tally.ts'

const LATE_MS = 2000
/** When a question is given up. Whether it is late is judged afterwards. */
const GIVE_UP_MS = 15_000
/** A resolver sends again what was not answered, and a program dials again where a connection ended; each is counted. */
const RESEND_MS = 500

/** Asks its question number N; resolves to whether the answer is right. Throws where there was none. */
type Ask = (number: number, again: () => void) => Promise<boolean>

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

function kickback(place: { path: string } | { host: string; port: number }, isDoubtful: boolean): Ask {
  let held: Promise<KickbackClient> | undefined
  const first = new Map<number, string>()
  const dial = (): Promise<KickbackClient> =>
    KickbackClient.connect(place, { clock: monotonic, software: 'correct client', timeout: GIVE_UP_MS })
  return async (number, again) => {
    const index = number % LOOKUPS.length
    const [db, key, isRight] = LOOKUPS[index] ?? LOOKUPS[0]
    const end = performance.now() + GIVE_UP_MS
    for (;;) {
      const isFresh = number % 20 === 0
      if (!isFresh) held ??= dial()
      const dialled = isFresh || held === undefined ? dial() : held
      try {
        const client = await dialled
        const record = await client.lookup(db, key)
        if (isFresh) client.close()
        const seen = record === undefined ? '' : Buffer.from(record).toString('hex')
        if (!first.has(index)) first.set(index, seen)
        return isRight(record) && first.get(index) === seen
      } catch (error) {
        if (held === dialled) held = undefined
        if (performance.now() > end || isDoubtful) throw error
        again()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
}

const NAMES = [
  ['n15.cluster.internal', TYPES.A, 0, Buffer.of(10, 20, 30, 115)],
  ['n15', TYPES.A, 0, Buffer.of(10, 20, 30, 115)],
  ['5.30.20.10.in-addr.arpa', TYPES.PTR, 0, nameBytes('smartswitch').subarray(0, -1)],
  ['n99.cluster.internal', TYPES.A, 3, Buffer.alloc(0)],
  ['smartswitch.cluster.internal', TYPES.A, 0, Buffer.of(10, 20, 30, 5)],
  ['_kickback._tcp.cluster.internal', TYPES.SRV, 0, Buffer.of(3045 >> 8, 3045 & 255)],
] as const

function isRightReply(number: number, bytes: Buffer): boolean {
  const [, , rcode, data] = NAMES[number % NAMES.length] ?? NAMES[0]
  const reply = readReply(bytes)
  return reply?.rcode === rcode && (rcode !== 0 || reply.answers === 1) && bytes.includes(data)
}

function asked(number: number): Buffer {
  const [name, type] = NAMES[number % NAMES.length] ?? NAMES[0]
  return question(number & 0xffff, name, type)
}

function udp(host: string): Ask {
  const waiting = new Map<number, (bytes: Buffer) => void>()
  const socket = createSocket('udp4', (bytes) => waiting.get(readReply(bytes)?.id ?? -1)?.(bytes))
  socket.on('error', () => {})
  return (number, again) =>
    new Promise((resolve, reject) => {
      const send = (): void => socket.send(asked(number), 53, host, () => {})
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
        resolve(isRightReply(number, bytes))
      })
      send()
    })
}

/** One question over a connection of its own. */
function overTcp(host: string, number: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(53, host)
    let kept = Buffer.alloc(0)
    socket.setTimeout(GIVE_UP_MS, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => reject(new Error('no reply by TCP')))
    socket.on('data', (chunk) => {
      kept = Buffer.concat([kept, chunk])
      if (kept.length < 2 || kept.length < 2 + kept.readUInt16BE()) return
      resolve(isRightReply(number, kept.subarray(2)))
      socket.destroy()
    })
    const bytes = asked(number)
    socket.write(Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]))
  })
}

function dnstcp(host: string): Ask {
  return async (number, again) => {
    const end = performance.now() + GIVE_UP_MS
    for (;;) {
      try {
        return await overTcp(host, number)
      } catch (error) {
        if (performance.now() > end) throw error
        again()
      }
    }
  }
}

/** A scrape of Prometheus, over a connection of its own. */
function metrics(place: string): Ask {
  return async (_number, again) => {
    const end = performance.now() + GIVE_UP_MS
    for (;;) {
      try {
        const signal = AbortSignal.timeout(GIVE_UP_MS)
        const reply = await fetch(`http://${place}/metrics`, { signal, headers: { connection: 'close' } })
        return reply.status === 200 && /^kickback_generation [1-9]\d*$/m.test(await reply.text())
      } catch (error) {
        if (performance.now() > end) throw error
        again()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
}

function doorOf(kind: string, place: string): Ask {
  const [host = '', port = '0'] = place.split(':')
  if (kind === 'udp') return udp(place)
  if (kind === 'dnstcp') return dnstcp(place)
  if (kind === 'http') return metrics(place)
  return kickback(kind === 'tcp' ? { host, port: Number(port) } : { path: place }, kind === 'maybe')
}

const [, , processes = '', rate = '1', ...doors] = process.argv
const path = ['self' as const, ...processes.split(',').map(Number)]
const tallies: Record<string, Tally> = {}

function fault(tally: Tally, what: string): void {
  if (tally.faults === '') process.stderr.write(`# first fault: ${what}\n`)
  if (tally.faults.length < 1000) tally.faults += `${what}; `
}

/** Judges how long an answer took, `before` being what was waited for a processor when it was asked. */
function judgeTime(tally: Tally, what: string, start: number, before: number): void {
  const took = performance.now() - start
  const own = Math.max(0, took - (waited(path) - before))
  tally.worst = Math.max(tally.worst, Math.round(took))
  tally.worstOwn = Math.max(tally.worstOwn, Math.round(own))
  if (took <= LATE_MS) return
  if (own <= LATE_MS) {
    tally.starved++
    return
  }
  tally.late++
  fault(tally, `${what}: after ${Math.round(took)} ms, ${Math.round(own)} of them its own`)
}

/** One question, and what it adds to the tally of its door. */
async function answer(door: string, ask: Ask, number: number, tally: Tally, before: number): Promise<void> {
  const start = performance.now()
  const what = `question ${number} at ${door}`
  tally.asked++
  try {
    const isRight = await ask(number, () => tally.again++)
    tally.answered++
    if (!isRight) {
      tally.wrong++
      fault(tally, `${what}: wrong`)
    }
  } catch (error) {
    if (door.startsWith('maybe')) return
    // What was given up is late, or was starved: the time tells.
    if (performance.now() - start < GIVE_UP_MS) {
      tally.wrong++
      fault(tally, `${what}: ${String(error)}`)
    }
  }
  if (!door.startsWith('maybe')) judgeTime(tally, what, start, before)
}

for (const door of doors) {
  const [kind = '', place = ''] = door.split('=')
  const ask = doorOf(kind, place)
  const tally: Tally = {
    asked: 0,
    answered: 0,
    wrong: 0,
    late: 0,
    starved: 0,
    again: 0,
    worst: 0,
    worstOwn: 0,
    faults: '',
  }
  tallies[door] = tally
  let number = 0
  let due = performance.now()
  let before = waited(path)
  setInterval(() => {
    const now = performance.now()
    // A client that was not run for a second owes nothing for it.
    if (now - due > 1000) due = now
    for (; due <= now; due += 1000 / Number(rate)) answer(door, ask, number++, tally, before).catch(() => tally.wrong++)
    before = waited(path)
  }, 5)
}
process.on('unhandledRejection', () => {})
process.stdin.resume()
process.stdin.on('end', () => process.stdout.write(`${JSON.stringify(tallies)}\n`, () => process.exit(0)))
