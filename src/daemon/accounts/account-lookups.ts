/** Single look-ups of accounts that a master's name service has and does not list. */
import { type Accounts, DATABASES, isDatabase, readAccounts, type Snapshot } from '../../resolver/index.ts'
import { type Clock, sleep } from '../../values/index.ts'
import { type AccountAnswer, AnswersKept } from './answers-kept.ts'
import { Places } from './places.ts'
import { PrimaryGroups } from './primary-groups.ts'
import type { ServicePoolDoor } from './service-pool.ts'
import type { AccountDatabase, Service } from './services.ts'
import { type AccountKey, type Asked, askServices } from './single-questions.ts'

/** What look-ups are made with. */
interface LookupOptions {
  readonly pool: ServicePoolDoor
  /** The services of a database, in order. Rejects where nobody knows them. */
  readonly services: (database: AccountDatabase) => Promise<readonly Service[]>
  /** What is served: an account that is in it is not looked up, and the others must not contradict it. */
  readonly served: () => Snapshot | undefined
  /** The accounts of these lines that are exported, by the rules of the settings and of login.defs. */
  readonly exported: (lines: { readonly passwd: string; readonly group: string }) => Promise<Accounts>
  readonly clock: Clock
}

/** How long who asks is kept waiting, in milliseconds: less than the second that a program's module waits. */
const PATIENCE = 800
/** How long one service has, in milliseconds: who asks again finds the answer. */
const DEADLINE = 5000
/** How many different questions of askers may be under way at once. Those that a question leads to come one after the other. */
const IN_FLIGHT_MAX = 256
/** The longest name that is asked for, in bytes (login names have 32 at most, useradd(8)). */
const NAME_MAX = 255

/** The look-ups. Equal ones that are under way at once are one. */
export class AccountLookups {
  readonly #options: LookupOptions
  readonly #kept = new AnswersKept()
  readonly #inFlight = new Map<string, Promise<AccountAnswer>>()
  readonly #primaries = new PrimaryGroups()
  readonly #places = new Places(IN_FLIGHT_MAX)

  constructor(options: LookupOptions) {
    this.#options = options
  }

  /** Looks an account up for an asker; undefined where no name service has such keys. Never rejects. */
  lookUp(database: string, key: AccountKey | Uint8Array, asker: string): Promise<AccountAnswer> | undefined {
    const asked = typeof key === 'object' ? Buffer.from(key).toString('latin1') : key
    if (!isAccounts(database)) return undefined
    return isKey(database, asked) ? this.#answer({ database, key: asked, asker }) : Promise.resolve('absent')
  }

  /** An administrator asked for a reload: accounts that are gone are forgotten as soon as the name service says so. */
  doubt(): void {
    this.#kept.doubt()
  }

  async #answer(question: Asked): Promise<AccountAnswer> {
    const { clock } = this.#options
    const name = nameOf(question)
    const kept = this.#kept.get(name, clock.now())
    if (kept?.isFresh) return kept.answer
    const flight = this.#inFlight.get(name) ?? this.#beginInPlace(name, question)
    if (kept !== undefined && !kept.isDoubted) return kept.answer
    const ended = new AbortController()
    const answer = await Promise.race([flight, sleep(clock, PATIENCE, ended.signal)])
    ended.abort()
    return answer ?? kept?.answer ?? 'unknown'
  }

  /** Begins a flight if the asker has a place for it. */
  #beginInPlace(name: string, question: Asked): Promise<AccountAnswer> {
    const { asker } = question
    if (!this.#places.take(asker)) return Promise.resolve('unknown')
    return this.#begin(name, question).finally(() => this.#places.leave(asker))
  }

  #begin(name: string, question: Asked): Promise<AccountAnswer> {
    const flight = this.#asked(question)
      .catch((): AccountAnswer => 'unknown')
      .then((answer) => this.#kept.take(name, answer, this.#options.clock.now()))
      .finally(() => this.#inFlight.delete(name))
    this.#inFlight.set(name, flight)
    return flight
  }

  /** The answer of the name service, by the rules of what is exported. */
  async #asked({ database, key, asker }: Asked): Promise<AccountAnswer> {
    const { pool, services } = this.#options
    const lines = await askServices(pool, await services(database), { database, key, asker }, DEADLINE)
    if (lines === 'unknown') return lines
    if (database === 'initgroups') return this.#groups(String(key), lines, asker)
    const [line] = lines
    if (line === undefined) return 'absent'
    return database === 'passwd' ? this.#user(key, line, asker) : this.#group(line)
  }

  async #user(key: AccountKey, line: string, asker: string): Promise<AccountAnswer> {
    const { passwd } = await this.#options.exported({ passwd: `${line}\n`, group: '' })
    const [user] = passwd
    if (user === undefined) return 'absent'
    // A name means one uid: whoever else has the uid is not found by it.
    if (typeof key === 'number') {
      const named =
        this.#served('passwd', user.name) ?? (await this.#flight({ database: 'passwd', key: user.name, asker }))
      if (named === 'unknown') return 'unknown'
      if (named === 'absent' || DATABASES.passwd.decode(named).uid !== user.uid) return 'absent'
    }
    this.#primaries.add(user)
    return DATABASES.passwd.encode(user)
  }

  async #group(line: string): Promise<AccountAnswer> {
    const gid = Number(line.split(':', 3)[2])
    const accounts = await this.#options.exported({ passwd: this.#primaries.lineOf(gid), group: `${line}\n` })
    const [group] = accounts.group
    return group === undefined ? 'absent' : DATABASES.group.encode(group)
  }

  /** The groups of a user that are exported. One that nobody can tell of makes all of them unknown. */
  async #groups(name: string, lines: readonly string[], asker: string): Promise<AccountAnswer> {
    const gids: number[] = []
    for (const gid of new Set(lines.map(Number))) {
      const group = this.#served('group', gid) ?? (await this.#flight({ database: 'group', key: gid, asker }))
      if (group === 'unknown') return 'unknown'
      if (group !== 'absent') gids.push(gid)
    }
    return gids.length === 0 ? 'absent' : DATABASES.initgroups.encode({ name, gids })
  }

  /** The same as `#answer`, as long as it takes: who waits has an end to the patience. */
  #flight(question: Asked): Promise<AccountAnswer> {
    const name = nameOf(question)
    const kept = this.#kept.get(name, this.#options.clock.now())
    if (kept?.isFresh) return Promise.resolve(kept.answer)
    return this.#inFlight.get(name) ?? this.#begin(name, question)
  }

  #served(database: 'passwd' | 'group', key: AccountKey): Uint8Array | undefined {
    return this.#options.served()?.lookup(database, typeof key === 'number' ? { id: key } : { name: key })
  }
}

/** A name for a question: equal where database and key are. */
function nameOf({ database, key }: Asked): string {
  return `${database} ${typeof key} ${key}`
}

function isAccounts(database: string): database is AccountDatabase {
  return isDatabase(database) && DATABASES[database].complete === 'accounts' && database !== 'shadow'
}

/** Whether a key can be asked for: a name that no line could have is none. */
function isKey(database: AccountDatabase, key: AccountKey): boolean {
  if (typeof key === 'number') return database !== 'initgroups' && key > 0
  return key !== '' && key.length <= NAME_MAX && ![...key].some((one) => one < ' ' || ':,\x7f'.includes(one))
}

/** Which accounts are exported, as far as the settings say it. */
type ExportedRules = Omit<NonNullable<Parameters<typeof readAccounts>[1]>, 'disabledUsers' | 'today'>

/** The exported accounts of some lines. */
export function exportedOf(
  lines: { readonly passwd: string; readonly group: string },
  loginDefs: Uint8Array | undefined,
  rules: ExportedRules,
): Accounts {
  const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
  // They have no line in the shadow file that could disable them.
  const all = { ...rules, disabledUsers: 'keep', today: 0 } as const
  return readAccounts({ passwd: bytes(lines.passwd), group: bytes(lines.group), loginDefs }, all)
}
