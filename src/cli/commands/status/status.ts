/** `kickback status`: the state of a daemon, as a picture or JSON. */
import { diagnosticHeadline } from '../../../config/index.ts'
import { type KickbackClient, type Place, placeName, ServiceError, writtenText } from '../../../kickback/index.ts'
import { durationText } from '../../../values/index.ts'
import type { Invocation, RunCommand } from '../../command.ts'
import { adminSocket, askService, isKeptOut, isSilence, publicSocket, silenceText } from '../../service.ts'
import type { Settings } from '../../settings/table.ts'
import { EXIT, NEEDS_ATTENTION } from '../../synopsis.ts'
import { entryLines } from '../../terminal/entry.ts'
import { lostLine } from '../../watch/lost-line.ts'
import { drawAgain } from '../../watch/watch.ts'
import { type CopyReport, copyHere, moduleFolders } from '../state/copy.ts'
import { isRootsSocket, StatusAsker } from './asked.ts'
import type { Facts } from './facts.ts'
import { statusLines } from './picture.ts'
import { printPage } from './status-page.ts'

/** `kickback status`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  if (settings.page) return printPage(invocation)
  const asker = new StatusAsker(settings)
  const ask = (client: KickbackClient, place: Place): Promise<Facts> =>
    asker.ask(client, isRootsSocket(place), 'path' in place)
  if (settings.watch)
    return drawAgain(invocation, { places: placesOf(settings), ask, draw: drawn(invocation), json: reportOf })
  try {
    const facts = await firstAnswer(invocation, ask)
    terminal.print(settings.json ? `${JSON.stringify(reportOf(facts), null, 2)}\n` : textOf(invocation, facts))
    return facts.warnings.some(({ severity }) => severity === 'error') ? NEEDS_ATTENTION : EXIT.DONE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return await unanswered(invocation, error)
  }
}

/** The report for programs. */
export function reportOf({ report, nodes, census, local, warnings }: Facts): object {
  return {
    ...report,
    ...(nodes && { nodes }),
    ...(census && { configured: census.configured, in_step: census.inStep, missing: census.missing }),
    ...(local && local.ids.length > 0 && { local_ids: local.ids.map(diagnosticHeadline) }),
    ...(local?.module && { module: local.module }),
    warnings,
  }
}

/** The picture as text. */
function textOf({ terminal }: Pick<Invocation, 'terminal'>, facts: Facts): string {
  return statusLines(facts, terminal.screen)
    .map((line) => `${line}\n`)
    .join('')
}

function drawn({ terminal }: Invocation) {
  return (facts: Facts | undefined, lost: ServiceError | undefined): readonly string[] => {
    const { screen } = terminal
    return [...lostLine(lost, screen), ...(facts === undefined ? [] : statusLines(facts, screen))]
  }
}

/** Where it is asked: root's socket reports more than the public one, which is for who may not use it. */
function placesOf({ server, runDir }: Settings): readonly [Place, ...Place[]] {
  return server === null ? [adminSocket(runDir), publicSocket(runDir)] : [{ host: server.host, port: server.port }]
}

/** Asks the first place. If the caller may not use root's socket, says so and asks the public one. */
async function firstAnswer(
  invocation: Invocation,
  ask: (client: KickbackClient, place: Place) => Promise<Facts>,
): Promise<Facts> {
  const [place, other] = placesOf(invocation.settings)
  try {
    return await askService(place, invocation, (client) => ask(client, place))
  } catch (error) {
    if (other === undefined || !(error instanceof ServiceError) || !isKeptOut(error)) throw error
    const facts = await askService(other, invocation, (client) => ask(client, other))
    invocation.terminal.complain(
      `kickback: permission denied at ${placeName(place)}, so ${placeName(other)} was asked, which does not give the list of nodes\n`,
    )
    return facts
  }
}

/** Says that nothing answers; where no daemon runs, what look-ups are answered from, and how old that is. */
async function unanswered(invocation: Invocation, error: ServiceError): Promise<number> {
  const { settings, terminal } = invocation
  const [asked] = placesOf(settings)
  terminal.complain(isSilence(error) ? silenceText(asked, error) : `kickback: ${placeName(asked)}: ${error.message}\n`)
  const isDown = isSilence(error) && 'path' in asked && !(await isAnswered(publicSocket(settings.runDir), invocation))
  const copy = isDown ? await copyHere(moduleFolders(settings.runDir)) : undefined
  if (copy !== undefined) terminal.print(settings.json ? `${JSON.stringify({ copy }, null, 2)}\n` : copyText(copy))
  return EXIT.FAILED
}

/** Whether a daemon is there, whatever it says. */
async function isAnswered(place: Place, invocation: Invocation): Promise<boolean> {
  try {
    await askService(place, invocation, async () => {})
    return true
  } catch (error) {
    if (error instanceof ServiceError) return false
    throw error
  }
}

/** The copy that the module answers from, for people. */
function copyText({ file, generation, digest, written, age }: CopyReport): string {
  const facts = [
    ['module', `answers from ${file}`],
    ['generation', `${generation}, ${writtenText(written)}`],
    ['digest', digest],
    ['data', `a master was in step with it, or wrote it, ${durationText(age)} ago`],
  ] as const
  return facts
    .flatMap(([label, text]) => entryLines({ label, text }, undefined))
    .map((line) => `${line}\n`)
    .join('')
}
