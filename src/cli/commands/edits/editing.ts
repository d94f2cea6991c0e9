/** An edit of the configuration by a command: it is tried, written, logged and loaded, and nodes are waited for. */
import { EditError, type Edited, formatDiagnostics, pictured } from '../../../config/index.ts'
import { type ReloadReport, ServiceError } from '../../../kickback/index.ts'
import { editFile, FileEditError, messageOf, readRegular, systemErrorCode } from '../../../values/index.ts'
import type { Invocation } from '../../command.ts'
import { adminSocket, askService, isSilence, silenceText } from '../../service.ts'
import { EXIT, NEEDS_ATTENTION } from '../../synopsis.ts'
import { changeLines, recordLines } from '../changes.ts'
import { auditHere } from '../state/audit.ts'
import { inStepText, isInStep, missingText, waitForNodes } from '../wait.ts'
import { differenceText } from './difference.ts'
import { checkText, EditRefused, PATIENCE, triedByDaemon } from './trial.ts'

/** An edit as the command line asks for it. */
export interface EditRequest {
  /** In words, for the audit log: `add host - 10.20.30.92 pdu3`. */
  readonly action: string
  /** The edit of a text. Throws EditError. */
  readonly edit: (bytes: Uint8Array) => Edited
  /** The number of a node whose boot stage is set: one that is held is let go, also where the file says that stage already. */
  readonly stageSet?: number
}

/** What was made of the file, and what the daemon says to it. */
interface Tried {
  readonly before: Uint8Array
  readonly edited: Edited
  readonly report: ReloadReport | undefined
  readonly stageSet?: number | undefined
}

/** Makes an edit, or with --dry-run shows what it would change; resolves to the exit code. */
export async function makeEdit(invocation: Invocation, request: EditRequest): Promise<number> {
  const { settings, terminal } = invocation
  if (settings.wait && settings.dryRun) {
    terminal.complain('kickback: --wait cannot be used with --dry-run: nothing changes\n')
    return EXIT.USAGE
  }
  try {
    return await (settings.dryRun ? shown(invocation, request) : made(invocation, request))
  } catch (error) {
    if (error instanceof EditRefused) terminal.complain(formatDiagnostics(error.diagnostics))
    const isTold = error instanceof EditError || error instanceof FileEditError || error instanceof EditRefused
    if (!isTold && !(error instanceof ServiceError)) throw error
    terminal.complain(`kickback: ${pictured(messageOf(error))}${remedyOf(error, settings.config)}\n`)
    return EXIT.FAILED
  }
}

/** What is said behind the reason of an edit that was not made. */
function remedyOf(error: unknown, config: string): string {
  if (error instanceof EditRefused) return `; ${config} was not changed`
  const isMissing = error instanceof FileEditError && systemErrorCode(error.cause) === 'ENOENT'
  return isMissing ? ': write it first, or name the configuration with --config' : ''
}

/** What it would change: of the file, and of the records. */
async function shown(invocation: Invocation, { edit }: EditRequest): Promise<number> {
  const { settings, terminal } = invocation
  const before = readRegular(settings.config)
  const edited = edit(before)
  const found = checkText(invocation, before, edited.bytes)
  const report = await triedByDaemon(invocation, edited.bytes)
  if (settings.json) terminal.print(jsonText(invocation, edited, before, { report }))
  else {
    terminal.print(formatDiagnostics(found))
    terminal.print(differenceText(settings.config, before, edited) || keptText(settings.config, edited))
    terminal.print(report === undefined ? '' : recordsText(report, 'this would change:', 'no record would change'))
  }
  if (report === undefined) {
    terminal.complain('kickback: no daemon answers, so nobody knows which records would change\n')
    return NEEDS_ATTENTION
  }
  if (report.outcome !== 'refused') return EXIT.DONE
  terminal.complain(`kickback: it would be refused: ${report.reason ?? 'no reason was given'}\n`)
  return EXIT.FAILED
}

/** Changes the file, and has the daemon load it. */
async function made(invocation: Invocation, { action, edit, stageSet }: EditRequest): Promise<number> {
  const { settings, terminal } = invocation
  let tried: Tried | undefined
  const isChanged = await editFile({
    path: settings.config,
    waiting: (sentence) => terminal.complain(`kickback: ${sentence}\n`),
    change: async (before) => {
      const edited = edit(before)
      const found = edited.bytes === before ? [] : checkText(invocation, before, edited.bytes)
      // What another program writes meanwhile is checked each time, but not tried again: that may take seconds.
      if (tried === undefined && edited.bytes !== before) terminal.complain(formatDiagnostics(found))
      const report =
        tried === undefined && edited.bytes !== before ? await accepted(invocation, edited.bytes) : tried?.report
      tried = { before, edited, report, stageSet }
      return edited.bytes
    },
  })
  if (tried === undefined) throw new Error('nothing was edited')
  if (!isChanged) {
    terminal.print(
      settings.json ? jsonText(invocation, tried.edited, tried.before, {}) : keptText(settings.config, tried.edited),
    )
    return stageSet === undefined ? EXIT.DONE : letGo(invocation, stageSet)
  }
  if (!settings.json) terminal.print(changedText(settings.config, tried.edited))
  const isLogged = audited(invocation, action, tried.edited)
  const code = await loaded(invocation, tried)
  return code === EXIT.DONE && !isLogged ? NEEDS_ATTENTION : code
}

/** The daemon's trial of an edit that it accepts; undefined if no daemon answers. Throws EditRefused. */
async function accepted(invocation: Invocation, bytes: Uint8Array): Promise<ReloadReport | undefined> {
  const report = await triedByDaemon(invocation, bytes)
  if (report?.outcome !== 'refused' || invocation.settings.force) return report
  // What is wrong with another file is no fault of the edit.
  const place = adminSocket(invocation.settings.runDir)
  const without = await askService(place, invocation, (client) => client.reload({ dry_run: true }, PATIENCE))
  if (without.outcome === 'refused' && without.reason === report.reason) return report
  throw new EditRefused(
    `the daemon would refuse it: ${report.reason ?? 'no reason was given'} (to do it anyway: --force)`,
    report.diagnostics.filter(({ severity, message }) => severity === 'error' && message !== report.reason),
  )
}

/** Adds the edit to the audit log; false, and told, if it can't be. */
function audited({ settings, terminal }: Invocation, action: string, { line, before, after }: Edited): boolean {
  const place = (text: string | undefined) => text && `${settings.config}:${line}: ${text}`
  try {
    const change = { before: place(before), after: place(after) }
    auditHere(settings.stateDir, action, change)
    return true
  } catch (error) {
    terminal.complain(`kickback: the edit is made, but can't be written to the audit log: ${messageOf(error)}\n`)
    return false
  }
}

/** Has the daemon load what was written, and waits for nodes if that is wanted. */
async function loaded(invocation: Invocation, { edited, before, report: trial, stageSet }: Tried): Promise<number> {
  const { settings, terminal } = invocation
  const place = adminSocket(settings.runDir)
  try {
    const report = await reloaded(invocation, trial, stageSet)
    const waited = isServed(report) && settings.wait ? await waitForNodes(invocation, report.generation) : undefined
    if (settings.json) terminal.print(jsonText(invocation, edited, before, { report, ...(waited && { waited }) }))
    else
      terminal.print(
        recordsText(
          report,
          `generation ${report.generation} is published`,
          `no record changed; generation ${report.generation} stays`,
        ),
      )
    if (!isServed(report)) {
      terminal.complain(`kickback: ${settings.config} is changed, but not served: ${whyNot(report)}\n`)
      return NEEDS_ATTENTION
    }
    if (waited === undefined) return EXIT.DONE
    if (!isInStep(waited)) terminal.complain(`kickback: ${missingText(waited)}\n`)
    else if (!settings.json) terminal.print(`${inStepText(waited)}\n`)
    return isInStep(waited) ? EXIT.DONE : NEEDS_ATTENTION
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (settings.json) terminal.print(jsonText(invocation, edited, before, {}))
    terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    terminal.complain(`kickback: ${settings.config} is changed, but nobody knows whether it is served\n`)
    return NEEDS_ATTENTION
  }
}

/** Has a node that is held let go. Where no daemon answers none is held. */
async function letGo(invocation: Invocation, stageSet: number): Promise<number> {
  const place = adminSocket(invocation.settings.runDir)
  try {
    await askService(place, invocation, (client) => client.reload({ stage_set: stageSet }, PATIENCE))
  } catch (error) {
    if (!(error instanceof ServiceError) || !isSilence(error)) throw error
  }
  return EXIT.DONE
}

/** A reload. The daemon may have seen the new file first, and then it changes nothing: what was tried tells what has changed. */
async function reloaded(
  invocation: Invocation,
  trial: ReloadReport | undefined,
  stageSet: number | undefined,
): Promise<ReloadReport> {
  const { config, force, runDir, verbose } = invocation.settings
  return askService(adminSocket(runDir), invocation, async (client) => {
    const more = { ...(verbose && { records: true }), ...(stageSet !== undefined && { stage_set: stageSet }) }
    const report = await client.reload({ force, ...more }, PATIENCE)
    const isAhead = report.outcome === 'unchanged' && report.pinned === undefined && hasChanges(trial)
    if (!isAhead || trial === undefined) return report
    const left = await client.reload({ dry_run: true, config }, PATIENCE)
    if (!hasChanges(left)) return { ...report, outcome: 'published', databases: trial.databases }
    return {
      ...report,
      outcome: 'refused',
      reason: `the daemon reads another file than ${config}: give that with --config`,
    }
  })
}

function hasChanges(report: ReloadReport | undefined): boolean {
  return report !== undefined && Object.keys(report.databases).length > 0
}

function isServed({ outcome, pinned }: ReloadReport): boolean {
  return outcome !== 'refused' && pinned === undefined
}

function whyNot({ reason, pinned }: ReloadReport): string {
  if (pinned === undefined) return reason ?? 'no reason was given'
  return `the content of generation ${pinned} is pinned, until kickback reload --release`
}

/** Which records change, for people; `none` where there are none. */
function recordsText(report: ReloadReport, changes: string, none: string): string {
  if (report.outcome === 'refused' && !hasChanges(report)) return ''
  const lines = [...changeLines(report.databases), ...recordLines(report.databases)]
  return [lines.length === 0 ? none : changes, ...lines].map((line) => `${line}\n`).join('')
}

function changedText(path: string, { line, before, after }: Edited): string {
  const text = (one: string) => pictured(one)
  if (before === undefined) return `${path}:${line}: added: ${text(after ?? '')}\n`
  return after === undefined
    ? `${path}:${line}: removed: ${text(before)}\n`
    : `${path}:${line}: was: ${text(before)}\n${path}:${line}: is: ${text(after)}\n`
}

function keptText(path: string, { line, after }: Edited): string {
  return `nothing to do: ${path}:${line} says so already: ${pictured(after ?? '')}\n`
}

function jsonText(
  { settings }: Invocation,
  { bytes, line, before, after }: Edited,
  old: Uint8Array,
  more: object,
): string {
  const lines = { line, before: before ?? null, after: after ?? null }
  const facts = { file: settings.config, changed: bytes !== old, ...lines, ...more }
  return `${JSON.stringify(facts, null, 2)}\n`
}
