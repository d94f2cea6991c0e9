import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type LockError, lockSetup } from '../../src/setup/lock.ts'
import { Machine } from '../../src/setup/machine.ts'
import { folder } from '../folder.ts'
import { type Locking, locking, lockingWithoutRoom } from './locks.ts'

const FILE = '/etc/nsswitch.conf'

/** An image with a folder etc, and the path of its lock. */
function image(t: Test) {
  const root = folder(t)
  mkdirSync(join(root, 'etc'))
  return { root, machine: new Machine(root), path: join(root, 'etc/.kickback.lock') }
}

/** Takes the lock at once, or gives the error. */
function tried(machine: Machine, waiting: (sentence: string) => void = () => {}): (() => void) | LockError {
  try {
    return lockSetup({ machine, file: FILE, waiting, patience: 50 })
  } catch (error) {
    return error as LockError
  }
}

t.test('one process at a time has the lock; another one is told who has it', async (t) => {
  const { root, machine, path } = image(t)
  const first = locking(t, root, FILE)
  t.equal(await first.line(), 'locked')
  const said: string[] = []
  t.match(
    tried(machine, (sentence) => said.push(sentence)),
    {
      name: 'LockError',
      message: new RegExp(`^process ${first.pid} still changes this machine .*nothing was changed$`),
    },
  )
  t.same(said, [`waiting for process ${first.pid}, which is changing this machine`])
  await first.end()
  t.notOk(existsSync(path), 'nothing is left of it')
  const release = tried(machine)
  t.type(release, 'function')
  if (typeof release === 'function') release()
})

t.test('who waits gets it when it is given back, on a new file', async (t) => {
  const { root } = image(t)
  const first = locking(t, root, FILE)
  t.equal(await first.line(), 'locked')
  const [second, third] = [locking(t, root, FILE), locking(t, root, FILE)]
  for (const waiting of [second, third]) t.match(await waiting.line(), `waiting for process ${first.pid}`)
  await first.end()
  // One of them has it; the other one may first say that it waits for that one.
  const locked = async (one: Locking): Promise<Locking> => ((await one.line()) === 'locked' ? one : locked(one))
  const both = [second, third].map(locked)
  const next = await Promise.race(both)
  await next.end()
  for (const last of await Promise.all(both)) await last.end()
})

t.test('a process that was killed holds no lock', async (t) => {
  const { root, machine, path } = image(t)
  const first = locking(t, root, FILE)
  t.equal(await first.line(), 'locked')
  await first.kill()
  t.ok(existsSync(path), 'its file is left')
  const release = tried(machine)
  t.type(release, 'function')
  if (typeof release === 'function') release()
  t.notOk(existsSync(path))
})

t.test('a full disk keeps nobody from the lock; others are not told who has it', async (t) => {
  const { root, machine, path } = image(t)
  const first = lockingWithoutRoom(t, root, FILE)
  t.equal(await first.line(), 'locked')
  t.match(tried(machine), { message: /^another process still changes this machine / })
  await first.end()
  t.notOk(existsSync(path), 'nothing is left of it')
})

t.test('only the owner opens the file: another user can hold up nothing', async (t) => {
  const { machine, path } = image(t)
  const release = tried(machine)
  t.equal(statSync(path).mode & 0o777, 0o600)
  if (typeof release === 'function') release()
})

t.test('a link in place of the file is not followed', async (t) => {
  const { root, machine, path } = image(t)
  symlinkSync(join(root, 'elsewhere'), path)
  t.match(tried(machine), { name: 'LockError', message: /can't open .*\.kickback\.lock/ })
  t.notOk(existsSync(join(root, 'elsewhere')))
})

t.test('where nothing can be written nothing is locked', async (t) => {
  const { root, machine } = image(t)
  rmSync(join(root, 'etc'), { recursive: true })
  t.type(tried(machine), 'function', 'no folder')
  if (process.geteuid?.() === 0) return
  mkdirSync(join(root, 'etc'))
  chmodSync(join(root, 'etc'), 0o555)
  t.type(tried(machine), 'function', 'a folder of somebody else')
})
