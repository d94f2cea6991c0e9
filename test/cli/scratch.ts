// A folder with a cluster's files and the daemons that run in it, for tests of commands.
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtMain } from '../built.ts'
import { folder, type Tap } from '../folder.ts'

const MAIN = builtMain()
const LAUNCHER = fileURLToPath(new URL('../../build/launcher', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))

/** How a command ended and what it said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export class Running {
  stdout = ''
  stderr = ''
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  readonly #listeners = new Set<() => void>()

  /** `before` is a command that becomes Node. */
  constructor(
    args: readonly string[],
    environment: Record<string, string>,
    program = MAIN,
    before: readonly string[] = [],
  ) {
    // It ends with the test, however that ends.
    const words = ['--pdeathsig', 'KILL', ...before, process.execPath, program, ...args]
    this.process = spawn('setpriv', words, { env: { ...process.env, ...environment } })
    const heard = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      this[stream] += chunk.toString('utf8')
      for (const listener of this.#listeners) listener()
    }
    this.process.stdout?.on('data', heard('stdout'))
    this.process.stderr?.on('data', heard('stderr'))
    this.ended = new Promise((resolve) => {
      this.process.on('close', (code) => {
        for (const listener of this.#listeners) listener()
        resolve({ code, stdout: this.stdout, stderr: this.stderr })
      })
    })
  }

  /** Resolves once the log holds the text `times` times; rejects when the command has ended without it. */
  logged(text: string, times = 1): Promise<void> {
    return this.#heard('stderr', text, times)
  }

  /** Resolves once its standard output holds the text; rejects when the command has ended without it. */
  said(text: string): Promise<void> {
    return this.#heard('stdout', text, 1)
  }

  async #heard(stream: 'stdout' | 'stderr', text: string, times: number): Promise<void> {
    const enough = () => this[stream].split(text).length > times
    if (enough()) return
    let listener = (): void => {}
    const heard = new Promise<void>((resolve) => {
      listener = () => enough() && resolve()
      this.#listeners.add(listener)
    })
    const gone = this.ended.then(({ code }) => {
      if (!enough()) throw new Error(`ended with ${code} before it said '${text}':\n${this.stderr}`)
    })
    await Promise.race([heard, gone]).finally(() => this.#listeners.delete(listener))
  }

  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.process.kill(signal)
    return this.ended
  }

  /** The TCP place that it listens on. */
  get place(): string {
    return /listening place=(\S+)/.exec(this.stderr)?.[1] ?? ''
  }
}

/** A folder with the examples' configuration and accounts, for one test; its daemons end with the test. */
export class Scratch {
  readonly dir: string
  readonly #running: Running[] = []

  constructor(t: Tap) {
    this.dir = folder(t)
    for (const name of ['config', 'passwd', 'group', 'shadow']) this.#begin(name, readFileSync(join(EXAMPLES, name)))
    this.#begin('login.defs', 'UID_MIN 1000\nGID_MIN 1000\n')
    t.teardown(async () => {
      for (const { process, ended } of this.#running) {
        process.kill('SIGKILL')
        await ended
      }
    })
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(this.path(name), content)
  }

  /** Writes a file with a time of an hour ago: whatever the test writes is newer, though times are whole seconds. */
  #begin(name: string, content: string | Uint8Array): void {
    this.write(name, content)
    const time = Date.now() / 1000 - 3600
    utimesSync(this.path(name), time, time)
  }

  append(name: string, content: string): void {
    appendFileSync(this.path(name), content)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  /** Starts a command, of another program where one is named. */
  start(args: readonly string[], environment: Record<string, string> = {}, program?: string): Running {
    const running = new Running(args, environment, program)
    this.#running.push(running)
    return running
  }

  /** Starts a command as a unit does: by the launcher. */
  launch(args: readonly string[], environment: Record<string, string>): Running {
    const running = new Running(args, environment, MAIN, [LAUNCHER])
    this.#running.push(running)
    return running
  }

  /** Starts a command that can write no byte to a file, as on a full disk. The hooks of the test runner write files: env(1) takes them out. */
  startWithoutRoom(args: readonly string[]): Running {
    const running = new Running(args, {}, MAIN, [
      'env',
      '-u',
      'NODE_OPTIONS',
      'sh',
      '-c',
      'ulimit -f 0; exec "$@"',
      'sh',
    ])
    this.#running.push(running)
    return running
  }

  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<Ended> {
    return this.start(args).ended
  }

  /** The flags that name this folder's files. */
  get files(): readonly string[] {
    const names = ['config', 'passwd', 'group', 'shadow', 'login-defs', 'networks'] as const
    return names.flatMap((name) => [`--${name}`, this.path(name.replace('-', '.'))])
  }

  /** The flags of a daemon in this folder, on a port of the system's choice. */
  get flags(): readonly string[] {
    const folders = ['--run-dir', this.path('run'), '--state-dir', this.path('state')]
    return [...this.files, ...folders, '--listen', '127.0.0.1:0']
  }

  /** Starts `serve` and waits until it is ready. */
  async serve(...more: readonly string[]): Promise<Running> {
    const daemon = this.start(['serve', ...this.flags, ...more])
    await daemon.logged('ready')
    return daemon
  }

  /** Runs a command that asks this folder's daemon. */
  ask(command: string, ...args: readonly string[]): Promise<Ended> {
    return this.run(command, '--run-dir', this.path('run'), ...args)
  }
}
