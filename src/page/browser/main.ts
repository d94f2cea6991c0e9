/** The page: enters with the token of its address, and shows what it may, again and again. */
import type { PageDetails, PageStatus } from '../index.ts'
import { ask, enter, forgetSession, hasSession, hasToken, RefusedError } from './asking.ts'
import { showCounts, showSilence } from './counts.ts'
import { hideDetails, showDetails, warningsOf } from './details.ts'
import { at, fill, made } from './elements.ts'
import { NodeMap } from './node-map.ts'
import { explainNode, listenForSearch } from './search.ts'

/** How often it asks, in milliseconds; not while nobody looks. */
const EVERY = 5000

const map = new NodeMap((number) => void explainNode(number).catch(failed))

/** Shows whether names are shown, and why not. */
function showSession(why = ''): void {
  at('search').hidden = !hasSession()
  at('locked').hidden = hasSession()
  if (!hasSession()) hideDetails()
  if (why !== '') fill(at('locked-why'), why)
}

/** What could not be asked is told; a session that has ended is forgotten. */
function failed(error: unknown): void {
  if (!(error instanceof RefusedError)) showSilence()
  else if (error.status !== 401) fill(at('answers'), made('p', 'note', error.message))
  else {
    forgetSession()
    showSession(error.message)
  }
}

async function look(): Promise<void> {
  const [status, details] = await Promise.all([ask<PageStatus>('/status.json'), detailsNow()])
  reveal()
  showCounts(status, details && warningsOf(details))
  if (details !== undefined) showDetails(details, map)
}

/** Shows the page all at once, so that nothing moves while it is read. */
function reveal(): void {
  at('main').hidden = false
  at('foot').hidden = false
}

/** What a session sees besides; undefined without one. */
async function detailsNow(): Promise<PageDetails | undefined> {
  if (!hasSession()) return undefined
  try {
    return await ask<PageDetails>('/details.json')
  } catch (error) {
    failed(error)
    return undefined
  }
}

/** Looks now and from then on. */
function lookAgain(): void {
  setTimeout(lookAgain, EVERY)
  if (document.hidden) return
  look().catch(failed).finally(reveal)
}

async function start(): Promise<void> {
  let why = ''
  await enter().catch((error: unknown) => {
    why = error instanceof RefusedError ? error.message : 'No answer: load this page again.'
  })
  showSession(why)
  listenForSearch(failed)
  addEventListener('hashchange', () => {
    if (hasToken()) location.reload()
  })
  lookAgain()
}

void start()
