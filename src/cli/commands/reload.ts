/** `kickback reload`: makes the daemon reload, and prints the result. */
import { formatDiagnostics } from '../../config/index.ts'
import { type ReloadReport, ServiceError } from '../../kickback/index.ts'
import type { RunCommand } from '../command.ts'
import { adminSocket, askService, isSilence, loginField, silenceText } from '../service.ts'
import { EXIT } from '../synopsis.ts'
import { changeLines, recordLines } from './changes.ts'

/** How long a reload may take, in milliseconds. */
const PATIENCE = 600_000

/** `kickback reload`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  if (settings.tryConfig !== null && !settings.dryRun) {
    terminal.complain('kickback: --config is for --dry-run only: a reload reads the configuration of the daemon\n')
    return EXIT.USAGE
  }
  const { backTo, release } = settings
  if (backTo !== null && (release || settings.tryConfig !== null)) {
    terminal.complain('kickback: --back-to reads no file: it cannot be used with --release or --config\n')
    return EXIT.USAGE
  }
  const place = adminSocket(settings.runDir)
  try {
    const { dryRun, force, tryConfig, verbose } = settings
    const more = { ...(tryConfig !== null && { config: tryConfig }), ...(backTo !== null && { back_to: backTo }) }
    const request = {
      dry_run: dryRun,
      force,
      ...more,
      ...(release && { release }),
      ...loginField(),
      ...(verbose && { records: true }),
    }
    const report = await askService(place, invocation, (client) => client.reload(request, PATIENCE))
    const refused = report.outcome === 'refused'
    if (settings.json) terminal.print(`${JSON.stringify(report, null, 2)}\n`)
    else if (refused) {
      // What the loss limit refuses is to be looked at before it is forced.
      if (dryRun) terminal.print(triedText(report))
      terminal.complain(refusalText(report))
    } else terminal.print(reloadText(report, release))
    return refused ? EXIT.FAILED : EXIT.DONE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    return EXIT.FAILED
  }
}

/** What changed, for people; warnings and notes come first. */
function reloadText(report: ReloadReport, isRelease: boolean): string {
  const { outcome, generation, databases, pinned } = report
  const isPinned = pinned !== undefined && !isRelease
  const changes = [...changeLines(databases), ...recordLines(databases)]
  const headline = {
    published: `generation ${generation} is published`,
    unchanged: `nothing changed; generation ${generation} stays`,
    'dry-run': changes.length === 0 || isPinned ? 'no record would change' : 'this would change:',
    refused: '',
  }[outcome]
  const pin = isPinned ? [pinLine(report)] : []
  return [...diagnosticLines(report), headline, ...pin, ...changes].map((line) => `${line}\n`).join('')
}

/** What is pinned, and what the changes that follow mean then. */
function pinLine({ pinned, outcome, databases }: ReloadReport): string {
  const isDifferent = Object.keys(databases).length > 0 && outcome !== 'published'
  const changes = isDifferent ? ' A release would change:' : ''
  return `the content of generation ${pinned} is pinned: to serve what the files say, run kickback reload --release.${changes}`
}

/** What a dry run that was refused would change, for people. */
function triedText({ databases }: ReloadReport): string {
  const changes = [...changeLines(databases), ...recordLines(databases)]
  return changes.length === 0 ? '' : ['this would change:', ...changes].map((line) => `${line}\n`).join('')
}

/** Why it was refused, for people. */
function refusalText(report: ReloadReport): string {
  const { generation, reason, part } = report
  const rest = part ? `reload refused in part; the rest is published as` : 'reload refused,'
  const headline = `kickback: ${rest} generation ${generation}${part ? '' : ' stays'}: ${reason ?? 'no reason was given'}`
  return [...diagnosticLines(report), headline].map((line) => `${line}\n`).join('')
}

/** What was found, but for the loss limit: that is the reason of the refusal, which the last line says. */
function diagnosticLines({ diagnostics, reason, omitted }: ReloadReport): string[] {
  const found = diagnostics.filter(({ message }) => message !== reason)
  const more = omitted === undefined ? [] : [`and ${omitted} more: kickback check --json has all`]
  return [...(found.length > 0 ? [formatDiagnostics(found).trimEnd()] : []), ...more]
}
