/** The accounts of a node's own files whose ids are not those of the cluster, as a front: what its masters are told of them. */
import { OTHER_IDS_MAX, type OtherIdReport, type OtherIdsReport } from '../../kickback/index.ts'
import { displayed, type LocalId, localIds, type Snapshot } from '../../resolver/index.ts'
import { type Clock, handlers, inTurns } from '../../values/index.ts'
import type { Served } from '../served.ts'
import { readSource } from '../sources/source-file.ts'
import { CALM, WatchedFile } from '../sources/watched-file.ts'
import type { Front } from './front.ts'

/** What the front is made of. */
interface OwnAccountsParts {
  /** The paths of passwd(5) and group(5) of this machine. */
  readonly passwd: string
  readonly group: string
  readonly clock: Clock
  /** Called when what there is to tell is another than before. */
  readonly changed: () => void
}

/** Compares the files with each generation, and each generation with the files as they change. */
export class OwnAccounts implements Front {
  readonly name = 'own accounts'
  readonly #parts: OwnAccountsParts
  #snapshot: Snapshot | undefined
  #watches: { readonly passwd: WatchedFile; readonly group: WatchedFile } | undefined
  #turn: Promise<void> = Promise.resolve()
  #otherIds: OtherIdsReport | undefined
  #isClosed = false

  constructor(parts: OwnAccountsParts) {
    this.#parts = parts
  }

  /** What is told; the same object until it is something else. Undefined before the first generation. */
  get otherIds(): OtherIdsReport | undefined {
    return this.#otherIds
  }

  open(first: Served): Promise<void> {
    return this.serve(first)
  }

  /** Resolves when the files were compared with this generation. */
  serve({ public: snapshot }: Served): Promise<void> {
    if (snapshot === this.#snapshot) return Promise.resolve()
    this.#snapshot = snapshot
    return this.#look()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#turn.catch(() => {})
    this.#watches?.passwd.close()
    this.#watches?.group.close()
  }

  #look(): Promise<void> {
    this.#turn = this.#turn.catch(() => {}).then(() => this.#compare())
    return this.#turn
  }

  async #compare(): Promise<void> {
    const snapshot = this.#snapshot
    if (this.#isClosed || snapshot === undefined) return
    const { passwd, group } = await this.#watched()
    const found = await inTurns(localIds(snapshot, { passwd: passwd.believed, group: group.believed }))
    const now = { count: found.length, accounts: found.slice(0, OTHER_IDS_MAX).map(told) }
    if (this.#isClosed || JSON.stringify(now) === JSON.stringify(this.#otherIds)) return
    this.#otherIds = now
    this.#parts.changed()
  }

  /** The files as they are believed; watched from the first generation on. One that cannot be read has no accounts. */
  async #watched(): Promise<{ readonly passwd: WatchedFile; readonly group: WatchedFile }> {
    const { passwd, group, clock } = this.#parts
    const changed = (): void => handlers.float('own accounts', () => this.#look())
    const followed = async (path: string): Promise<WatchedFile> =>
      new WatchedFile(await readSource(path), { changed, clock, ...CALM })
    this.#watches ??= { passwd: await followed(passwd), group: await followed(group) }
    return this.#watches
  }
}

function told({ kind, name, id, cluster }: LocalId): OtherIdReport {
  const other = 'id' in cluster ? { cluster_id: cluster.id } : { cluster_name: displayed(cluster.name) }
  return { kind, name: displayed(name), id, ...other }
}
