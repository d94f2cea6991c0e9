/** The folders of a daemon: made, checked and taken, by one rule on masters and nodes. */
import { claimFolder, type FolderFiles, prepareFolder } from '../../kickback/index.ts'
import type { Clock } from '../../values/index.ts'
import { shadowGroup } from './shadow-group.ts'

/** The folders of a running daemon. */
export interface DaemonFolders {
  readonly run: FolderFiles
  readonly state: FolderFiles
  /** The effective uid. */
  readonly uid: number
  /** The gid of group shadow, for whom private/ is; undefined if private/ is for its owner alone. */
  readonly group: number | undefined
  /** Gives the run dir back. */
  release(): Promise<void>
}

/** Whose the folders are to be. */
interface FolderOrder {
  readonly runDir: string
  readonly stateDir: string
  readonly pid: number
  readonly uid: number
  readonly clock: Clock
}

/** Makes the folders where they are missing, and takes the run dir. Throws FolderError, OwnedError. */
export async function takeFolders({ runDir, stateDir, pid, uid, clock }: FolderOrder): Promise<DaemonFolders> {
  const group = shadowGroup(uid)
  const owner = { uid, ...(group !== undefined && { privateGroup: group }) }
  const run = await prepareFolder(runDir, owner)
  const release = await claimFolder(runDir, pid, clock)
  try {
    return { run, state: await prepareFolder(stateDir, owner), uid, group, release }
  } catch (error) {
    await release()
    throw error
  }
}
