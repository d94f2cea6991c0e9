/** What programs of this machine are answered from while no daemon runs: the copy that the module reads, and how old it is. */
import { join } from 'node:path'
import { Confirmation, filesIn, IN_STEP, readSnapshot } from '../../../kickback/index.ts'
import type { Snapshot } from '../../../resolver/index.ts'
import { bootClock, hex, wallClock } from '../../../values/index.ts'
import { SETTINGS } from '../../settings/table.ts'

/** Where the module looks for a snapshot, in its order (docs/module.md). */
const MODULE_FOLDERS: readonly string[] = [...SETTINGS.runDir.default, '/var/lib/kickback', '/usr/share/kickback']

/** Where a snapshot is to be looked for, in order: another run dir than the usual one is looked into alone. */
export function moduleFolders(runDir: string): readonly string[] {
  return MODULE_FOLDERS[0] === runDir ? MODULE_FOLDERS : [runDir]
}

/** A copy that the module answers from. */
export interface CopyReport {
  readonly file: string
  readonly generation: number
  /** In hex. */
  readonly digest: string
  /** When its newest source was written, in seconds since 1970; 0 where no source has a usable time. */
  readonly written: number
  /** Seconds since a master was in step with it, as far as that was written down, or since it was written. */
  readonly age: number
}

/** The copy of this machine: the first whole one in these folders; undefined if there is none. */
export async function copyHere(folders: readonly string[]): Promise<CopyReport | undefined> {
  const found: { readonly folder: string; readonly snapshot: Snapshot }[] = []
  for (const folder of folders) {
    const { snapshot } = await readSnapshot(filesIn(folder).snapshot)
    if (snapshot !== undefined) found.push({ folder, snapshot })
  }
  const [first] = found
  if (first === undefined) return undefined
  const { generation, digest, header } = first.snapshot
  const inHex = hex(digest)
  // A daemon writes down in its state dir when a master was in step.
  const same = found.filter(({ snapshot }) => hex(snapshot.digest) === inHex)
  const ages = await Promise.all(same.map(({ folder }) => ageIn(folder)))
  return {
    ...{ file: filesIn(first.folder).snapshot, generation, digest: inHex },
    ...{ written: header.contentTime, age: Math.round(Math.min(...ages)) },
  }
}

async function ageIn(folder: string): Promise<number> {
  const confirmation = new Confirmation({
    ...{ file: filesIn(folder).snapshot, record: join(folder, IN_STEP) },
    ...{ bootClock, wallClock },
  })
  await confirmation.read()
  return Math.max(0, confirmation.age)
}
