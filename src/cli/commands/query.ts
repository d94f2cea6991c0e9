/** `kickback query`: a database or its entries as getent(1) prints them, asked of a service. */
import type { KickbackClient, Place } from '../../kickback/index.ts'
import { ServiceError } from '../../kickback/index.ts'
import {
  DATABASE_NAMES,
  DATABASES,
  type Database,
  type DatabaseName,
  displayed,
  type Entries,
  GETENT_EXITS,
  getentInnetgr,
  isDatabase,
} from '../../resolver/index.ts'
import { printable } from '../../values/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { entryJson } from '../entry-json.ts'
import {
  askService,
  isShadowGranted,
  isSilence,
  lookupKey,
  privateSocket,
  publicSocket,
  silenceText,
} from '../service.ts'
import type { Settings } from '../settings/table.ts'
import { typedBytes } from '../typed-bytes.ts'

/** The exit code that getent does not have: no service answers. */
const NO_SERVICE = 4
/** Another one: the asker may not ask. */
const DENIED = 5

/** `kickback query DB [KEY...]`. */
export const run: RunCommand = async (invocation) => {
  const { args, settings, terminal } = invocation
  const [database = '', ...keys] = args
  if (!isDatabase(database)) {
    terminal.complain(`Unknown database: ${database}\nThe databases are ${DATABASE_NAMES.join(', ')}.\n`)
    return GETENT_EXITS.unknown
  }
  const place = placeOf(settings, database)
  try {
    return await askService(place, invocation, (client) => new Query(database, client, invocation).run(keys))
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    const isPassing = error.code === 'busy' || error.code === 'starting'
    if (error.code === 'denied') return DENIED
    return isSilence(error) || isPassing ? NO_SERVICE : GETENT_EXITS.missing
  }
}

function placeOf({ server, runDir }: Settings, database: DatabaseName): Place {
  if (server !== null) return { host: server.host, port: server.port }
  return database === 'shadow' ? privateSocket(runDir) : publicSocket(runDir)
}

/** One call of the command on one database. */
class Query<D extends DatabaseName> {
  readonly #database: D
  readonly #row: Database<Entries[D]>
  readonly #client: KickbackClient
  readonly #invocation: Invocation
  readonly #isShadowGranted: boolean

  constructor(database: D, client: KickbackClient, invocation: Invocation) {
    this.#database = database
    this.#row = DATABASES[database]
    this.#client = client
    this.#invocation = invocation
    const { server, runDir } = invocation.settings
    this.#isShadowGranted = server === null && isShadowGranted(runDir)
  }

  /** Asks, prints, and resolves to getent's exit code. */
  async run(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return this.#list()
    if (this.#database === 'netgroup' && keys.length !== 1) return this.#innetgr(keys)
    const missing: string[] = []
    for (const key of typedBytes(keys, this.#invocation.called)) if (!(await this.#one(key))) missing.push(key)
    this.#pointToReason(missing)
    return missing.length > 0 ? GETENT_EXITS.missing : GETENT_EXITS.found
  }

  /** Where there is no answer, people are told how to find out why; programs go by the exit code. */
  #pointToReason([missing]: readonly string[]): void {
    const { settings, terminal } = this.#invocation
    if (missing === undefined || settings.json || settings.server !== null) return
    const words = [this.#database, displayed(missing)].map(asWord)
    terminal.complain(`kickback: not found; to see why: kickback explain ${words.join(' ')}\n`)
  }

  async #list(): Promise<number> {
    if (!this.#row.getent.lists) {
      this.#invocation.terminal.complain(`Enumeration not supported on ${this.#database}\n`)
      return GETENT_EXITS.noEnumeration
    }
    for (const record of await this.#client.list(this.#database)) this.#print(this.#entry(record))
    return GETENT_EXITS.found
  }

  /** Looks one key up; false if there is nothing to print. */
  async #one(typed: string): Promise<boolean> {
    const { getent, binaryKey } = this.#row
    const unasked = getent.unasked?.(typed)
    if (unasked !== undefined) return this.#printUnasked(unasked)
    const record = await this.#client.lookup(this.#database, lookupKey(getent.key(typed), binaryKey === 'name'))
    const entry = record === undefined ? getent.absent?.(typed) : this.#entry(record)
    return entry !== undefined && this.#print(entry, typed)
  }

  /** What the C library says without asking anybody, of an address in numbers; false if it has then not found anything. */
  #printUnasked(line: string): boolean {
    if (line === '') return false
    const [address, name] = line.trim().split(/ +/)
    this.#write(this.#invocation.settings.json ? `${JSON.stringify({ names: [name], addresses: [address] })}\n` : line)
    return true
  }

  /** The entry as this machine's module gives it: records hold `*` for every password. */
  #entry(record: Uint8Array): Entries[D] {
    const entry = this.#row.decode(record)
    return this.#database === 'passwd' && this.#isShadowGranted
      ? ({ ...(entry as object), passwd: 'x' } as Entries[D])
      : entry
  }

  /** `netgroup NAME HOST USER DOMAIN`, where `*` is any; getent takes two, three and five words and says nothing. */
  async #innetgr(keys: readonly string[]): Promise<number> {
    const [netgroup = '', host, user, domain] = keys.map((key) => (key === '*' ? undefined : key))
    if (keys.length !== 4) return GETENT_EXITS.found
    const asked = { ...(host && { host }), ...(user && { user }), ...(domain && { domain }) }
    const holds = await this.#client.innetgr(netgroup, asked)
    const [typed = '', ...fields] = typedBytes(keys, this.#invocation.called)
    const [typedHost, typedUser, typedDomain] = fields.map((field) => (field === '*' ? undefined : field))
    const triple = { host: typedHost, user: typedUser, domain: typedDomain }
    if (this.#invocation.settings.json) this.#write(`${JSON.stringify({ netgroup, ...asked, holds })}\n`)
    else this.#write(getentInnetgr(typed, triple, holds))
    return GETENT_EXITS.found
  }

  /** Prints an entry as getent does, or as one line of JSON; false if getent prints none. */
  #print(entry: Entries[D], typed?: string): boolean {
    const lines = this.#row.getent.lines(entry, typed)
    if (lines === undefined) return false
    this.#write(this.#invocation.settings.json ? `${JSON.stringify(entryJson(entry))}\n` : lines)
    return true
  }

  /** JSON is text, getent's lines are bytes. */
  #write(text: string): void {
    this.#invocation.terminal.print(this.#invocation.settings.json ? text : Buffer.from(text, 'latin1'))
  }
}

/** A word as it has to be typed in a shell. */
function asWord(text: string): string {
  return /^[\w.:+-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`
}
