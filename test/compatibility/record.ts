/**
 * Records a release: `npm run record` builds its packages' files, runs them on the cluster of cluster/, and writes the recording into
 * the folder of the release, beside this file. README.md says when it may be run.
 */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type Ended, Scratch } from '../cli/scratch.ts'
import { folder, type Tap } from '../folder.ts'
import { made, VERSION } from '../packages/made.ts'
import { until } from '../patience.ts'
import { image } from '../setup/image.ts'
import { askedOf } from './asking.ts'
import { allExchanges, clientAt } from './exchanges.ts'
import { CLUSTER, Recording, socketAlone } from './recording.ts'
import { BEFORE, becomeNode, FILES } from './set-up.ts'
import { type Exchange, type Relay, relay, transcriptText } from './transcript.ts'

/** When the sources of the recording were written: the numbers of its generations begin there. */
const WRITTEN = Date.UTC(2026, 0, 1) / 1000
const SOURCES = ['config', 'passwd', 'group', 'shadow', 'networks', 'login.defs'] as const
/** The files of the machine's state that are recorded. */
const MASTER_STATE = [
  'snapshot.1',
  'private',
  'history',
  'generations',
  'pin',
  'sources',
  'signing.key',
  'signing.pub',
  'root.key',
  'root.pub',
  'trust',
]

/** Runs the release, and keeps what it does. */
class Recorder {
  readonly #t: Tap
  readonly #recording: Recording
  readonly #main: string
  readonly #master: Scratch
  readonly #node: Scratch

  constructor(t: Tap, recording: Recording, main: string) {
    this.#t = t
    this.#recording = recording
    this.#main = main
    this.#master = new Scratch(t)
    this.#node = new Scratch(t)
  }

  async record(): Promise<void> {
    const running = await this.#startMaster()
    const node = this.#node.start(
      [...['proxy', '--master', running.place, '--key', this.#master.path('state/signing.pub')], ...this.#nodeFolders],
      {},
      this.#main,
    )
    await node.logged('following')
    const admin = await relay(this.#t, { path: this.#master.path('run/admin/socket') })
    const exchanges: Exchange[] = [...(await this.#announcement(admin))]
    await this.#goBack()
    await node.logged('took a generation', 3)
    // It tells that it has it when its files are written, which may be a second later.
    await until(async () => (await this.#behind()) === 0, 'the node tells that it has the third generation')
    exchanges.push(
      ...(await allExchanges(this.#t, admin, this.#master.read('state/signing.pub'))),
      ...(await this.#module()),
    )
    this.#recording.write('protocol.txt', transcriptText(exchanges))
    await node.end()
    await running.end()
    this.#pack()
    await this.#setUp()
    for (const name of ['master.toml', 'node.toml'] as const) {
      this.#recording.write(name, readFileSync(join(CLUSTER, name), 'latin1'))
    }
  }

  get #nodeFolders(): readonly string[] {
    return ['--run-dir', this.#node.path('run'), '--state-dir', this.#node.path('state')]
  }

  async #startMaster() {
    for (const name of SOURCES) {
      copyFileSync(join(CLUSTER, name), this.#master.path(name))
      utimesSync(this.#master.path(name), WRITTEN, WRITTEN)
    }
    const running = this.#master.start(['serve', ...this.#master.flags], {}, this.#main)
    await running.logged('ready')
    return running
  }

  /** A second generation, which is announced to who follows, and what makes it of the first. */
  async #announcement(admin: Relay): Promise<readonly Exchange[]> {
    const client = await clientAt(this.#t, admin.place)
    const announced: Uint8Array[] = []
    await client.subscribe((_generation, digest) => void announced.push(digest))
    appendFileSync(this.#master.path('passwd'), 'newcomer:x:1600:1600::/home/newcomer:/bin/sh\n')
    utimesSync(this.#master.path('passwd'), WRITTEN + 60, WRITTEN + 60)
    await until(() => announced.length > 1, 'the second generation is announced')
    const announcement = { title: 'SUBSCRIBE and an announcement', said: admin.take() }
    client.close()
    const [from = Buffer.alloc(0), to = Buffer.alloc(0)] = announced
    const asker = await clientAt(this.#t, admin.place)
    const { data } = await asker.ask('DELTA', { from, to })
    if (data === undefined) throw new Error('the master has no delta of the change')
    asker.close()
    return [announcement, { title: 'DELTA of a change', said: admin.take() }]
  }

  /** How many nodes tell that they have another generation. */
  async #behind(): Promise<number | undefined> {
    const client = await clientAt(this.#t, { path: this.#master.path('run/admin/socket') })
    const { behind } = await client.status()
    client.close()
    return behind
  }

  /** A third generation, with the content of the first, which is pinned. */
  async #goBack(): Promise<void> {
    const history = JSON.parse((await this.#ask('history', '--json')).stdout)
    await this.#ask('reload', '--back-to', String(history.generations[0].generation))
  }

  async #ask(command: string, ...words: readonly string[]): Promise<Ended> {
    const ended = await this.#master.start([command, '--run-dir', this.#master.path('run'), ...words], {}, this.#main)
      .ended
    if (ended.code !== 0) throw new Error(`${command} ended with ${ended.code}: ${ended.stderr}`)
    return ended
  }

  /** What the module answers, and what it says to the daemon. */
  async #module(): Promise<readonly Exchange[]> {
    const module = this.#recording.module(this.#t)
    const runDir = this.#master.path('run')
    const texts = Object.fromEntries(
      (['questions', 'listings'] as const).map((name) => [name, readFileSync(join(CLUSTER, name), 'latin1')]),
    )
    for (const [name, text] of Object.entries(texts)) this.#recording.write(name as 'questions', text)
    const [questions, listings] = [this.#recording.lines('questions'), this.#recording.lines('listings')]
    const kept = async (
      name: 'answers.file' | 'answers.socket' | 'answers.listings',
      answers: Promise<readonly string[]>,
    ) => this.#recording.write(name, `${(await answers).join('\n')}\n`)
    await kept('answers.file', askedOf(module, runDir, questions))
    await kept('answers.socket', askedOf(module, socketAlone(this.#t, runDir), questions))
    await kept('answers.listings', askedOf(module, runDir, listings))
    const relayed = await relay(this.#t, { path: join(runDir, 'socket') })
    const exchanges: Exchange[] = []
    for (const question of [
      'passwd:name:ada',
      'group:id:2000',
      'hosts:address:10.20.30.107',
      'ethers:mac:0:a0:d1:e5:c4:6f',
    ]) {
      await askedOf(module, dirname(relayed.place.path), [`ask 65536 ${question}`])
      exchanges.push({ title: `MODULE ${question}`, said: relayed.take() })
    }
    return exchanges
  }

  #pack(): void {
    const place = folder(this.#t)
    mkdirSync(join(place, 'sources'))
    for (const name of SOURCES) {
      cpSync(this.#master.path(name), join(place, 'sources', name), { preserveTimestamps: true })
    }
    cpSync(this.#master.path('state'), join(place, 'state'), { recursive: true, preserveTimestamps: true })
    this.#recording.pack('master', place, ['sources', ...MASTER_STATE.map((name) => `state/${name}`)])
    this.#recording.pack('node', this.#node.dir, ['state'])
  }

  /** A machine before and after `kickback setup node`. */
  async #setUp(): Promise<void> {
    const machine = image(this.#t, BEFORE)
    const place = folder(this.#t)
    const keep = (when: string): void => {
      for (const path of FILES.filter((path) => machine.has(path))) {
        mkdirSync(dirname(join(place, when, path)), { recursive: true })
        writeFileSync(join(place, when, path), machine.read(path) ?? '')
      }
    }
    keep('before')
    await becomeNode(this.#t, machine)
    keep('after')
    this.#recording.pack('machine', place, ['before', 'after'])
  }
}

/** The facts of a recording, for people. */
function facts(): string {
  const output = (command: string, ...words: readonly string[]): string =>
    execFileSync(command, words, { encoding: 'utf8' }).trim().split('\n')[0] ?? ''
  const recorded = {
    version: VERSION,
    time: new Date().toISOString(),
    commit: output('git', 'rev-parse', 'HEAD'),
    compiler: output('cc', '--version'),
    node: process.version,
    by: 'npm run record',
  }
  return `${JSON.stringify(recorded, null, 2)}\n`
}

async function main(): Promise<void> {
  const release = VERSION.split('.').slice(0, 2).join('.')
  const place = join(import.meta.dirname, release)
  const ends: (() => unknown)[] = []
  const t: Tap = { teardown: (end) => void ends.unshift(end) }
  const lib = join(made('image'), 'image/usr/lib/kickback')
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  const recording = new Recording(release, place)
  recording.keepModule(join(made('image'), 'image/module/libnss_kickback.so.2'))
  recording.pack('program', lib, ['kickback', 'package.json'])
  writeFileSync(join(place, 'recorded.json'), facts())
  try {
    await new Recorder(t, recording, join(lib, 'kickback/main.js')).record()
  } finally {
    for (const end of ends) await end()
  }
}

if (import.meta.main) await main()
