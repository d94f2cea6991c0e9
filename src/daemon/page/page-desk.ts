/** The daemon's side of the page: answers what the HTTP process asks, and what is not for everybody only for a session that root opened. */
import type { KeyAction } from '../../kickback/index.ts'
import type { PageAnswers } from '../../page/index.ts'
import { type Clock, monotonic } from '../../values/index.ts'
import { type MetricsSources, readMetrics } from '../metrics/reading.ts'
import { PageAccess } from './page-access.ts'
import { type PageParts, PageView } from './page-view.ts'

/** What a page is about. */
export interface PageDeskParts extends PageParts {
  readonly metrics: MetricsSources
  /** Explains a key in each database that may have it. */
  readonly explain: (key: string) => Promise<PageAnswers>
  /** The name of the node with this number; undefined if there is none. */
  readonly nodeName?: (number: number) => Promise<string | undefined>
  /** The names of this machine in the cluster. */
  readonly names: () => readonly string[]
  /** Tells the audit log. */
  readonly audit: (entry: KeyAction) => void
}

/** The answer to who shows no session. */
const DENIED = { denied: true } as const
/** How long a key can be that is explained, in characters. */
const KEY_MAX = 256
/** How many explanations may be worked on at once: each takes a thread. */
const EXPLAINED_MAX = 2

/** Answers the HTTP process of one daemon. */
export class PageDesk {
  readonly #parts: PageDeskParts
  readonly #access: PageAccess
  readonly #view: PageView
  #explained = 0

  constructor(parts: PageDeskParts, clock: Pick<Clock, 'now'> = monotonic) {
    this.#parts = parts
    this.#access = new PageAccess(clock)
    this.#view = new PageView(parts)
  }

  /** A token with which names can be seen, for root who asks for it; `login` is its login uid. */
  grant(login: number | undefined): { readonly token: Uint8Array; readonly lasts: number } {
    this.#parts.audit({ action: 'status --page', login, after: 'a token for the page was made' })
    return this.#access.grant()
  }

  /** Answers a question of the process; undefined: it does not get that. */
  async answer(what: string, of: { readonly [name: string]: string }): Promise<object | undefined> {
    switch (what) {
      case 'reading':
        return readMetrics(this.#parts.metrics)
      case 'view':
        return this.#counts()
      case 'enter':
        return this.#enter(of.token ?? '')
    }
    const { cookie = '', key = '' } = of
    if (!this.#access.holds({ cookie, key })) return DENIED
    switch (what) {
      case 'details':
        return this.#view.details()
      case 'explain':
        return this.#explain((of.typed ?? '').slice(0, KEY_MAX))
      case 'node':
        return this.#node(Number(of.number))
    }
    return undefined
  }

  async #counts(): Promise<object> {
    const dns = await this.#parts.metrics.dns()
    const totals = { ...this.#view.totals, ...(dns && { DNS: dns.udp + dns.tcp }) }
    return { counts: await this.#view.counts(), totals, names: this.#parts.names() }
  }

  #enter(token: string): object {
    const session = this.#access.enter(token)
    if (session === undefined) return DENIED
    this.#parts.audit({ action: 'page opened', after: `for ${session.lasts} seconds` })
    return session
  }

  async #node(number: number): Promise<object> {
    const name = await this.#parts.nodeName?.(number)
    return name === undefined ? { key: '', answers: [] } : this.#explain(name)
  }

  async #explain(typed: string): Promise<object> {
    if (typed === '') return { key: '', answers: [] }
    if (this.#explained >= EXPLAINED_MAX) return { busy: true }
    this.#explained++
    try {
      return await this.#parts.explain(typed)
    } finally {
      this.#explained--
    }
  }
}
