/** The service of the kickback protocol as a front: its Unix sockets, one for everyone here, one for group shadow, one for root. */
import { type KickbackServer, prepareAdmin } from '../../kickback/index.ts'
import { NOTHING_SERVED, type Served } from '../served.ts'
import type { DaemonFolders } from '../store/daemon-folders.ts'
import type { Front } from './front.ts'

/** The sockets of a run dir. The TCP doors of the same server are a front of their own. */
export class ServiceFront implements Front {
  readonly name = 'sockets'
  readonly #server: KickbackServer
  readonly #folders: DaemonFolders
  #given = NOTHING_SERVED

  constructor(server: KickbackServer, folders: DaemonFolders) {
    this.#server = server
    this.#folders = folders
  }

  /** The folder of root's socket is made where it is missing, with mode 0700. Rejects with FolderError or TransportError. */
  async open(first: Served): Promise<void> {
    this.#give(first)
    const { run, uid, group } = this.#folders
    await prepareAdmin(run, uid)
    await this.#server.listen('local', { path: run.socket })
    const shadow = group === undefined ? { mode: 0o600 } : { mode: 0o660, group }
    await this.#server.listen('private', { path: run.privateSocket }, shadow)
    await this.#server.listen('admin', { path: run.adminSocket }, { mode: 0o600 })
  }

  async serve(now: Served): Promise<void> {
    this.#give(now)
  }

  async close(): Promise<void> {
    await this.#server.close()
  }

  /** Shadow goes first: the public snapshot says that there is some. */
  #give(now: Served): void {
    const before = this.#given
    this.#given = now
    if (now.shadow === undefined && before.shadow !== undefined) this.#server.endShadow()
    if (now.shadow !== undefined && now.shadow !== before.shadow) this.#server.serve(now.shadow)
    if (now.public !== undefined && now.public !== before.public) this.#server.serve(now.public, now.delta)
  }
}
