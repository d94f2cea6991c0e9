/** The machine that is set up: this one, or an image below a folder. Its files, and the programs that are run for it. */
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { SYSTEM_PATH, systemErrorCode } from '../values/index.ts'

/** How a program ended. */
export interface Ran {
  /** Its exit code; null if it could not be started, or a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  /** What it complained, or why it could not be started. */
  readonly stderr: string
}

/** What a program is given. */
interface Given {
  /** Variables beside PATH and LC_ALL. */
  readonly variables?: Readonly<Record<string, string>>
  /** An open file that it has too, as descriptor 3: a lock stays while any process has the file. */
  readonly lock?: number
}

/** Runs a program of this machine to its end. */
type RunProgram = (program: string, words: readonly string[], given?: Given) => Ran

/** The longest that a program may take, in milliseconds: a unit that starts has 90 s to become ready, and some to be stopped before. */
const PATIENCE = 300_000
/** How many symbolic links are followed, as the kernel does (path_resolution(7)). */
const LINKS_MAX = 40

/** Runs a program as it is, in the C locale: its messages are shown, and some are looked at. */
const runProgram: RunProgram = (program, words, { variables = {}, lock } = {}) => {
  const env = { PATH: SYSTEM_PATH, LC_ALL: 'C', ...variables }
  const { status, signal, stdout, stderr, error } = spawnSync(program, words, {
    env,
    encoding: 'utf8',
    timeout: PATIENCE,
    stdio: ['pipe', 'pipe', 'pipe', ...(lock === undefined ? [] : [lock])],
  })
  const complaint = signal === null ? stderr : `${stderr ?? ''} it was ended by ${signal}`.trimStart()
  return { code: status, stdout: stdout ?? '', stderr: error === undefined ? complaint : error.message }
}

/** The files and programs of a machine. Paths are those that the machine itself would use. */
export class Machine {
  readonly #root: string
  readonly run: RunProgram

  /** `root` is the folder of an image; empty for this machine. */
  constructor(root: string, run: RunProgram = runProgram) {
    this.#root = root.replace(/\/+$/, '')
    this.run = run
  }

  /** Whether it is this machine, whose programs can be started and whose units run. */
  get isThis(): boolean {
    return this.#root === ''
  }

  /** Whether systemd runs it (sd_booted(3)). */
  get isBooted(): boolean {
    return this.isThis && this.has('/run/systemd/system')
  }

  /** The folder of the image; empty for this machine. */
  get root(): string {
    return this.#root
  }

  /** Where a file of the machine is for us. */
  at(path: string): string {
    return `${this.#root}${path}`
  }

  has(path: string): boolean {
    return existsSync(this.at(this.resolved(path)))
  }

  /** A file's bytes; undefined if there is none. Throws the system's error for one that can't be read. */
  read(path: string): Buffer | undefined {
    try {
      return readFileSync(this.at(this.resolved(path)))
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** The permissions of a file, as chmod(2) sets them; undefined if there is none. */
  mode(path: string): number | undefined {
    const found = statSync(this.at(this.resolved(path)), { throwIfNoEntry: false })
    return found === undefined ? undefined : found.mode & 0o7777
  }

  /** The path at the end of symbolic links, of its folders too: an absolute link in an image never leads out of the image. */
  resolved(path: string): string {
    const left = path.split('/')
    let [at, links] = ['/', 0]
    while (left.length > 0) {
      const next = join(at, left.shift() ?? '')
      const target = this.#target(next)
      if (target !== undefined && ++links > LINKS_MAX) throw new Error(`${path}: too many symbolic links`)
      if (target === undefined) at = next
      else if (isAbsolute(target)) at = '/'
      left.unshift(...(target?.split('/') ?? []))
    }
    return at
  }

  #target(path: string): string | undefined {
    return lstatSync(this.at(path), { throwIfNoEntry: false })?.isSymbolicLink()
      ? readlinkSync(this.at(path))
      : undefined
  }
}
