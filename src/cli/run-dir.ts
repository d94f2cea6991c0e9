import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemErrorCode } from './command.ts'

/** The most bytes of a Unix socket's path: sun_path of unix(7) without its NUL. */
const SOCKET_PATH_MAX = 107

/** A run dir that another daemon owns. */
export class RunDirBusyError extends Error {
  override readonly name = 'RunDirBusyError'
}

/** Throws when the sockets of a run dir would have paths that are too long for a Unix socket. */
export function checkSocketPaths(runDir: string): void {
  const longest = Buffer.byteLength(join(runDir, 'private', 'socket'))
  if (longest <= SOCKET_PATH_MAX) return
  const most = SOCKET_PATH_MAX - Buffer.byteLength('/private/socket')
  throw new Error(
    `run dir ${runDir} is too long for its sockets: ${most} bytes at most, so that RUN_DIR/private/socket fits`,
  )
}

/**
 * Makes the run dir where it is missing and takes it for this process, until the process ends in whatever way: the lock is
 * the kernel's, so no stale one can be left. Throws RunDirBusyError, which names the owner.
 */
export function claimRunDir(runDir: string, pid: number): void {
  mkdirSync(runDir, { recursive: true, mode: 0o755 })
  const path = join(runDir, 'owner')
  const fd = openSync(path, 'a+', 0o644)
  if (!locked(fd, path)) {
    const owner = ownerOf(path)
    closeSync(fd)
    throw new RunDirBusyError(
      `run dir ${runDir} belongs to another daemon${owner === undefined ? '' : `, process ${owner}`}`,
    )
  }
  ftruncateSync(fd)
  writeSync(fd, `${pid}\n`)
}

/**
 * Node has no flock(2), but a lock belongs to the open file, not to who asked for it: flock(1) takes it on our descriptor
 * and leaves it with us. Without that program the process named in the file decides.
 */
function locked(fd: number, path: string): boolean {
  const { status, error } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
    timeout: 5000,
  })
  if (error === undefined) return status === 0
  const owner = ownerOf(path)
  return owner === undefined || !isAlive(owner)
}

function ownerOf(path: string): number | undefined {
  const pid = Number(readFileSync(path, 'utf8').split('\n')[0])
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}
