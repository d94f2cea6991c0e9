/** A master whose disk and clock a test can break while it runs, and questions to it. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { readSnapshot } from '../../../src/kickback/files/folders.ts'
import { KickbackClient } from '../../../src/kickback/node/client.ts'
import { monotonic } from '../../../src/values/index.ts'
import { type Running, Scratch } from '../../cli/scratch.ts'
import type { Tap } from '../../folder.ts'
import { until } from '../../patience.ts'
import { compiled } from '../../root/faults/programs.ts'

/** Which folders a disk fault is in, by the bits of disk.c. */
const FOLDERS = { run: 1, state: 2, both: 3 } as const
/** No more calls fail than this. */
const ALL = 2 ** 30

/** What is broken. */
export interface DiskFault {
  readonly folders: keyof typeof FOLDERS
  readonly error: 'ENOSPC' | 'EIO' | 'EROFS'
  /** How many calls are let pass before, and how many fail then; all unless set. */
  readonly pass?: number
  readonly fail?: number
}

/** The ground of the cases. */
export class Ground {
  readonly scratch: Scratch
  readonly #disk: string
  readonly #clock: string
  #daemon: Running | undefined
  #users = 0
  #mark = 0

  constructor(t: Tap) {
    this.scratch = new Scratch(t)
    this.#disk = this.scratch.path('disk')
    this.#clock = this.scratch.path('clock')
    this.heal()
    writeFileSync(this.#clock, new Uint8Array(8))
  }

  /** The daemon that was started last. */
  get daemon(): Running {
    if (this.#daemon === undefined) throw new Error('no daemon runs')
    return this.#daemon
  }

  /** Starts the master, which may fail. */
  start(...more: readonly string[]): Running {
    const libraries = [join(import.meta.dirname, 'disk.c'), join(import.meta.dirname, '../../root/faults/clock.c')]
    const folders = { FAULTS_RUN: this.scratch.path('run'), FAULTS_STATE: this.scratch.path('state') }
    this.#daemon = this.scratch.start(['serve', ...this.scratch.flags, ...more], {
      LD_PRELOAD: libraries.map((source) => compiled(source, true)).join(':'),
      ...{ FAULTS_DISK: this.#disk, FAULTS_CLOCK: this.#clock, ...folders },
    })
    this.#mark = 0
    return this.#daemon
  }

  /** Breaks the disk from now on. */
  breakDisk({ folders, error, pass = 0, fail = ALL }: DiskFault): void {
    this.#order(FOLDERS[folders], constants.errno[error], pass, fail)
  }

  /** The disk is well; how many calls there are from now on is counted. */
  heal(): void {
    this.#order(FOLDERS.both, 0, 0, 0)
  }

  #order(...words: readonly number[]): void {
    const bytes = Buffer.alloc(20)
    for (const [i, word] of words.entries()) bytes.writeInt32LE(word, 4 * i)
    put(this.#disk, bytes)
  }

  /** Puts the wall clock so many seconds ahead. */
  putAhead(seconds: number): void {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(seconds))
    put(this.#clock, bytes)
  }

  /** Has the daemon read everything now: no file is waited for until it is quiet. */
  reload(): void {
    this.daemon.process.kill('SIGHUP')
  }

  /** What an administrator sees is what comes from now on. */
  mark(): void {
    this.#mark = this.daemon.stderr.length
  }

  /** Waits until the log has a text that was not there at the mark. */
  logged(text: string): Promise<void> {
    return until(() => this.log.includes(text), `the log has '${text}'`)
  }

  /** The log since the mark. */
  get log(): string {
    return this.daemon.stderr.slice(this.#mark)
  }

  /** Adds a user who was not there before; resolves to the name. */
  addUser(): string {
    const name = `newcomer${++this.#users}`
    this.scratch.append('passwd', `${name}:x:${1600 + this.#users}:1000::/home/${name}:/bin/sh\n`)
    return name
  }

  /** Whether the socket has this user. */
  async serves(name: string): Promise<boolean> {
    const options = { clock: monotonic, software: 'test', timeout: 30_000 }
    const client = await KickbackClient.connect({ path: this.scratch.path('run/socket') }, options)
    try {
      return (await client.lookup('passwd', name)) !== undefined
    } finally {
      client.close()
    }
  }

  /** Whether the file that the module reads has this user. */
  async publishes(name: string): Promise<boolean> {
    const { snapshot } = await readSnapshot(this.scratch.path('run/snapshot.1'))
    return snapshot?.lookup('passwd', { name }) !== undefined
  }

  /** Waits until a user who is added now is served, and published: all is as before. */
  async isWell(): Promise<void> {
    const name = this.addUser()
    this.reload()
    await until(() => this.serves(name), `${name} is served`)
    await until(() => this.publishes(name), `${name} is published`)
  }

  /** What an administrator sees: the log, and what `status` and `check` say. */
  async seen(): Promise<string> {
    const { scratch } = this
    const said = await Promise.all([scratch.ask('status'), scratch.run('check', ...scratch.files)])
    return [this.log, ...said.flatMap(({ stdout, stderr, code }) => [stdout, stderr, `exits with ${code}`])].join('\n')
  }
}

function put(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'a+')
  closeSync(file)
  const open = openSync(path, 'r+')
  writeSync(open, bytes, 0, bytes.length, 0)
  closeSync(open)
}
