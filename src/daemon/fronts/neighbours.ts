/** The caches beside a daemon that keep what it answered before: nscd, systemd-resolved and sssd. They are told what has changed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  changedDatabases,
  DATABASE_NAMES,
  DATABASES,
  type DatabaseName,
  isDatabase,
  type Snapshot,
} from '../../resolver/index.ts'
import { handlers, type Log } from '../../values/index.ts'
import { Starter } from '../supervision/starter.ts'

/** Where they are, if they run; tests have others. */
export interface CachePlaces {
  /** The sockets of nscd(8). */
  readonly nscd: readonly string[]
  /** The socket of systemd-resolved(8). */
  readonly resolved: string
  /** The socket of sssd(8), its sssd.conf(5), and the folder of more of these. */
  readonly sssd: { readonly socket: string; readonly config: string; readonly more: string }
}

/** Where they usually are. */
const USUAL: CachePlaces = {
  nscd: ['/run/nscd/socket', '/var/run/nscd/socket'],
  resolved: '/run/systemd/resolve/io.systemd.Resolve',
  sssd: { socket: '/var/lib/sss/pipes/nss', config: '/etc/sssd/sssd.conf', more: '/etc/sssd/conf.d' },
}

/** The usual patience, in milliseconds. */
const PATIENCE = 5000
/** The option of sss_cache(8) that takes what it keeps of a database. */
const SSS_OPTIONS: { readonly [D in DatabaseName]?: string } = { passwd: '-U', group: '-G', netgroup: '-N' }

/** A program with its arguments. */
type Command = readonly [program: string, ...words: readonly string[]]

/** The caches of this machine. At most one round of programs runs at a time, and what changes meanwhile is told in the next one. */
export class CachesBeside {
  readonly #places: CachePlaces
  readonly #log: Pick<Log, 'debug'>
  readonly #changed = new Set<DatabaseName>()
  readonly #patience: number
  readonly #starter = new Starter()
  #running: Promise<void> | undefined

  /** `patience`: the longest that a program which empties a cache may take, in milliseconds: then it is killed. */
  constructor(log: Pick<Log, 'debug'>, places = USUAL, patience = PATIENCE) {
    this.#patience = patience
    this.#log = log
    this.#places = places
    // While this process is small.
    if (this.#commands(DATABASE_NAMES).length > 0) this.#starter.begin()
  }

  /**
   * What they keep of what has changed is wrong from now on: the module has the new generation. Resolves when they are emptied, or cannot be:
   * never rejects.
   */
  tell(before: Snapshot | undefined, now: Snapshot): Promise<void> {
    return this.emptied(before === undefined ? DATABASE_NAMES : changedDatabases(before, now))
  }

  /** As `flush`, and never rejects: what goes wrong is logged. */
  emptied(databases: Iterable<string>): Promise<void> {
    return new Promise((resolve) => {
      const flush = (): Promise<void> => this.flush(databases).finally(resolve)
      handlers.float('caches flushed', flush, () => resolve())
    })
  }

  /** Empties what they keep of these databases, where they run. Resolves when that is done or has failed: a failure does no harm here. */
  flush(databases: Iterable<string>): Promise<void> {
    for (const database of databases) if (isDatabase(database)) this.#changed.add(database)
    this.#running ??= this.#flushAll()
    return this.#running
  }

  async #flushAll(): Promise<void> {
    while (this.#changed.size > 0) {
      const databases = [...this.#changed]
      this.#changed.clear()
      await this.#runAll(this.#commands(databases))
    }
    this.#running = undefined
  }

  #commands(databases: readonly DatabaseName[]): readonly Command[] {
    // The groups of a user are kept with the groups.
    const cached = new Set(databases.map((database) => (database === 'initgroups' ? 'group' : database)))
    const { nscd, resolved, sssd } = this.#places
    const commands: Command[] = []
    if (nscd.some((path) => existsSync(path))) {
      for (const database of cached) if (DATABASES[database].nscd) commands.push(['nscd', '-i', database])
    }
    if (cached.has('hosts') && existsSync(resolved)) commands.push(['resolvectl', 'flush-caches'])
    const options = [...cached].flatMap((database) => SSS_OPTIONS[database] ?? [])
    if (options.length > 0 && existsSync(sssd.socket)) {
      for (const domain of ownDomains(sssd)) commands.push(['sss_cache', '-d', domain, ...options])
    }
    return commands
  }

  /** One after the other. What a cache that hangs is told further is left out: the others do not wait for it. */
  async #runAll(commands: readonly Command[]): Promise<void> {
    const hanging = new Set<string>()
    for (const command of commands) {
      const [program] = command
      if (hanging.has(program)) continue
      const { reason, isLate } = await this.#starter.run(command, this.#patience)
      if (isLate) hanging.add(program)
      if (reason !== undefined) this.#log.debug({ program, reason }, 'a cache beside could not be emptied')
    }
  }
}

/** The domains of sssd that ask our module: those alone are emptied, the directory of the site need not be asked anew for us. */
function ownDomains({ config, more }: CachePlaces['sssd']): readonly string[] {
  const own = new Set<string>()
  for (const path of [config, ...namesIn(more)]) {
    let domain: string | undefined
    for (const line of textOf(path).split('\n')) {
      const section = /^\s*\[(?:domain\/)?([^\]]+)\]/.exec(line)
      if (section !== null) domain = line.includes('[domain/') ? section[1] : undefined
      if (domain !== undefined && /^\s*proxy_lib_name\s*=\s*kickback\s*$/.test(line)) own.add(domain)
    }
  }
  return [...own]
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
