/** Asks the service: counts for everybody, and what a session may read. */
import type { PageSession } from '../index.ts'

/** Where the key of the session is kept: other ports of this machine cannot read it, as they can read the cookie. */
const KEY = 'kickback-key'
/** How long an answer is waited for, in milliseconds. */
const PATIENCE = 10_000

/** The service refused, and says why. */
export class RefusedError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Whether this page has a session, as far as it knows. */
export function hasSession(): boolean {
  return sessionStorage.getItem(KEY) !== null
}

/** Whether the address of this page has a token. */
export function hasToken(): boolean {
  return /^#[0-9a-f]{64}$/.test(location.hash)
}

/** Forgets the session. */
export function forgetSession(): void {
  sessionStorage.removeItem(KEY)
}

/** The JSON at a path. Rejects with RefusedError, or where nobody answers. */
export async function ask<T>(path: string): Promise<T> {
  const key = sessionStorage.getItem(KEY)
  return answerOf<T>(await fetch(path, { headers: key === null ? {} : { 'x-kickback-key': key }, signal: soon() }))
}

/** Opens a session with the token of this address, if it has one, and takes the token away from where others may see it. */
export async function enter(): Promise<void> {
  if (!hasToken()) return
  const token = location.hash.slice(1)
  history.replaceState(null, '', location.pathname)
  const session = await answerOf<PageSession>(await fetch('/session', { method: 'POST', body: token, signal: soon() }))
  sessionStorage.setItem(KEY, session.key)
}

function soon(): AbortSignal {
  return AbortSignal.timeout(PATIENCE)
}

async function answerOf<T>(response: Response): Promise<T> {
  const value = await response.json()
  if (!response.ok) throw new RefusedError(response.status, String(value.message))
  return value as T
}
