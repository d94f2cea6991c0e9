/** `kickback history`: the generations that a master keeps, as text or JSON. */
import { type GenerationReport, type KickbackClient, type ReloadReport, ServiceError } from '../../kickback/index.ts'
import type { RunCommand } from '../command.ts'
import { adminSocket, askService, isSilence, silenceText } from '../service.ts'
import { EXIT } from '../synopsis.ts'
import { changeLines, recordLines } from './changes.ts'

/** `kickback history`. */
export const run: RunCommand = async (invocation) => {
  const { args, settings, terminal } = invocation
  const [word] = args
  if (word !== undefined && !/^\d{1,15}$/.test(word)) {
    terminal.complain(`kickback: '${word}' is not the number of a generation: kickback history lists them\n`)
    return EXIT.USAGE
  }
  const place = adminSocket(settings.runDir)
  try {
    const history = await askService(place, invocation, (client) => toldBy(client, word, settings.verbose))
    terminal.print(settings.json ? `${JSON.stringify(history, null, 2)}\n` : historyText(history))
    return EXIT.DONE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    return EXIT.FAILED
  }
}

/** How long the comparison of two generations may take, in milliseconds. */
const PATIENCE = 600_000

/** A generation, and what is different in it from the one before, where that was asked for and is known. */
interface ToldGeneration extends GenerationReport {
  readonly databases?: ReloadReport['databases']
}

/** What is kept, and which of it is served. */
export interface History {
  readonly generation: number
  readonly generations: readonly ToldGeneration[]
}

/** All that is kept; or one generation, with its records; or all of them with their records. */
async function toldBy(client: KickbackClient, word: string | undefined, isVerbose: boolean): Promise<History> {
  const history = await client.history()
  if (word === undefined && !isVerbose) return history
  const { generation, generations } = history
  const wanted = word === undefined ? generations.slice(1) : [{ generation: Number(word) }]
  const told = new Map<number, ReloadReport['databases']>()
  for (const { generation: of } of wanted) told.set(of, await client.difference(of, PATIENCE))
  const all = generations.map((one) => {
    const databases = told.get(one.generation)
    return databases === undefined ? one : { ...one, databases }
  })
  return { generation, generations: word === undefined ? all : all.filter((one) => told.has(one.generation)) }
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
  const lines = all.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '))
  const told = generations.flatMap(({ generation, databases }) =>
    databases === undefined
      ? []
      : ['', `generation ${generation}:`, ...changeLines(databases), ...recordLines(databases)],
  )
  return [...lines, ...told].map((line) => `${line}\n`).join('')
}

/** `passwd +1-0~0, hosts +0-2~1`: records added, removed and changed. */
function changesText({ changes }: GenerationReport): string {
  const each = Object.entries(changes).map(
    ([name, { added, removed, changed }]) => `${name} +${added}-${removed}~${changed}`,
  )
  return each.length === 0 ? '-' : each.join(', ')
}
