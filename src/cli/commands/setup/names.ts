/** Whether a node that was just set up has names, as its daemon says. */
import { ServiceError, type StatusReport } from '../../../kickback/index.ts'
import type { Invocation } from '../../command.ts'
import { askService, publicSocket, silenceText } from '../../service.ts'

/** What to do where no master has answered; it is no fault of the set-up itself. */
const WHAT_TO_DO =
  'see that the address is right, that kickback.service runs there, and that no firewall closes the port; this node follows a master as soon as one answers, and kickback status shows it'

/** Why the node has no names yet, and what to do, in a sentence; undefined if it has a generation. Its unit has waited for one. */
export async function lackOfNames(invocation: Invocation): Promise<string | undefined> {
  const place = publicSocket(invocation.settings.runDir)
  try {
    return lackIn(await askService(place, invocation, (client) => client.status()))
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return `the daemon of this node does not answer, so it has no names: ${withoutPrefix(silenceText(place, error))}`
  }
}

/** The same of a report. */
export function lackIn({ generation, following }: Pick<StatusReport, 'generation' | 'following'>): string | undefined {
  if (generation !== undefined) return undefined
  const masters = following?.masters ?? []
  const each = masters.map(({ master, state, reason }) => `${master}: ${reason ?? state}`)
  const why = each.length === 0 ? '' : ` (${each.join('; ')})`
  return `no master has given this node its names yet${why}: ${WHAT_TO_DO}`
}

function withoutPrefix(line: string): string {
  return line.replace(/^kickback: /, '').trimEnd()
}
