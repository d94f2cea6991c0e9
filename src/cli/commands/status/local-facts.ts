/** What a machine tells of itself beside its daemon: its own accounts, and the file that the module answers from. */
import { closeSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Diagnostic } from '../../../config/index.ts'
import { filesIn, OTHER_ID_REMEDY, readSnapshot, type Warning, warning } from '../../../kickback/index.ts'
import { headerOf, layout, localIdDiagnostics } from '../../../resolver/index.ts'
import { isShadowGranted } from '../../service.ts'
import type { Settings } from '../../settings/table.ts'
import { moduleFolders } from '../state/copy.ts'
import type { LocalFacts } from './facts.ts'

/** How many accounts are told. */
const SHOWN = 10

/** What this machine tells of itself. `isNode`: whether its accounts are compared with those of the cluster. */
export async function localFacts(settings: Settings, isNode: boolean): Promise<LocalFacts> {
  const isGranted = isNode && isShadowGranted(settings.runDir)
  return {
    ids: isNode ? await otherIds(settings) : [],
    module: moduleFile(settings.runDir),
    shadowAge: isGranted ? settings.shadowMaxAge : undefined,
  }
}

/** The accounts in the files of this node whose ids are not those of the cluster. */
async function otherIds({ runDir, passwd, group }: Settings): Promise<readonly Diagnostic[]> {
  const { snapshot } = await readSnapshot(filesIn(runDir).snapshot)
  if (snapshot === undefined) return []
  return localIdDiagnostics(snapshot, { passwd: await fileAt(passwd), group: await fileAt(group) })
}

/** The first of them as warnings, and how many there are. */
export function ownIdWarnings(found: readonly Diagnostic[]): readonly Warning[] {
  const first = found.slice(0, SHOWN).map(({ message }) => warning('other-id', message, OTHER_ID_REMEDY))
  const more = found.length - first.length
  return more === 0 ? first : [...first, warning('other-id', `and ${more} more: kickback check shows all`)]
}

/** A file as it is; one that cannot be read has no accounts. */
async function fileAt(origin: string): Promise<{ readonly origin: string; readonly bytes: Uint8Array }> {
  return { origin, bytes: await readFile(origin).catch(() => new Uint8Array(0)) }
}

/** The first file of those that the module looks for that has the header of a snapshot. */
function moduleFile(runDir: string): LocalFacts['module'] {
  for (const folder of moduleFolders(runDir)) {
    const file = filesIn(folder).snapshot
    const generation = generationIn(file)
    if (generation !== undefined) return { file, generation }
  }
  return undefined
}

function generationIn(file: string): number | undefined {
  const header = Buffer.alloc(layout.HEADER.size)
  try {
    const fd = openSync(file, 'r')
    try {
      readSync(fd, header, 0, header.length, 0)
    } finally {
      closeSync(fd)
    }
    return headerOf(header).generation
  } catch {
    return undefined
  }
}
