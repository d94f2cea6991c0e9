/** What a machine tells of itself beside its daemon: its own accounts, and the file that the module answers from. */
import { closeSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Diagnostic } from '../../../config/index.ts'
import { filesIn, OTHER_ID_REMEDY, readSnapshot, type Warning, warning } from '../../../kickback/index.ts'
import { headerOf, layout, localIdDiagnostics } from '../../../resolver/index.ts'
import type { Settings } from '../../settings/table.ts'
import { moduleFolders } from '../state/copy.ts'
import type { LocalFacts } from './facts.ts'

/** How many accounts are told. */
const SHOWN = 10

/** What the accounts of this machine were compared with, and what was found. */
interface Compared {
  /** The header of the snapshot, and the files. */
  readonly parts: readonly Uint8Array[]
  readonly ids: readonly Diagnostic[]
}

/** Reads what this machine tells of itself, over and over if need be: a snapshot is read once, and again where the accounts are others. */
export class LocalFactsReader {
  readonly #settings: Settings
  #compared: Compared = { parts: [], ids: [] }

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** What there is now. `isNode`: whether the accounts of this machine are compared with those of the cluster. */
  async read(isNode: boolean): Promise<LocalFacts> {
    const { runDir } = this.#settings
    return {
      ids: isNode ? await this.#otherIds() : [],
      module: moduleFile(runDir),
    }
  }

  /** The accounts in the files of this node whose ids are not those of the cluster. */
  async #otherIds(): Promise<readonly Diagnostic[]> {
    const { runDir, ...paths } = this.#settings
    const file = filesIn(runDir).snapshot
    const header = headerIn(file)
    if (header === undefined) return []
    const [passwd, group] = [await fileAt(paths.passwd), await fileAt(paths.group)]
    const parts = [header, passwd.bytes, group.bytes]
    const before = this.#compared.parts
    if (parts.every((part, i) => Buffer.compare(part, before[i] ?? NO_BYTES) === 0)) return this.#compared.ids
    const { snapshot } = await readSnapshot(file)
    if (snapshot === undefined) return []
    this.#compared = { parts, ids: localIdDiagnostics(snapshot, { passwd, group }) }
    return this.#compared.ids
  }
}

const NO_BYTES = new Uint8Array(0)

/** The first of them as warnings, and how many there are. */
export function ownIdWarnings(found: readonly Diagnostic[]): readonly Warning[] {
  const first = found.slice(0, SHOWN).map(({ message }) => warning('other-id', message, OTHER_ID_REMEDY))
  const more = found.length - first.length
  return more === 0 ? first : [...first, warning('other-id', `and ${more} more: kickback check shows all`)]
}

/** A file as it is; one that cannot be read has no accounts. */
async function fileAt(origin: string): Promise<{ readonly origin: string; readonly bytes: Uint8Array }> {
  return { origin, bytes: await readFile(origin).catch(() => NO_BYTES) }
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
  const header = headerIn(file)
  return header && headerOf(header).generation
}

/** The header of a snapshot; undefined where there is none. */
function headerIn(file: string): Uint8Array | undefined {
  const header = Buffer.alloc(layout.HEADER.size)
  try {
    const fd = openSync(file, 'r')
    try {
      readSync(fd, header, 0, header.length, 0)
    } finally {
      closeSync(fd)
    }
    headerOf(header)
    return header
  } catch {
    return undefined
  }
}
