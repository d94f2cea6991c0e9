/** Runs of `kickback-fetch` by a shell, on a folder of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { layout, Snapshot, snapshotOf, stamp, withState } from '../../src/resolver/index.ts'
import { folder, type Tap } from '../folder.ts'
import type { ClusterKey } from '../keys.ts'
import { publicSnapshot } from '../kickback/cluster.ts'
import { ROOT } from '../nss/programs.ts'

/** Whether there is time for all cases of a kind (`npm run test:long`), or for some of each kind. */
export const isLong: boolean = process.env.KICKBACK_LONG !== undefined

/** The script in the tree. */
export const SCRIPT: string = join(ROOT, 'packaging/fetch/kickback-fetch')
/** Shells that run it, as the words of a command: those that /bin/sh is on machines. */
export const SHELLS: Readonly<Record<string, readonly string[]>> = {
  dash: ['dash'],
  busybox: ['busybox', 'sh'],
  bash: ['bash', '--posix'],
}

/** The pauses of the script before the old file is emptied and freed: tests do not wait for them. */
const PAUSES = [
  ['\nGRACE=2\n', '\nGRACE=0\n'],
  ['\nREST=1\n', '\nREST=0\n'],
] as const

/** The text of the script with some of its lines replaced, each of which must stand in it. */
export function scriptWith(changes: readonly (readonly [was: string, is: string])[]): string {
  let text = readFileSync(SCRIPT, 'latin1')
  for (const [was, is] of changes) {
    if (!text.includes(was)) throw new Error(`${SCRIPT} has no ${JSON.stringify(was)}`)
    text = text.replace(was, () => is)
  }
  return text
}

/** How a run ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A run that has begun. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

/** A machine that fetches: its state dir and its key. */
export class Fetching {
  readonly dir: string
  readonly settings: string
  readonly script: string
  readonly #shell: readonly string[]

  constructor(t: Tap, key: ClusterKey, { shell = SHELLS.dash ?? [], changes = [] }: FetchingOptions = {}) {
    const at = folder(t)
    this.dir = join(at, 'state')
    this.settings = join(at, 'fetch.conf')
    this.script = join(at, 'kickback-fetch')
    writeFileSync(this.script, scriptWith([...PAUSES, ...changes]), { mode: 0o755 })
    this.#shell = shell
    writeFileSync(join(at, 'key.pub'), key.pem.publicKey)
    writeFileSync(join(at, 'login.defs'), 'UID_MIN 500\nGID_MIN 100\n')
    this.configure(`key ${join(at, 'key.pub')}\ndir ${this.dir}\nlogin_defs ${join(at, 'login.defs')}\n`)
  }

  /** Writes the settings. */
  configure(text: string): void {
    writeFileSync(this.settings, text)
  }

  /** Adds lines to the settings. */
  add(text: string): void {
    writeFileSync(this.settings, `${this.settingsText}${text}`)
  }

  /** The settings as they stand in their file. */
  get settingsText(): string {
    return readFileSync(this.settings, 'latin1')
  }

  /** Starts it; `isLeader`: as the leader of a group of processes. */
  start(options: readonly string[], env: NodeJS.ProcessEnv = {}, isLeader = false): Running {
    const [command = 'sh', ...words] = [...this.#shell, this.script, '--settings', this.settings, ...options]
    const child = spawn(command, words, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: isLeader,
    })
    const said = { stdout: '', stderr: '' }
    child.stdout?.on('data', (bytes) => (said.stdout += bytes))
    child.stderr?.on('data', (bytes) => (said.stderr += bytes))
    const ended = new Promise<Ended>((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal, ...said })),
    )
    return { child, ended }
  }

  /** Runs it against these masters. */
  run(masters: readonly { readonly url: string }[], ...options: readonly string[]): Promise<Ended> {
    return this.start([...masters.flatMap(({ url }) => ['--master', url]), ...options]).ended
  }

  /** The path of the copy. */
  get path(): string {
    return join(this.dir, layout.FILES.PUBLIC)
  }

  /** The bytes of the copy as they stand in the file; undefined if there is none. */
  get file(): Buffer | undefined {
    return existsSync(this.path) ? readFileSync(this.path) : undefined
  }

  /** The copy without what this machine added. */
  get snapshot(): Snapshot | undefined {
    const { file } = this
    return file && Snapshot.open(withState(Buffer.from(snapshotOf(file)), 0))
  }

  /** What is in the folder, in order. */
  get names(): readonly string[] {
    return readdirSync(this.dir).sort()
  }
}

interface FetchingOptions {
  readonly shell?: readonly string[]
  /** Lines of the script that are other ones here. */
  readonly changes?: readonly (readonly [was: string, is: string])[]
}

/** A signed snapshot with so many users. */
export function signed(key: ClusterKey, generation: number, users = 5): Snapshot {
  return publicSnapshot(generation, users, key.sign)
}

/** A snapshot that somebody with a key can make: any header fields. */
export function stamped(key: ClusterKey, fields: Parameters<typeof stamp>[1], users = 5): Snapshot {
  const bytes = Buffer.from(publicSnapshot(1, users).bytes)
  stamp(bytes, fields, key.sign)
  return Snapshot.open(bytes)
}
