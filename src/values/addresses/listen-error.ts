/** Why a place cannot be listened on, for people: the place, what the system says, and what to do. */
import { getSystemErrorMap } from 'node:util'
import { messageOf, systemErrorCode } from '../errors.ts'
import { formatEndpoint, type HostPort } from './endpoint.ts'

/** What to do where the system has a reason that a person can remove. */
const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: '; another program has it: ss -lntup shows which',
  EACCES: '; ports below 1024 are for root',
}

/** The error of a socket that could not listen at a place, with a message for people. It has the code of the system, as before. */
export function listenError(error: unknown, place: HostPort): Error {
  const code = systemErrorCode(error)
  const message = `can't listen on ${formatEndpoint(place)}: ${wordsOf(error, code)}${listenRemedy(code)}`
  return Object.assign(new Error(message, { cause: error }), code !== undefined && { code })
}

/** What to do about a socket that could not listen, behind what the system says; empty where nothing can be said. */
export function listenRemedy(code: string | undefined): string {
  return REMEDIES[code ?? ''] ?? ''
}

/** What the system says: `address already in use`. The native part has the code alone. */
function wordsOf(error: unknown, code: string | undefined): string {
  const found = [...getSystemErrorMap().values()].find(([name]) => name === code)
  return found?.[1] ?? messageOf(error)
}
