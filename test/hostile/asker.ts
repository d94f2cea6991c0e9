/**
 * A correct client: `PIDS RATE DOOR...` asks so many questions a second at each DOOR until stdin ends, and prints what came of it as
 * JSON. A door is `unix=PATH`, `tcp=HOST:PORT`, `udp=HOST`, `dnstcp=HOST`, `http=HOST:PORT` or `objects=HOST:PORT`; `maybe=PATH` may refuse, but never
 * lie. PIDS are the processes that an answer waits for, with commas: what they, or this one, wait for a processor is not counted as theirs.
 * With `moving=NAME` before the doors that host is asked for too, and at the end each door is asked all its questions once more.
 */
import { type Door, doorOf, GIVE_UP_MS, ROUND } from './doors.ts'
import { waited } from './starvation.ts'
import type { Tally } from './tally.ts'

const LATE_MS = 2000

const [, , processes = '', rate = '1', ...words] = process.argv
const path = ['self' as const, ...processes.split(',').map(Number)]
/** How often is looked what is due: twice for each question, and no more often than a timer can be trusted. */
const TICK_MS = Math.max(5, 500 / Number(rate))
const moving = words[0]?.startsWith('moving=') ? words.shift()?.slice('moving='.length) : undefined
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

/** One client of one door. */
class Client {
  readonly #name: string
  readonly #door: Door
  readonly tally: Tally = {
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
  #number = 0

  constructor(name: string) {
    const [kind = '', place = ''] = name.split('=')
    this.#name = name
    this.#door = doorOf(kind, place, moving)
  }

  /** The next question, and what it adds to the tally; `before`: what was waited for a processor until then. */
  async ask(before: number): Promise<void> {
    const { tally } = this
    const start = performance.now()
    const number = this.#number++
    const what = `question ${number} at ${this.#name}`
    const isDoubtful = this.#name.startsWith('maybe')
    tally.asked++
    try {
      const isRight = await this.#door.ask(number, () => tally.again++)
      tally.answered++
      if (!isRight) {
        tally.wrong++
        fault(tally, `${what}: wrong`)
      }
    } catch (error) {
      if (isDoubtful) return
      // What was given up is late, or was starved: the time tells.
      if (performance.now() - start < GIVE_UP_MS) {
        tally.wrong++
        fault(tally, `${what}: ${String(error)}`)
      }
    }
    if (!isDoubtful) judgeTime(tally, what, start, before)
  }

  /** Asks at the rate. */
  begin(): void {
    let due = performance.now()
    let before = waited(path)
    setInterval(() => {
      const now = performance.now()
      // A client that was not run for a second owes nothing for it.
      if (now - due > 1000) due = now
      for (; due <= now; due += 1000 / Number(rate)) this.ask(before).catch(() => this.tally.wrong++)
      before = waited(path)
    }, TICK_MS)
  }

  /** Asks each question once more, and notes the newest place of the host that moves. */
  async end(): Promise<void> {
    for (let left = ROUND; left > 0; left--) await this.ask(waited(path))
    this.tally.moves = this.#door.moving.moves
  }
}

const clients = words.map((name) => new Client(name))
for (const [i, client] of clients.entries()) {
  tallies[words[i] ?? ''] = client.tally
  client.begin()
}

async function end(): Promise<void> {
  if (moving !== undefined) await Promise.all(clients.map((client) => client.end()))
  process.stdout.write(`${JSON.stringify(tallies)}\n`, () => process.exit(0))
}

process.on('unhandledRejection', () => {})
process.stdin.resume()
process.stdin.on('end', () => void end())
