/** Who asked for an address and is not in the configuration: a bounded list, kept over a restart. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Clock,
  formatMac,
  type Log,
  type Mac,
  macKey,
  messageOf,
  parseMac,
  printable,
  systemErrorCode,
  type WallClock,
  writeWhole,
} from '../../../values/index.ts'

/** The file in the state dir. */
const FILE = 'strangers.json'
/** How many are kept: of more, those that were heard of longest ago go. */
export const STRANGERS_MAX = 1000
/** How often the file is written at most, in milliseconds. */
const WRITE_EVERY = 5000
/** The longest file that is read, in bytes. */
const SIZE_MAX = 1 << 20

/** A machine that is not in the configuration. */
interface Stranger {
  readonly mac: Mac
  /** The interface on which it asked. */
  readonly on: string
  /** When it asked first and last, in seconds since 1970. */
  readonly first: number
  readonly last: number
  /** How often. */
  readonly times: number
}

/** What the list works with. */
interface StrangersParts {
  readonly stateDir: string
  readonly log: Pick<Log, 'info' | 'error'>
  readonly clock: Clock
  readonly wallClock: WallClock
}

/** The strangers of this master. */
export class Strangers {
  readonly #parts: StrangersParts
  readonly #all = new Map<number, Stranger>()
  #written = Number.NEGATIVE_INFINITY
  #isChanged = false
  #writing: Promise<void> | undefined

  /** Continues with what is kept. A file that cannot be read is logged, and written anew. */
  constructor(parts: StrangersParts) {
    this.#parts = parts
    try {
      for (const one of strangersIn(parts.stateDir)) this.#all.set(macKey(one.mac), one)
    } catch (error) {
      parts.log.error({ reason: messageOf(error) }, 'the list of unknown machines cannot be read; it begins anew')
    }
  }

  /** How many there are. */
  get count(): number {
    return this.#all.size
  }

  /** One asked. Whether it is new. */
  heard(mac: Mac, on: string): boolean {
    const key = macKey(mac)
    const now = Math.floor(this.#parts.wallClock() / 1000)
    const before = this.#all.get(key)
    // Who was heard of last is last.
    this.#all.delete(key)
    this.#all.set(key, { mac, on, first: before?.first ?? now, last: now, times: (before?.times ?? 0) + 1 })
    const [oldest] = this.#all.keys()
    if (this.#all.size > STRANGERS_MAX && oldest !== undefined) this.#all.delete(oldest)
    this.#isChanged = true
    return before === undefined
  }

  /** Those that are in the configuration now are none. */
  known(isKnown: (key: number) => boolean): void {
    for (const key of this.#all.keys()) if (isKnown(key)) this.#isChanged = this.#all.delete(key) || this.#isChanged
  }

  /** Writes what changed, where the last time was some seconds ago, or `isNow`. Never rejects: what fails is logged, and tried again. */
  async keep(isNow = false): Promise<void> {
    await this.#writing
    const { clock } = this.#parts
    if (!this.#isChanged || (!isNow && clock.now() - this.#written < WRITE_EVERY)) return
    this.#written = clock.now()
    this.#isChanged = false
    this.#writing = this.#write()
    await this.#writing
    this.#writing = undefined
  }

  async #write(): Promise<void> {
    const { stateDir, log } = this.#parts
    const all = [...this.#all.values()].map((one) => ({ ...one, mac: formatMac(one.mac) }))
    try {
      await writeWhole(join(stateDir, FILE), [Buffer.from(`${JSON.stringify(all)}\n`)])
    } catch (error) {
      this.#isChanged = true
      log.error({ reason: messageOf(error) }, 'the list of unknown machines cannot be written; it is tried again')
    }
  }
}

/**
 * The strangers that are kept in a state dir, in the order in which they were heard of; none where there is no list. Throws the error of the
 * system where it cannot be read, and SyntaxError for what is no list.
 */
export function strangersIn(stateDir: string): readonly Stranger[] {
  const text = listText(join(stateDir, FILE))
  if (text === undefined) return []
  const all: unknown = text.length > SIZE_MAX ? undefined : JSON.parse(text)
  if (!Array.isArray(all)) throw new SyntaxError(`${FILE} is no list of machines`)
  return all.flatMap(strangerOf).slice(-STRANGERS_MAX)
}

/** The text of the list; undefined if there is none. */
function listText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function strangerOf(value: unknown): Stranger[] {
  if (typeof value !== 'object' || value === null) return []
  const { mac: text, on, first, last, times } = value as { readonly [name: string]: unknown }
  const mac = typeof text === 'string' ? parseMac(text) : undefined
  const isWhole = [first, last, times].every((number) => Number.isSafeInteger(number))
  if (mac === undefined || typeof on !== 'string' || !isWhole) return []
  return [{ mac, on: printable(on), first: Number(first), last: Number(last), times: Number(times) }]
}
