/**
 * When a living master said last that a node's copy is in step, whatever the wall clock did since. It is kept in the state dir, so that
 * a restart knows it: as the time of the copy's file, for those who look at the file, and as a record, which does not depend on the wall
 * clock alone.
 */
import { readFile, stat, utimes } from 'node:fs/promises'
import {
  type BootClock,
  handlers,
  type Log,
  messageOf,
  systemErrorCode,
  type WallClock,
  writeWhole,
} from '../../values/index.ts'
import { checkShape, type Shape } from '../wire/report-shape.ts'

/** What a confirmation is made of. */
interface ConfirmationOptions {
  /** The copy in the state dir. */
  readonly file: string
  /** The record beside it (`IN_STEP`). */
  readonly record: string
  /** Gives the time since a confirmation of this boot, also if the wall clock was changed or the machine was suspended. */
  readonly bootClock: BootClock
  /** Milliseconds since 1970. */
  readonly wallClock: WallClock
  /** Told of a disk that takes nothing; nobody unless set: who only asks for the age writes nothing. */
  readonly log?: Pick<Log, 'warn'>
}

/** What is written down: how old the copy was, in milliseconds, at a moment by both clocks. */
interface AgeRecord {
  readonly age: number
  /** Which boot it was: the time since it began tells nothing in another one. */
  readonly boot: string
  readonly since_boot: number
  readonly wall: number
}

const RECORD: Shape = { fields: { age: 'number', boot: 'str', since_boot: 'number', wall: 'number' } }
/** What the record is called in a state dir. */
export const IN_STEP = 'in-step'
/** How often the time is written down, in milliseconds: how old a copy is matters by the day. */
const WRITE_EVERY = 3_600_000
const CANNOT_WRITE =
  'cannot write down that a master is in step: it is tried again; after a restart the copy counts as older than it is'

/** The last confirmation of a node's copy. */
export class Confirmation {
  readonly #options: ConfirmationOptions
  /** What an earlier process wrote down, and when this one read it. */
  #before: AgeRecord | undefined
  #readAt = 0
  /** By this process, since the boot. */
  #confirmed: number | undefined
  #written = Number.NEGATIVE_INFINITY
  /** Whether the last try to write it down failed, which was logged then. */
  #hasFailed = false
  #writing: Promise<void> = Promise.resolve()

  constructor(options: ConfirmationOptions) {
    this.#options = options
  }

  /**
   * Seconds since the last confirmation; Infinity if there was none. Within a boot the clock counts that only grows. From one boot to
   * another the wall clock tells how long the machine was off; but never less has passed than since this boot, so that a wall clock which
   * was put back does not keep a copy young for ever.
   */
  get age(): number {
    const { bootClock, wallClock } = this.#options
    const now = bootClock.now()
    if (this.#confirmed !== undefined) return Math.max(0, now - this.#confirmed) / 1000
    if (this.#before === undefined) return Number.POSITIVE_INFINITY
    const { age, boot, since_boot: since, wall } = this.#before
    if (boot !== '' && boot === bootClock.boot) return (age + Math.max(0, now - since)) / 1000
    // Of a file alone nobody knows in which boot it was written.
    const least = boot === '' ? now - this.#readAt : now
    return (age + Math.max(least, wallClock() - wall)) / 1000
  }

  /** Takes up what an earlier process wrote down. Without a record a file is as new as its last confirmation, or as its content. */
  async read(): Promise<void> {
    const { file, record, bootClock } = this.#options
    this.#readAt = bootClock.now()
    const found = await stat(file).catch(() => undefined)
    if (found === undefined) return
    this.#before = (await readRecord(record)) ?? { age: 0, boot: '', since_boot: 0, wall: found.mtimeMs }
  }

  /** A living master said that the copy is in step. What can't be written down, as on a full disk, is tried again by the next one. */
  confirm(): void {
    const now = this.#options.wallClock()
    this.#confirmed = this.#options.bootClock.now()
    if (Math.abs(now - this.#written) < WRITE_EVERY) return
    this.#written = now
    handlers.float('confirmation', () => this.#inTurn(() => this.#tryToWrite(now)))
  }

  /** Writes down how old the copy is by now: what passed without a master is not forgotten by a restart. */
  keep(): Promise<void> {
    return this.#inTurn(() => this.#record())
  }

  /** One after the other: they have one draft. */
  #inTurn(write: () => Promise<void>): Promise<void> {
    const writing = this.#writing.then(write)
    this.#writing = writing.catch(() => {})
    return writing
  }

  /** A disk is full for minutes, and a master confirms three times in each: the log has it once. */
  async #tryToWrite(now: number): Promise<void> {
    try {
      await this.#write(now)
      this.#hasFailed = false
    } catch (error) {
      this.#written = Number.NEGATIVE_INFINITY
      if (!this.#hasFailed) this.#options.log?.warn({ reason: messageOf(error) }, CANNOT_WRITE)
      this.#hasFailed = true
    }
  }

  async #record(): Promise<void> {
    const { bootClock, wallClock, record } = this.#options
    const age = this.age * 1000
    if (!Number.isFinite(age)) return
    const now: AgeRecord = { age, boot: bootClock.boot, since_boot: bootClock.now(), wall: wallClock() }
    await writeWhole(record, [Buffer.from(`${JSON.stringify(now)}\n`)])
  }

  /** A file that is not there yet, as after the first confirmation, is written with its content. The record does not wait for it. */
  async #write(now: number): Promise<void> {
    try {
      await utimes(this.#options.file, now / 1000, now / 1000)
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error
    }
    await this.#record()
  }
}

/** A record that is not there, or damaged, says nothing. */
async function readRecord(path: string): Promise<AgeRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(path, 'utf8'))
    checkShape(record, RECORD, 'record')
    return record as AgeRecord
  } catch {
    return undefined
  }
}
