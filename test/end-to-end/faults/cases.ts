/** Each line of the table in docs/faults.md, by its first words: the fault is put in, and what the line says is checked. */
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import type { Test } from 'tap'
import { Scratch } from '../../cli/scratch.ts'
import { until } from '../../patience.ts'
import { type DiskFault, Ground } from './ground.ts'

/** Puts a fault in; resolves to all that an administrator then sees. What it leaves is well again. */
export type Case = (t: Test, ground: Ground) => Promise<string>

/** A disk that fails while something changes: the sockets have it, what is on the disk stays, and all is written once the disk is well. */
function disk(fault: DiskFault, isModuleBehind: boolean): Case {
  return async (t, ground) => {
    ground.breakDisk(fault)
    const name = ground.addUser()
    ground.reload()
    await until(() => ground.serves(name), 'the change is served')
    await ground.logged('served but not written')
    t.equal(await ground.publishes(name), !isModuleBehind, 'what the module reads')
    t.ok(await ground.publishes('ada'), 'the last good file stays')
    const seen = await ground.seen()
    ground.heal()
    await ground.isWell()
    t.equal((await ground.scratch.ask('status')).code, 0, 'and nothing is shown any more')
    return seen
  }
}

/** A source that is replaced by something else: what was served stays, other files still count, and the file counts again when it is back. */
function source(
  name: 'config' | 'passwd',
  replace: (path: string) => void,
  undo = (path: string) => rmSync(path),
): Case {
  return async (t, ground) => {
    const path = ground.scratch.path(name)
    renameSync(path, `${path}.kept`)
    replace(path)
    ground.reload()
    await ground.logged('reload refused')
    t.ok(await ground.serves('ada'), 'what was served is served')
    if (name === 'config') {
      const other = ground.addUser()
      ground.reload()
      await until(() => ground.serves(other), 'a new user comes all the same')
    }
    const seen = await ground.seen()
    undo(path)
    renameSync(`${path}.kept`, path)
    const last = ground.addUser()
    ground.reload()
    await until(() => ground.serves(last), 'the file counts again')
    return seen
  }
}

const nothing = (): void => {}

/** The first half of the file, cut within a line. */
const half = (path: string): void => {
  const whole = readFileSync(`${path}.kept`)
  writeFileSync(path, whole.subarray(0, Math.floor(whole.length / 2)))
}

/** A wall clock that is wrong while something changes, and is put right again: generations go up all the time. */
function clock(seconds: number): Case {
  return async (t, ground) => {
    const generation = async (): Promise<number> =>
      JSON.parse((await ground.scratch.ask('status', '--json')).stdout).generation
    const before = await generation()
    ground.putAhead(seconds)
    await ground.isWell()
    const meanwhile = await generation()
    const seen = await ground.seen()
    ground.putAhead(0)
    await ground.isWell()
    t.ok(before < meanwhile && meanwhile < (await generation()), 'a number only grows')
    return seen
  }
}

/** Starts a second master in folders of its own that cannot start; resolves to what it said. */
async function cannotStart(t: Test, ...more: readonly string[]): Promise<string> {
  const scratch = new Scratch(t)
  const { code, stderr } = await scratch.run('serve', ...scratch.flags, ...more)
  t.equal(code, 1)
  t.notMatch(stderr, /^ +at /m, 'no stack')
  return stderr
}

/** A port that somebody has, at each door to the network. */
async function portTaken(t: Test): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const place = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const doors = ['--listen', '--dns', '--objects', '--http']
  const seen = await Promise.all(doors.map((door) => cannotStart(t, door, place)))
  for (const [i, door] of doors.entries()) t.match(seen[i], place, `${door}: it says which address`)
  return seen.join('\n')
}

/** A first start that finds no room for keys. */
async function noRoomForKeys(t: Test): Promise<string> {
  const ground = new Ground(t)
  mkdirSync(ground.scratch.path('state'))
  mkdirSync(ground.scratch.path('state/private'), { mode: 0o700 })
  ground.breakDisk({ folders: 'state', error: 'ENOSPC' })
  const { code, stderr } = await ground.start().ended
  t.equal(code, 1)
  t.notMatch(stderr, /^ +at /m, 'no stack')
  ground.heal()
  await ground.start().logged('ready')
  await ground.daemon.end()
  return stderr
}

/** A start on a state dir that is there, and takes nothing. */
async function readOnlyStart(t: Test): Promise<string> {
  const ground = new Ground(t)
  await ground.start().logged('ready')
  await ground.daemon.end()
  ground.breakDisk({ folders: 'state', error: 'EROFS' })
  await ground.start().logged('ready')
  const name = ground.addUser()
  ground.reload()
  await until(() => ground.serves(name), 'a change is served')
  await ground.daemon.logged('served but not written')
  const seen = await ground.seen()
  t.match(await ground.daemon.end(), { code: 0 }, 'it ends in good order')
  return seen
}

/** A log that nobody reads any more: the pipe is closed, or it is full. */
async function logWithoutReader(t: Test, ground: Ground): Promise<string> {
  const { process } = ground.daemon
  process.stderr?.pause()
  await ground.isWell()
  process.stderr?.resume()
  const other = new Ground(t)
  await other.start().logged('ready')
  other.daemon.process.stderr?.destroy()
  await other.isWell()
  t.ok(await other.serves('ada'))
  t.match(await other.scratch.ask('status'), { code: 0 })
  await other.daemon.end()
  return ''
}

/** All cases. */
export const CASES: Readonly<Record<string, Case>> = {
  'the disk of the run dir and the state dir is full': disk({ folders: 'both', error: 'ENOSPC' }, true),
  'the disk of the run dir and the state dir fails when it is written': disk({ folders: 'both', error: 'EIO' }, true),
  'the state dir becomes read-only': disk({ folders: 'state', error: 'EROFS' }, false),
  'the run dir becomes read-only': disk({ folders: 'run', error: 'EROFS' }, true),
  'a master starts on a state dir that is read-only': (t) => readOnlyStart(t),
  'a master that has no keys yet starts on a full disk': (t) => noRoomForKeys(t),
  'the configuration is gone': source('config', nothing, nothing),
  'the configuration is a folder': source('config', (path) => mkdirSync(path), rmdirSync),
  'the configuration is a FIFO': source('config', (path) => void execFileSync('mkfifo', [path])),
  'the configuration is a file of 1 GiB': source('config', (path) => {
    closeSync(openSync(path, 'w'))
    truncateSync(path, 2 ** 30)
  }),
  'an accounts file is gone for a moment': source('passwd', nothing, nothing),
  'an accounts file is empty': source('passwd', (path) => writeFileSync(path, '')),
  'an accounts file has only its first half': source('passwd', half),
  'the wall clock is put forward': clock(400 * 86_400),
  'the wall clock is put back': clock(-400 * 86_400),
  'nobody reads the log': logWithoutReader,
  'another program has the port': (t) => portTaken(t),
}
