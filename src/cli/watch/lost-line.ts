/** The line of a picture whose daemon does not answer now. */
import type { ServiceError } from '../../kickback/index.ts'
import { entryLines } from '../terminal/entry.ts'
import type { Screen } from '../terminal/screen.ts'

/** That no service answers now and why; no line where one does. */
export function lostLine(lost: ServiceError | undefined, screen: Screen | undefined): readonly string[] {
  if (lost === undefined) return []
  const text = `no service answers now (${lost.message}); it is asked again, and what follows is the last answer`
  return entryLines({ label: 'NO SERVICE', text, tone: 'error' }, screen)
}
