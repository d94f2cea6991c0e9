/**
 * A hostile user of a machine, who is root nowhere: `SEED FOLDER PROGRAM SETUID KICKBACK` floods with look-ups by processes of its
 * own, and plants run dirs of its own making. PROGRAM is the module's client, SETUID the same with root's setuid bit. Says `planted
 * HOME` for each home that a program told with such a run dir.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Chance, count, endWithParent, pace } from './attacker.ts'
import { waited } from './starvation.ts'

const [, , seed = '1', folder = '', program = '', setuid = '', kickback = ''] = process.argv
const chance = new Chance(Number(seed))
const FILE = 'snapshot.1'
const held = readFileSync('/run/kickback/snapshot.1')

/** The published snapshot with another home for ada, and the digests that go with it. */
function forged(): Buffer {
  const copy = Buffer.from(held)
  copy.write('/home/EVI', copy.indexOf('/home/ada'))
  copy.writeUInt32LE(0, 160)
  for (let entry = 192; entry < 192 + 64 * copy.readUInt32LE(28); entry += 64) {
    const at = Number(copy.readBigUInt64LE(entry + 8))
    const size = Number(copy.readBigUInt64LE(entry + 16))
    createHash('sha256')
      .update(copy.subarray(at, (at + size + 7) & ~7))
      .digest()
      .copy(copy, entry + 32)
  }
  return copy
}

/** Run dirs that a user can make, each with another thing at the snapshot's place. */
const PLANTED: Record<string, (dir: string) => void> = {
  forged: (dir) => writeFileSync(join(dir, FILE), forged()),
  damaged: (dir) => writeFileSync(join(dir, FILE), chance.damaged(chance.damaged(held))),
  header: (dir) =>
    writeFileSync(join(dir, FILE), Buffer.concat([chance.damaged(held.subarray(0, 900)), held.subarray(900)])),
  short: (dir) => writeFileSync(join(dir, FILE), held.subarray(0, chance.below(held.length))),
  empty: (dir) => writeFileSync(join(dir, FILE), ''),
  sparse: (dir) => {
    writeFileSync(join(dir, FILE), held.subarray(0, 192))
    truncateSync(join(dir, FILE), 2 ** 33)
  },
  folder: (dir) => mkdirSync(join(dir, FILE)),
  link: (dir) => symlinkSync('/dev/zero', join(dir, FILE)),
  loop: (dir) => symlinkSync(FILE, join(dir, FILE)),
  open: (dir) => {
    writeFileSync(join(dir, FILE), forged())
    chmodSync(dir, 0o777)
  },
  fifo: (dir) => void spawn('mkfifo', [join(dir, FILE)]),
  socket: (dir) =>
    void spawn('python3', [
      '-c',
      'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
      join(dir, 'socket'),
    ]),
}
const kinds = Object.keys(PLANTED) as [string, ...string[]]

/** How long a program may take, what it waits for a processor left aside. */
const HUNG_MS = 20_000

/** Calls back once a process has taken HUNG_MS. */
function whenHung(pid: number, act: () => void): () => void {
  const start = performance.now()
  const timer = setInterval(() => {
    if (performance.now() - start - waited([pid]) > HUNG_MS) act()
  }, 1000)
  return () => clearInterval(timer)
}

/** Runs a program to its end; one that hangs is an act of its own. */
function run(what: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  const child = spawn(command, args, { env: { PATH: '/usr/bin:/bin', ...env }, stdio: ['ignore', 'pipe', 'ignore'] })
  const stop = whenHung(child.pid ?? 0, () => {
    count(`hung: ${what}`)
    child.kill('SIGKILL')
  })
  let said = ''
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  child.on('close', (_code, signal) => {
    stop()
    if (signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGABRT') count(`crashed: ${what}`)
    const home = /\/home\/\S+/.exec(said)?.[0]
    count(home === undefined ? `${what}: no answer` : `${what}: ${home}`)
  })
  child.on('error', stop)
}

let number = 0
function plant(): void {
  // Each kind once, then any of them.
  const kind = kinds[number] ?? chance.of(kinds)
  const dir = join(folder, `${kind}${process.pid}-${number++}`)
  mkdirSync(dir, { recursive: true, mode: 0o755 })
  PLANTED[kind]?.(dir)
  setTimeout(() => {
    run(`planted ${kind}`, program, ['once', 'ada'], { KICKBACK_RUN_DIR: dir })
    run('setuid', setuid, ['once', 'ada'], { KICKBACK_RUN_DIR: dir })
    if (number % 8 === 0)
      run('daemon', kickback, ['proxy', '--master', '10.20.30.99:3045', '--insecure', '--run-dir', '/run/kickback'], {})
  }, 300)
}

endWithParent()
pace(2, plant)
pace(5, () => run('getent', 'getent', ['-s', 'kickback', 'passwd', 'ada'], {}))
pace(2, () => run('list', 'getent', ['-s', 'kickback', 'group'], {}))
