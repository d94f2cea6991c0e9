/** The trial of an edited configuration, before anything is written: by itself, and by the daemon against what it serves. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Diagnostic, newDiagnostics, parseConfig } from '../../../config/index.ts'
import { clusterDiagnostics, configDiagnostics } from '../../../daemon/index.ts'
import { filesIn, type ReloadReport, ServiceError } from '../../../kickback/index.ts'
import { messageOf } from '../../../values/index.ts'
import type { Invocation } from '../../command.ts'
import { buildRules } from '../../daemon-settings.ts'
import { adminSocket, askService, isSilence } from '../../service.ts'

/** Why an edit is not made: nothing was written. */
export class EditRefused extends Error {
  override readonly name = 'EditRefused'
  readonly diagnostics: readonly Diagnostic[]

  constructor(message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message)
    this.diagnostics = diagnostics
  }
}

/** What the name of a text that is tried begins with; the process ID of the command follows. */
const TRIED = 'edit.'
/** How long a trial or a reload may take, in milliseconds. */
export const PATIENCE = 600_000

/**
 * Checks an edited text. Gives the warnings and notes that the edit adds. An edit may leave errors in a file that had more of them before.
 * Throws EditRefused if the text would be refused for it.
 */
export function checkText(invocation: Invocation, before: Uint8Array, after: Uint8Array): readonly Diagnostic[] {
  const now = diagnosticsOf(invocation, after)
  if (now.length === 0) return now
  const old = diagnosticsOf(invocation, before)
  const added = newDiagnostics(old, now)
  const errors = added.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new EditRefused('with this edit the configuration would have an error', errors)
  const [left, had] = [now, old].map((all) => all.filter(({ severity }) => severity === 'error'))
  if (left !== undefined && left.length > 0 && left.length === had?.length) {
    throw new EditRefused('the configuration has an error without this edit already: correct it first', left)
  }
  return added
}

function diagnosticsOf(invocation: Invocation, bytes: Uint8Array): readonly Diagnostic[] {
  const { config: file, domain, skipBadLines } = invocation.settings
  const parsed = parseConfig(bytes, { domain, file })
  const diagnostics = configDiagnostics(parsed, skipBadLines)
  if (diagnostics.some(({ severity }) => severity === 'error')) return diagnostics
  const source = { origin: file, bytes, time: 0, state: 'read', reason: '' } as const
  return [...diagnostics, ...clusterDiagnostics(parsed.cluster, buildRules(invocation), source)]
}

/**
 * What the daemon would make of this text: the report of a dry run, which may be refused. Undefined if no daemon answers. The text lies in
 * the folder of root's socket meanwhile, where the daemon can read it whatever it is kept from.
 */
export async function triedByDaemon(invocation: Invocation, bytes: Uint8Array): Promise<ReloadReport | undefined> {
  const { runDir, config, verbose } = invocation.settings
  const folder = dirname(filesIn(runDir).adminSocket)
  const path = join(folder, `${TRIED}${process.pid}`)
  try {
    return await askService(adminSocket(runDir), invocation, async (client) => {
      removeAbandoned(folder)
      writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' })
      const report = await client.reload({ dry_run: true, config: path, ...(verbose && { records: true }) }, PATIENCE)
      return named(report, path, config)
    })
  } catch (error) {
    if (error instanceof ServiceError && isSilence(error)) return undefined
    throw error instanceof ServiceError ? error : new EditRefused(`can't try it with the daemon: ${messageOf(error)}`)
  } finally {
    rmSync(path, { force: true })
  }
}

/** Removes the texts of commands that were killed while they tried them. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^\d+$/.exec(name.slice(TRIED.length))?.[0]
    if (name.startsWith(TRIED) && pid !== undefined && !isOther(Number(pid)))
      rmSync(join(folder, name), { force: true })
  }
}

/** Whether a process is there that is not this one. Only root tries texts, and it may send signals to all. */
function isOther(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The report with the name of the file that is meant. */
function named(report: ReloadReport, path: string, config: string): ReloadReport {
  const rename = <T extends { readonly file: string }>(place: T): T =>
    place.file === path ? { ...place, file: config } : place
  return {
    ...report,
    ...(report.reason !== undefined && { reason: report.reason.replaceAll(path, config) }),
    diagnostics: report.diagnostics.map((one) => ({ ...rename(one), related: one.related.map(rename) })),
  }
}
