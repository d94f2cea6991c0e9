/** Who may log in on this node, as a front: the file that pam_access(8) reads, in the state dir, so that it stays while no daemon runs. */
import { constants, lstatSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Trust } from '../../kickback/index.ts'
import {
  displayed,
  type Header,
  isLoginsFile,
  LOGINS_FILE,
  loginsFile,
  nodeOf,
  OPEN_LOGINS,
  passwdNames,
  rulesOfNode,
  type Snapshot,
} from '../../resolver/index.ts'
import {
  type Address,
  type Clock,
  handlers,
  type Log,
  messageOf,
  systemErrorCode,
  writeWhole,
} from '../../values/index.ts'
import type { Served } from '../served.ts'
import { readSource } from '../sources/source-file.ts'
import { CALM, WatchedFile } from '../sources/watched-file.ts'
import type { Front } from './front.ts'

/** What the front is made of. */
interface LoginFrontParts {
  readonly stateDir: string
  /** The passwd file of this machine: its users may always log in. */
  readonly localUsers: string
  /** Whether a key that is believed here signed a header. What nobody proved opens and closes nothing. */
  readonly isProved: (header: Header) => boolean
  /** The number of this node in a generation; `unknown` while its addresses are not, undefined if it is no node. */
  readonly nodeIn: (snapshot: Snapshot) => number | 'unknown' | undefined
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
}

/** What a node tells of itself at its start. */
interface LoginOptions extends Pick<LoginFrontParts, 'stateDir' | 'localUsers' | 'clock' | 'log'> {
  readonly trust: Trust
}

/** Where a node is: its addresses as they are now, and whether it has met a master, which tells which of them counts. */
interface NodePlace {
  readonly here: () => readonly Address[]
  readonly isPlaced: () => boolean
}

/** Keeps the file. What it cannot write it tries again at each `look`. */
export class LoginFront implements Front {
  readonly name = 'logins'
  readonly #parts: LoginFrontParts
  readonly #path: string
  #snapshot: Snapshot | undefined
  /** The watch over the machine's own users, once a rule is here. */
  #watch: WatchedFile | undefined
  #turn: Promise<void> = Promise.resolve()
  #isClosed = false
  /** What the file is to hold and which file that was, when both were right last. */
  #seen: string | undefined
  /** What was said last of something that stays wrong: it is not said again. */
  #said = ''

  constructor(parts: LoginFrontParts) {
    this.#parts = parts
    this.#path = join(parts.stateDir, LOGINS_FILE)
  }

  /** The front of a node, which is known by its addresses. */
  static ofNode({ trust, ...options }: LoginOptions, { here, isPlaced }: NodePlace): LoginFront {
    const { stateDir, localUsers, clock, log } = options
    return new LoginFront({
      ...{ stateDir, localUsers, clock, log },
      isProved: (header) => trust.key !== undefined && trust.proves(header),
      nodeIn: (snapshot) => {
        const node = nodeOf(
          snapshot,
          here().map(({ bytes }) => bytes),
        )
        return node ?? (isPlaced() ? undefined : 'unknown')
      },
    })
  }

  open(first: Served): Promise<void> {
    return this.serve(first)
  }

  /** Resolves when the file says what the generation does, or it is known why not. */
  serve({ public: snapshot }: Served): Promise<void> {
    this.#snapshot = snapshot
    return this.look()
  }

  /** Sees that the file is right: the addresses of this machine may be others, or the file may be gone. Never rejects. */
  look(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#try())
    return this.#turn
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#watch?.close()
    await this.#turn
  }

  async #try(): Promise<void> {
    try {
      if (!this.#isClosed && this.#snapshot !== undefined) await this.#follow(this.#snapshot)
    } catch (error) {
      this.#complain(`the file of who may log in cannot be written: ${messageOf(error)}`)
    }
  }

  async #follow(snapshot: Snapshot): Promise<void> {
    const { isProved, nodeIn } = this.#parts
    if (!isProved(snapshot.header)) return this.#tellUnproved(snapshot)
    const node = nodeIn(snapshot)
    if (node === 'unknown') return
    const rules = node === undefined ? [] : rulesOfNode(snapshot.logins, node)
    const content = rules.length === 0 ? OPEN_LOGINS : loginsFile(rules, await this.#localNames())
    // A node that rests reads no file for this: a thread of its own would be woken for it.
    const sight = this.#sightOf(content)
    if (this.#seen === sight) return
    this.#seen = undefined
    await this.#make(content, node, snapshot, rules)
    // One that was written, or came meanwhile, is read the next time.
    if (this.#sightOf(content) === sight) this.#seen = sight
  }

  /** What the file is to hold, and which file is there: another one has another time, size or number. */
  #sightOf(content: string): string {
    const { ino, size, mtimeMs, ctimeMs } = lstatSync(this.#path, { throwIfNoEntry: false }) ?? {}
    return `${ino} ${size} ${mtimeMs} ${ctimeMs} ${content}`
  }

  async #make(
    content: string,
    node: number | undefined,
    snapshot: Snapshot,
    rules: ReturnType<typeof rulesOfNode>,
  ): Promise<void> {
    const before = await contentOf(this.#path)
    if (before === undefined && rules.length === 0) return
    if (before !== undefined && !isLoginsFile(before)) {
      this.#complain(`${this.#path} is not of kickback: it is left as it is; move it away`)
      return
    }
    const bytes = Buffer.from(content, 'latin1')
    if (before?.equals(bytes)) return
    await writeWhole(this.#path, [bytes], { mode: 0o644 })
    this.#said = ''
    const fields = { node, generation: snapshot.generation, rules: rules.map(({ key }) => displayed(key)) }
    this.#parts.log.info(fields, rules.length === 0 ? 'everybody may log in here' : 'only some may log in here')
  }

  /** The users of this machine itself, as they are now. Rejects where they cannot be read: nobody shall be locked out for that. */
  async #localNames(): Promise<readonly string[]> {
    const { localUsers, clock } = this.#parts
    const changed = (): void => handlers.float('logins', () => this.look())
    this.#watch ??= new WatchedFile(await readSource(localUsers), { changed, clock, ...CALM })
    const { state, reason, bytes } = this.#watch.believed
    if (state !== 'read') throw new Error(`can't read ${localUsers}: ${reason}`)
    return passwdNames(bytes)
  }

  #tellUnproved(snapshot: Snapshot): void {
    if (snapshot.logins.length > 0)
      this.#complain('[access] is not applied: no key that is trusted here signed what this node has')
  }

  #complain(message: string): void {
    if (message === this.#said) return
    this.#said = message
    this.#parts.log.error({}, message)
  }
}

/** A file's bytes; undefined if there is none. Rejects with the system's error; a symbolic link is one. */
async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
