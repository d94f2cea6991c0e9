/** Want of file descriptors or memory: what fails for it says nothing of a source, and is tried again as it is. */
import { systemErrorCode } from '../../values/index.ts'

/** The errors that only say that the machine or the process has no more to give now (errno(3)). */
const STARVED: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM'])

/** Something failed for want of file descriptors or memory. */
export class StarvedError extends Error {
  override readonly name = 'StarvedError'
}

/** Whether that is why something failed. For a thread, Node gives it in the message only. */
export function isStarved(error: unknown): boolean {
  if (error instanceof StarvedError || STARVED.has(systemErrorCode(error) ?? '')) return true
  return error instanceof Error && /\b(EMFILE|ENFILE|ENOMEM)\b/.test(error.message)
}
