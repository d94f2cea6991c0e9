/** A run dir has one owner: a second daemon sees who it is, and leaves. */
import { link, open, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, systemMessage } from '../../values/index.ts'
import { dial } from '../transport/dialler.ts'
import { filesIn } from './folders.ts'

/** A run dir that another daemon serves. */
class OwnedError extends Error {
  override readonly name = 'OwnedError'
  /** The other daemon's process, where it is known. */
  readonly pid: number | undefined

  constructor(folder: string, pid: number | undefined) {
    const who = pid === undefined ? 'another daemon' : `the daemon with process ID ${pid}`
    super(`${folder} is in use by ${who}: stop it first, or choose another run dir`)
    this.pid = pid
  }
}

/** A run dir in which no file can be made. */
class ClaimError extends Error {
  override readonly name = 'ClaimError'

  constructor(path: string, cause: unknown) {
    super(`can't make the file ${path}: ${systemMessage(cause)}; make room there, or name another run dir`, { cause })
  }
}

/** Gives a claimed run dir back. */
type Release = () => Promise<void>

/** How long a live daemon is given to take a connection, in milliseconds. */
const LIVE_CHECK = 1000

/**
 * Claims a run dir for this process, by a file `owner` in it: the process's number, and when it started (numbers are used
 * again). A claim of a process that is gone is broken. Node has no flock(2), so if two daemons start at the same moment,
 * link(2) decides: only one of them can make the link. On a full disk the file is empty: then the folder belongs to whoever answers
 * on its socket. Throws OwnedError, ClaimError.
 */
export async function claimFolder(folder: string, pid: number, clock: Clock): Promise<Release> {
  const path = join(folder, 'owner')
  const own = `${path}.${pid}`
  const claim = await written(own, `${pid} ${(await startOf(pid)) ?? 0}\n`)
  try {
    for (let tries = 0; tries < 5; tries++) {
      if (await linked(own, path)) {
        await refuseIfServed(folder, clock)
        return () => release(path, claim)
      }
      await breakClaim(folder, path, `${own}.broken`, clock)
    }
  } finally {
    await unlink(own).catch(() => {})
  }
  throw new OwnedError(folder, await claimedBy(path))
}

/** Writes a claim, and gives what is in its file then: all of it, or nothing where there is no room. Throws ClaimError. */
async function written(path: string, claim: string): Promise<string> {
  try {
    const file = await open(path, 'w', 0o644)
    try {
      await file.writeFile(claim)
      return claim
    } catch {
      await file.truncate()
      return ''
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new ClaimError(path, error)
  }
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** With the claim ours: throws if a process still answers on the socket (in another pid namespace, for example). */
async function refuseIfServed(folder: string, clock: Clock): Promise<void> {
  if (!(await isServed(folder, clock))) return
  await unlink(join(folder, 'owner'))
  throw new OwnedError(folder, undefined)
}

/** Takes the claim of a process that is gone out of the way. Throws OwnedError if its process lives. */
async function breakClaim(folder: string, path: string, aside: string, clock: Clock): Promise<void> {
  const claim = await readFile(path, 'utf8').catch(() => undefined)
  if (claim === undefined) return
  const [pid = 0, start = 0] = claim.split(' ').map(Number)
  const isAlive = pid > 0 && (await startOf(pid)) === start
  if (isAlive || (await isServed(folder, clock))) throw new OwnedError(folder, pid > 0 ? pid : undefined)
  // Whoever renames it has broken it; should it be a newer claim by now, it is put back.
  await rename(path, aside).catch(() => {})
  const broken = await readFile(aside, 'utf8').catch(() => claim)
  if (broken !== claim) await linked(aside, path)
  await unlink(aside).catch(() => {})
}

async function claimedBy(path: string): Promise<number | undefined> {
  const claim = await readFile(path, 'utf8').catch(() => '')
  return Number.parseInt(claim, 10) || undefined
}

async function release(path: string, claim: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === claim) await unlink(path).catch(() => {})
}

async function isServed(folder: string, clock: Clock): Promise<boolean> {
  try {
    const served = await dial({ path: filesIn(folder).socket }, { clock, deadline: clock.now() + LIVE_CHECK })
    served.destroy()
    return true
  } catch {
    return false
  }
}

/** When a process started, in ticks since boot (proc(5), stat, field 22); undefined if there is no such process. */
async function startOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  // The name in field 2 may hold blanks and parentheses: fields are counted from the last one that closes.
  const start = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return start === undefined ? undefined : Number(start)
}
