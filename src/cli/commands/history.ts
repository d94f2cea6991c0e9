/** `kickback history`: the generations that a master keeps, as text or JSON. */
import { type GenerationReport, ServiceError } from '../../kickback/index.ts'
import type { RunCommand } from '../command.ts'
import { adminSocket, askService, isSilence, silenceText } from '../service.ts'
import { EXIT } from '../synopsis.ts'

/** `kickback history`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  const place = adminSocket(settings.runDir)
  try {
    const history = await askService(place, invocation, (client) => client.history())
    terminal.print(settings.json ? `${JSON.stringify(history, null, 2)}\n` : historyText(history))
    return EXIT.DONE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    return EXIT.FAILED
  }
}

/** What is kept, and which of it is served. */
export interface History {
  readonly generation: number
  readonly generations: readonly GenerationReport[]
}

/** A line for each generation, the oldest first, in columns. */
export function historyText({ generation: served, generations }: History): string {
  if (generations.length === 0) return 'no generation is kept yet\n'
  const rows = generations.map((one) => [
    String(one.generation),
    new Date(one.time * 1000).toISOString(),
    changesText(one),
    `${one.cause}${one.generation === served ? ' (served)' : ''}`,
  ])
  const all = [['generation', 'time', 'changes', 'cause'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) => `${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('')
}

/** `passwd +1-0~0, hosts +0-2~1`: records added, removed and changed. */
function changesText({ changes }: GenerationReport): string {
  const each = Object.entries(changes).map(
    ([name, { added, removed, changed }]) => `${name} +${added}-${removed}~${changed}`,
  )
  return each.length === 0 ? '-' : each.join(', ')
}
