/** What is known of boots, on disk: a daemon that is started again knows which tickets it gave, and which nodes are held. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BootRecord, BootRecords } from '../../boot/index.ts'
import { checkShape, type Shape } from '../../kickback/index.ts'
import { type Clock, handlers, type Log, messageOf, systemErrorCode, writeWhole } from '../../values/index.ts'

/** The file in the state dir. */
const FILE = 'boots'
/** How long changes are gathered, in milliseconds. */
const GATHERING = 2000
/** When a file that could not be written is tried again, in milliseconds. */
const AGAIN = 30_000

const TICKET: Shape = {
  fields: {
    ...{ id: 'str', mac: 'str', stage: 'str', given: 'uint', isInstaller: 'bool', isMoving: 'bool', isUsed: 'bool' },
    ...{ images: { list: { words: ['kernel', 'initrd'] } }, sent: { list: { words: ['kernel', 'initrd'] } } },
  },
}
const RECORDS: Shape = {
  list: {
    fields: {
      ...{ number: 'uint', stage: 'str', boots: 'uint', since: 'uint', activity: { words: ['booting', 'installing'] } },
      tickets: { list: TICKET },
    },
  },
}

/** The records that a state dir holds; none where there are none that can be read. */
export async function readRecords(stateDir: string, log: Pick<Log, 'warn'>): Promise<readonly BootRecord[]> {
  try {
    const records: unknown = JSON.parse(await readFile(join(stateDir, FILE), 'utf8'))
    checkShape(records, RECORDS, 'records')
    return records as unknown as readonly BootRecord[]
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT')
      log.warn({ reason: messageOf(error) }, 'what was known of boots is forgotten: nodes that boot now start anew')
    return []
  }
}

/** Writes records down while they change. */
export class KeptRecords {
  readonly #stateDir: string
  readonly #records: BootRecords
  readonly #clock: Clock
  readonly #log: Pick<Log, 'error'>
  #cancel: (() => void) | undefined
  #writing: Promise<void> = Promise.resolve()
  /** Whether the file lacks what it should have, because the last write failed. */
  #isOwed = false

  constructor(stateDir: string, records: BootRecords, clock: Clock, log: Pick<Log, 'error'>) {
    this.#stateDir = stateDir
    this.#records = records
    this.#clock = clock
    this.#log = log
  }

  /** Something may have changed. */
  changed(): void {
    this.#writeIn(GATHERING)
  }

  #writeIn(ms: number): void {
    if (this.#cancel !== undefined) return
    const write = (): Promise<void> => {
      this.#cancel = undefined
      return this.#write()
    }
    this.#cancel = this.#clock.after(
      ms,
      handlers.guard('boot records', write, () => this.changed()),
    )
  }

  /** Writes what is not written yet, for the last time. */
  async close(): Promise<void> {
    this.#cancel?.()
    await this.#write()
    this.#cancel?.()
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (!this.#records.changed() && !this.#isOwed) return
      try {
        await writeWhole(join(this.#stateDir, FILE), [Buffer.from(JSON.stringify(this.#records.all))])
        this.#isOwed = false
      } catch (error) {
        this.#isOwed = true
        this.#writeIn(AGAIN)
        this.#log.error({ reason: messageOf(error) }, 'cannot write down what is known of boots; it is tried again')
      }
    })
    return this.#writing
  }
}
