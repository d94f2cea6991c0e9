/**
 * A recording of a release: its module, its program, and what they wrote, sent and answered, in a folder with the name of the release.
 * Tests try the programs of today against it; record.ts makes it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { folder, type Tap } from '../folder.ts'

/** Where the recordings are. */
const HERE = import.meta.dirname
/** What is recorded of the cluster, as every recording begins; each recording has a copy of its own. */
export const CLUSTER: string = join(HERE, 'cluster')
/** The name of the module. */
const MODULE = 'libnss_kickback.so.2'
/** The name of a recording: that of the release, without the number of its corrections. */
const NAME = /^\d+\.\d+$/

/** The archives of a recording. `master` holds sources/ and state/, `node` state/, `machine` a machine's files before/ and after/ set-up. */
export type Archive = 'master' | 'node' | 'machine' | 'program'
/**
 * Its texts: what the module is asked, line by line, and its answers from the file and by the socket; what it lists; settings with
 * every key; and all frames of the protocol.
 */
export type TextName =
  | 'questions'
  | 'answers.file'
  | 'answers.socket'
  | 'listings'
  | 'answers.listings'
  | 'master.toml'
  | 'node.toml'
  | 'protocol.txt'

/** One recording. */
export class Recording {
  /** The name of the release. */
  readonly release: string
  readonly #folder: string

  constructor(release: string, place = join(HERE, release)) {
    this.release = release
    this.#folder = place
  }

  /** The path of the module, for x86-64, unpacked into a folder that goes with the test. */
  module(t: Tap): string {
    const path = join(folder(t), MODULE)
    writeFileSync(path, zstdDecompressSync(readFileSync(join(this.#folder, `${MODULE}.zst`))))
    return path
  }

  /** Keeps the module at a path. */
  keepModule(path: string): void {
    mkdirSync(this.#folder, { recursive: true })
    writeFileSync(join(this.#folder, `${MODULE}.zst`), packed(readFileSync(path)))
  }

  /** A text as bytes of latin1: names need not be UTF-8. */
  text(name: TextName): string {
    return readFileSync(join(this.#folder, name), 'latin1')
  }

  /** The lines of a text. */
  lines(name: TextName): readonly string[] {
    return this.text(name).split('\n').slice(0, -1)
  }

  /** Writes a text. */
  write(name: TextName, text: string): void {
    mkdirSync(this.#folder, { recursive: true })
    writeFileSync(join(this.#folder, name), text, 'latin1')
  }

  /** Unpacks an archive, with its times and modes, into a folder that goes with the test. */
  unpacked(t: Tap, archive: Archive): string {
    const into = folder(t)
    const bytes = zstdDecompressSync(readFileSync(this.#archive(archive)))
    tar(['--no-same-owner', '-xpf', '-', '-C', into], bytes)
    return into
  }

  /** Packs what lies in a folder under these names. */
  pack(archive: Archive, from: string, names: readonly string[]): void {
    mkdirSync(this.#folder, { recursive: true })
    const order = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner']
    const bytes = tar([...order, '-cf', '-', '-C', from, ...names])
    writeFileSync(this.#archive(archive), packed(bytes))
  }

  /** The program of the release as its packages have it, which goes with the test: the path of its main file, for today's Node. */
  program(t: Tap): string {
    return join(this.unpacked(t, 'program'), 'kickback/main.js')
  }

  #archive(name: Archive): string {
    return join(this.#folder, `${name}.tar.zst`)
  }
}

/** All recordings, the oldest first. */
export function recordings(): readonly Recording[] {
  const names = readdirSync(HERE).filter((name) => NAME.test(name) && existsSync(join(HERE, name, 'protocol.txt')))
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => new Recording(name))
}

/** Why the module of a recording cannot be tried on this machine; false: it can. */
export const otherMachine: string | false = process.arch === 'x64' ? false : 'the recorded modules are for x86-64'

/** A run dir in which there is the socket of another one and no snapshot: what asks there is answered by the daemon alone. */
export function socketAlone(t: Tap, runDir: string): string {
  const alone = folder(t)
  mkdirSync(join(alone, 'private'), { mode: 0o700 })
  for (const socket of ['socket', 'private/socket']) symlinkSync(join(runDir, socket), join(alone, socket))
  return alone
}

/** As small as it gets, for a window that every reader has. */
function packed(bytes: Uint8Array): Buffer {
  const params = { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_windowLog]: 23 }
  return zstdCompressSync(bytes, { params })
}

function tar(words: readonly string[], input?: Uint8Array): Buffer {
  const run = spawnSync('tar', words, { maxBuffer: 1 << 28, ...(input !== undefined && { input }) })
  if (run.status !== 0) throw new Error(`tar ended with ${run.status ?? run.signal}: ${run.stderr}`)
  return run.stdout
}
