/** What a master remembers of the hashes that it gave to nodes: for each node the users whose hashes it had at some time, in a file of the state dir. */
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Log, messageOf, systemErrorCode, writeWhole, writeWholeSync } from '../../values/index.ts'

/** The users that nodes with the same rules were given. */
interface Line {
  /** Grows with each user that is new. */
  version: number
  /** By the name of a user: the version from which on the hash was given. */
  readonly names: Map<string, number>
  /** The list of users that was looked through last, all of whom are among the names: each of ten thousand nodes comes with the same one. */
  seen?: readonly string[]
}

/** The file's form. Names are byte strings. */
interface GivenFile {
  readonly number: number
  readonly lost?: number
  readonly lines: readonly { readonly rules: string; readonly version: number; readonly names: [string, number][] }[]
  readonly nodes: readonly { readonly node: number; readonly had: [string, number][] }[]
}

/** What the file is called in a state dir. */
export const GIVEN_FILE = 'passwords-given'
/** What stands between that and the time in the name of a damaged one. */
const DAMAGED = '.damaged-'
/** How many users are remembered for nodes with the same rules, and how many combinations of rules. */
const NAMES_MAX = 300_000
const LINES_MAX = 4096

const LOST =
  'it is not known any more which password hashes nodes were given: keys revoke and keys passwords name only what is given from now on. The damaged file is kept; restore passwords-given from a backup, or read the names in what is left'

/** The number in the bytes of such a file, which only grows: of two files of one master the one with the greater number knows more. 0 if they are damaged. */
export function givenNumber(bytes: Uint8Array): number {
  try {
    const { number } = JSON.parse(Buffer.from(bytes).toString('latin1')) as GivenFile
    return Number.isSafeInteger(number) ? number : 0
  } catch {
    return 0
  }
}

/** The memory of one master. */
export class GivenPasswords {
  readonly #path: string
  readonly #lines = new Map<string, Line>()
  /** By the number of a node: which version of each line it had last. */
  readonly #nodes = new Map<number, Map<string, number>>()
  #number = 0
  #lost: number | undefined
  /** Where a damaged file is to be kept, while it is still in its place: nothing is written over it. */
  #damaged: string | undefined
  /** Damaged files of this start and earlier ones. */
  #kept: readonly string[] = []
  #isUnsaved = false
  #writing: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  private constructor(path: string) {
    this.#path = path
  }

  /**
   * That of a state dir. What is damaged is logged, and kept beside the file that is begun in its place: what nodes had before is not known then, and no more what they had after a
   * backup that was restored (`isRestored`). `now`: seconds since 1970.
   */
  static open(
    stateDir: string,
    {
      log,
      now,
      isRestored = false,
    }: { readonly log: Pick<Log, 'error'>; readonly now: number; readonly isRestored?: boolean },
  ): GivenPasswords {
    const given = new GivenPasswords(join(stateDir, GIVEN_FILE))
    try {
      given.#read(JSON.parse(readFileSync(given.#path, 'latin1')) as GivenFile)
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') {
        given.#damaged = `${given.#path}${DAMAGED}${Math.floor(now)}`
        const fields = { file: given.#path, reason: messageOf(error), kept: given.#damaged }
        log.error(fields, LOST)
        given.#isMissing(now)
      }
    }
    if (isRestored) given.#isMissing(now)
    given.#kept = keptBeside(given.#path)
    return given
  }

  /** The greatest number that shadow snapshots of nodes had. */
  get number(): number {
    return this.#number
  }

  /** What was given before this time may be missing, in seconds since 1970; undefined: nothing is. */
  get lost(): number | undefined {
    return this.#lost
  }

  /** The path of a damaged file, until somebody has moved it away: it may have names that are not known otherwise. Undefined: there is none. */
  get damaged(): string | undefined {
    if (this.#damaged !== undefined) return this.#path
    return this.#kept.find((path) => existsSync(path))
  }

  /** Snapshots with this number are made: no later one is to have a lower one, after a restart too. */
  numbered(number: number): void {
    if (number <= this.#number) return
    this.#number = number
    this.#isUnsaved = true
  }

  /** Notes that a node is about to be given the hashes of these users by these rules; resolves once that is on disk. Rejects with the system's error. */
  noted(node: number, rules: string, users: readonly string[]): Promise<void> {
    const line = this.#lineOf(rules, users)
    const had = this.#nodes.get(node) ?? new Map<string, number>()
    this.#nodes.set(node, had)
    if (had.get(rules) !== line.version) {
      had.set(rules, line.version)
      this.#isUnsaved = true
    }
    return this.#isUnsaved ? this.#commit() : this.#writing
  }

  /** The users whose hashes a node was given at some time, sorted. */
  of(node: number): readonly string[] {
    const had = this.#nodes.get(node) ?? new Map<string, number>()
    const names = [...had].flatMap(([rules, version]) =>
      [...(this.#lines.get(rules)?.names ?? [])].filter(([, since]) => since <= version).map(([name]) => name),
    )
    return [...new Set(names)].sort()
  }

  #isMissing(now: number): void {
    this.#lost = Math.floor(now)
    this.#isUnsaved = true
    try {
      this.#keepDamaged()
      writeWholeSync(this.#path, this.#bytes, { mode: 0o600 })
    } catch {
      // Before the next hash leaves it is tried again.
    }
  }

  /** Throws the system's error where what is damaged can't be kept: then nothing is written in its place. */
  #keepDamaged(): void {
    if (this.#damaged === undefined) return
    renameSync(this.#path, this.#damaged)
    this.#kept = [this.#damaged, ...this.#kept]
    this.#damaged = undefined
  }

  #lineOf(rules: string, users: readonly string[]): Line {
    const line = this.#lines.get(rules) ?? this.#newLine(rules)
    if (line.seen === users) return line
    line.seen = users
    const unknown = users.filter((name) => !line.names.has(name))
    if (unknown.length === 0) return line
    line.version++
    for (const name of unknown) line.names.set(name, line.version)
    if (line.names.size > NAMES_MAX) forgetOldest(line.names, new Set(users))
    return line
  }

  /** Of too many combinations of rules the oldest is forgotten: a master has 1024 at most at any time. */
  #newLine(rules: string): Line {
    const line: Line = { version: 0, names: new Map() }
    this.#lines.set(rules, line)
    const [oldest] = this.#lines.keys()
    if (this.#lines.size > LINES_MAX && oldest !== undefined) this.#lines.delete(oldest)
    return line
  }

  /** One file for all that is noted while another one is written. */
  #commit(): Promise<void> {
    this.#next ??= this.#writing
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        this.#writing = this.#write()
        return this.#writing
      })
    return this.#next
  }

  async #write(): Promise<void> {
    this.#isUnsaved = false
    try {
      this.#keepDamaged()
      await writeWhole(this.#path, [this.#bytes], { mode: 0o600 })
    } catch (error) {
      this.#isUnsaved = true
      throw error
    }
  }

  get #bytes(): Buffer {
    const lines = [...this.#lines].map(([rules, { version, names }]) => ({ rules, version, names: [...names] }))
    const nodes = [...this.#nodes].map(([node, had]) => ({ node, had: [...had] }))
    // Names are byte strings, and so is the file: rules may have other characters.
    const text = JSON.stringify({ number: this.#number, lost: this.#lost, lines, nodes }).replaceAll(
      /[^\0-\xff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    return Buffer.from(`${text}\n`, 'latin1')
  }

  #read({ number, lost, lines, nodes }: GivenFile): void {
    this.#lost = lost
    for (const { rules, version, names } of lines) this.#lines.set(rules, { version, names: new Map(names) })
    for (const { node, had } of nodes) this.#nodes.set(node, new Map(had))
    if (!Number.isSafeInteger(number)) throw new TypeError('it has no number')
    this.#number = number
  }
}

/** The damaged files beside it, the newest first. */
function keptBeside(path: string): readonly string[] {
  try {
    const names = readdirSync(dirname(path)).filter((name) => name.startsWith(`${GIVEN_FILE}${DAMAGED}`))
    return names
      .sort()
      .reverse()
      .map((name) => join(dirname(path), name))
  } catch {
    return []
  }
}

/** Forgets names that are not given any more, the oldest first, until no more are left than are kept. */
function forgetOldest(names: Map<string, number>, current: ReadonlySet<string>): void {
  for (const name of names.keys()) {
    if (names.size <= NAMES_MAX) return
    if (!current.has(name)) names.delete(name)
  }
}
