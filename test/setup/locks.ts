/** Other processes that have the lock of a machine's set-up (locking.ts). */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Tap } from '../folder.ts'

/** A process that takes the lock; it ends with the test. */
export interface Locking {
  readonly pid: number | undefined
  /** The next line that it says: `locked`, or for whom it waits. */
  readonly line: () => Promise<string>
  /** Has it give the lock back, and waits for its end. */
  readonly end: () => Promise<void>
  /** Kills it. */
  readonly kill: () => Promise<void>
}

const PROGRAM = join(import.meta.dirname, 'locking.ts')

/** Has another process take the lock for the file of sources of a machine below `root`. */
export function locking(t: Tap, root: string, file: string, ...more: readonly string[]): Locking {
  return lockingBy(t, [process.execPath, PROGRAM, root, file, ...more])
}

/** As `locking`, by a process that can write no byte to a file, as on a full disk. */
export function lockingWithoutRoom(t: Tap, root: string, file: string): Locking {
  return lockingBy(t, ['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, PROGRAM, root, file])
}

function lockingBy(t: Tap, [command = '', ...args]: readonly string[]): Locking {
  const child: ChildProcess = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => void child.kill('SIGKILL'))
  if (child.stdout === null) throw new Error('no pipe')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const ended = once(child, 'exit')
  return {
    pid: child.pid,
    line: async () => {
      const { done, value } = await lines.next()
      return done ? 'it has ended' : value
    },
    end: async () => {
      child.stdin?.end()
      await ended
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Another process that has the lock, and gives it back once somebody waits for it; its process ID. */
export async function lockingUntilWanted(t: Tap, root: string, file: string): Promise<number | undefined> {
  const { pid, line } = locking(t, root, file, 'until wanted')
  const said = await line()
  if (said !== 'locked') throw new Error(said)
  return pid
}
