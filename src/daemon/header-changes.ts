/** Changes of the header alone: the same content is served again, because other keys count now, or because another master has a number that decides. */
import type { KickbackServer } from '../kickback/index.ts'
import { handlers, type Log } from '../values/index.ts'
import { share } from './candidate/build-thread.ts'
import type { MasterTls } from './certificates/master-tls.ts'
import type { Lineage } from './generations/lineage.ts'
import type { PasswordGrants } from './passwords/password-grants.ts'
import type { Reloader } from './reload/reloader.ts'
import type { Served } from './served.ts'

/** What the header of a generation depends on, and what is to know of another one. */
interface HeaderParts {
  readonly lineage: Lineage
  readonly passwords: Pick<PasswordGrants, 'resigned'>
  readonly server: Pick<KickbackServer, 'grantsChanged'>
  readonly tls: Pick<MasterTls, 'trustChanged'> | undefined
  /** Reloads make numbers too: what is done here is done between two of them. */
  readonly reloader: Pick<Reloader, 'between'>
  readonly served: () => Served
  /** Makes it what is served. */
  readonly give: (changed: Partial<Served>) => Promise<void>
  readonly log: Pick<Log, 'info'>
}

/** The changes of headers of a master. */
export class HeaderChanges {
  readonly #parts: HeaderParts

  constructor(parts: HeaderParts) {
    this.#parts = parts
  }

  /** Other keys count now: what is served is to have the signature of one of them. `isPromoted`: a key that was made for this master signs from now on. */
  async keysChanged(isPromoted: boolean): Promise<void> {
    const { lineage, passwords, server, tls, reloader, served, give } = this.#parts
    await tls?.trustChanged()
    await reloader.between(async () => {
      passwords.resigned()
      server.grantsChanged()
      const again = lineage.resigned(served(), isPromoted)
      if (again === undefined) return
      await give(again)
      for (const snapshot of [again.public, again.shadow]) if (snapshot !== undefined) share(snapshot)
    })
  }

  /** What another master has decides the number of what is served here. Returns at once. */
  renumberLater(): void {
    const { lineage, reloader, give, log } = this.#parts
    handlers.float('met another generation', () =>
      reloader.between(async () => {
        const renumbered = lineage.renumbered()
        if (renumbered === undefined) return
        const { snapshot, isAdopted } = renumbered
        await give({ public: snapshot })
        share(snapshot)
        const message = isAdopted ? 'adopted the number of another master' : 'published above what another master had'
        log.info({ generation: snapshot.generation }, message)
      }),
    )
  }
}
