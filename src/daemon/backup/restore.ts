/** The return of a backup to a state dir: nothing is touched before all of it is proved, and what is served from it counts as in doubt. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { filesIn } from '../../kickback/index.ts'
import { keyMark, layout, parseTrustList, privateKeyOf, publicKeyOf, publicPem } from '../../resolver/index.ts'
import { type Clock, makeFolder, messageOf, removeWhole, systemErrorCode, writeWhole } from '../../values/index.ts'
import { HOST_KEYS_FOLDER } from '../certificates/kept-host-keys.ts'
import { markRestored } from '../generations/restored.ts'
import { keyMarksIn } from '../generations/signing-key.ts'
import { GIVEN_FILE, givenNumber } from '../passwords/given-passwords.ts'
import { takeFolders } from '../store/daemon-folders.ts'
import { listIn } from '../trust/list-file.ts'
import { type Backup, type BackupEntry, openBackup, pathsIn, pouring, ROOT_KEY } from './backup.ts'

/** Where a backup goes. */
interface RestoreOrder {
  readonly file: string
  readonly stateDir: string
  /** No daemon may run there; a snapshot in it would be newer than what is restored. */
  readonly runDir: string
  readonly pid: number
  /** The effective uid. */
  readonly uid: number
  readonly clock: Clock
  /** Also where the state dir has the key of another cluster. */
  readonly anyCluster: boolean
}

/** What was restored. */
interface RestoreReport {
  /** When the backup was made, in seconds since 1970. */
  readonly time: number
  readonly files: number
}

/** A backup that is not for this state dir. */
class RestoreError extends Error {
  override readonly name = 'RestoreError'
}

/** A backup of which a part was restored. */
export class PartError extends Error {
  override readonly name = 'PartError'
}

/** The modes of what others may read; all else is for its owner. */
const MODES: Readonly<Record<string, number>> = {
  'signing.pub': 0o644,
  'root.pub': 0o644,
  'authority.crt': 0o644,
  trust: 0o644,
  'trust.bridge': 0o644,
  [layout.FILES.PUBLIC]: 0o644,
}

/**
 * Restores a backup. Throws BackupError where it is damaged, OwnedError where a daemon runs, RestoreError where another cluster has
 * the state dir, PartError where it failed in between, and the system's error. After a crash it is to be done again.
 */
export async function restoreBackup(order: RestoreOrder): Promise<RestoreReport> {
  const backup = await openBackup(order.file)
  try {
    const folders = await takeFolders(order)
    try {
      await checkCluster(backup, order)
      await put(backup, order).catch((error: unknown) => {
        throw new PartError(`${order.stateDir} is restored in part, run this again: ${messageOf(error)}`, {
          cause: error,
        })
      })
    } finally {
      await folders.release()
    }
    return { time: backup.time, files: backup.entries.length }
  } finally {
    await backup.close()
  }
}

/** Throws RestoreError if the keys in the state dir are others than that of the backup. */
async function checkCluster(backup: Backup, { file, stateDir, anyCluster }: RestoreOrder): Promise<void> {
  const entry = backup.entries.find(({ path }) => path === 'signing.key')
  if (entry === undefined) throw new RestoreError(`${file} has no signing key: it is no backup of a master`)
  const mark = await markOf(backup, entry, file)
  const isForeign = keyMarksIn(stateDir).some((own) => !own.equals(mark))
  if (isForeign && !anyCluster) {
    throw new RestoreError(
      `${stateDir} has the key of another cluster than ${file}; to replace it, with all that it has, use --other-cluster`,
    )
  }
}

/**
 * What stays as it is: the root key, unless the backup has one; a trust list that is newer, which a revoked key may not undo; and what is known of the hashes
 * that nodes were given, unless the backup knows more.
 */
async function keptOf(backup: Backup, stateDir: string): Promise<ReadonlySet<string>> {
  const kept = new Set<string>()
  if (!backup.entries.some(({ path }) => path === ROOT_KEY)) kept.add(ROOT_KEY)
  const entry = backup.entries.find(({ path }) => path === 'trust')
  const held = heldNumber(stateDir)
  const restored = entry && parseTrustList(await bytesOf(backup, entry)).number
  if (held > (restored ?? 0)) for (const path of ['trust', 'trust.bridge', 'root.pub']) kept.add(path)
  const given = backup.entries.find(({ path }) => path === GIVEN_FILE)
  const number = await heldGivenNumber(stateDir)
  if (number > 0 && number >= (given === undefined ? 0 : givenNumber(await bytesOf(backup, given))))
    kept.add(GIVEN_FILE)
  return kept
}

/** The number of the trust list of a state dir; 0 if it has none that can be read. */
function heldNumber(stateDir: string): number {
  try {
    return listIn(stateDir)?.number ?? 0
  } catch {
    return 0
  }
}

/** The number in the memory of a state dir of what nodes were given; 0 if it has none that can be read. */
async function heldGivenNumber(stateDir: string): Promise<number> {
  try {
    return givenNumber(await readFile(join(stateDir, GIVEN_FILE)))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0
    throw error
  }
}

async function bytesOf(backup: Backup, entry: BackupEntry): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of backup.content(entry)) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function markOf(backup: Backup, entry: BackupEntry, file: string): Promise<Buffer> {
  const bytes = await bytesOf(backup, entry)
  try {
    return keyMark(publicKeyOf(publicPem(privateKeyOf(bytes.toString('utf8')))))
  } catch (error) {
    throw new RestoreError(`the signing key in ${file} is not an Ed25519 key in PEM`, { cause: error })
  }
}

/** The mark comes first: whatever happens from then on, what is there counts as in doubt. */
async function put(backup: Backup, { stateDir, runDir, anyCluster }: RestoreOrder): Promise<void> {
  const kept = anyCluster ? new Set<string>() : await keptOf(backup, stateDir)
  await markRestored(stateDir, backup.time)
  const restored = new Set([...backup.entries.map(({ path }) => path), ...kept])
  for (const path of await pathsIn(stateDir)) if (!restored.has(path)) await removeWhole(join(stateDir, path))
  for (const folder of ['generations', 'sources', HOST_KEYS_FOLDER]) makeFolder(join(stateDir, folder), 0o700)
  for (const entry of backup.entries) {
    if (kept.has(entry.path)) continue
    const path = join(stateDir, entry.path)
    await writeWhole(path, pouring(backup.content(entry)), { time: entry.time, mode: MODES[entry.path] })
  }
  const { snapshot, shadow } = filesIn(runDir)
  for (const path of [snapshot, shadow]) await rm(path, { force: true })
}
