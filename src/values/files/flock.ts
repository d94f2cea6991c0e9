/** flock(2) on an open file, by flock(1): Node has no call of its own for it. */
import { spawnSync } from 'node:child_process'
import { systemErrorCode, systemMessage } from '../errors.ts'

/** Where programs of the system are, for a process that was started with a PATH of its own. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The exit code of flock(1) where somebody else has the lock. */
const IS_TAKEN = 1

/**
 * Has flock(1) lock our own open file, which stays locked when that program has ended; waits unless the options have `-n`, for `timeout`
 * milliseconds at most. False if somebody else has the lock. Throws Error if it can't be locked at all.
 */
export function flock(fd: number, options: readonly string[], timeout?: number): boolean {
  const { status, error, stderr } = spawnSync('flock', [...options, '3'], {
    env: { PATH: SYSTEM_PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe', fd],
    encoding: 'utf8',
    timeout,
  })
  if (status === 0) return true
  if (status === IS_TAKEN || systemErrorCode(error) === 'ETIMEDOUT') return false
  throw new Error(`flock, of the package util-linux: ${error === undefined ? stderr.trim() : systemMessage(error)}`)
}
