/** The program: reads the command line and runs the command that it names. */
import { type Diagnostic, formatDiagnostic } from '../config/index.ts'
import { messageOf } from '../values/index.ts'
import { parseArgv } from './argv.ts'
import type { RunCommand } from './command.ts'
import { Output } from './output.ts'
import { PASSING_CODES, SettingsError } from './settings/codes.ts'
import { DAEMON_COMMANDS } from './settings/command-groups.ts'
import { loadSettings } from './settings/sources.ts'
import { SETTINGS } from './settings/table.ts'
import type { CommandName } from './synopsis.ts'
import { EXIT } from './synopsis.ts'
import { calledWith } from './typed-bytes.ts'
import { VERSION } from './version.ts'

/** Each command's file is read only when it is called: a query loads no server. */
const COMMAND_FILES: { readonly [Name in CommandName]: () => Promise<{ readonly run: RunCommand }> } = {
  serve: () => import('./commands/serve.ts'),
  proxy: () => import('./commands/proxy.ts'),
  dns: () => import('./commands/dns.ts'),
  setup: () => import('./commands/setup/setup.ts'),
  nsswitch: () => import('./commands/setup/nsswitch.ts'),
  keys: () => import('./commands/keys.ts'),
  check: () => import('./commands/check.ts'),
  query: () => import('./commands/query.ts'),
  explain: () => import('./commands/explain/explain.ts'),
  export: () => import('./commands/formats/export.ts'),
  import: () => import('./commands/formats/import.ts'),
  status: () => import('./commands/status/status.ts'),
  nodes: () => import('./commands/nodes/nodes.ts'),
  reload: () => import('./commands/reload.ts'),
  history: () => import('./commands/history.ts'),
  wait: () => import('./commands/wait.ts'),
  add: () => import('./commands/edits/add.ts'),
  set: () => import('./commands/edits/set.ts'),
  remove: () => import('./commands/edits/remove.ts'),
  backup: () => import('./commands/state/backup.ts'),
  restore: () => import('./commands/state/restore.ts'),
  snapshot: () => import('./commands/snapshot.ts'),
}

const output = new Output()

/** Runs the command line's words; resolves to the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const request = parseArgv(words, VERSION)
  if (request.kind === 'say') {
    if (request.error) output.complain(request.text)
    else output.print(request.text)
    return request.exit
  }
  const { command, args, given } = request
  const asks = SETTINGS.runDir.commands.includes(command) && !DAEMON_COMMANDS.includes(command)
  const { settings, diagnostics, locations } = loadSettings(given, process.env, asks, command)
  // A package that is removed takes kickback out of nsswitch.conf, whatever the settings are.
  if (diagnostics.length > 0 && command !== 'check' && command !== 'nsswitch') {
    return refused(diagnostics)
  }
  const { run } = await COMMAND_FILES[command]()
  return run({ settings, args, called, diagnostics, locations, version: VERSION, terminal: output })
}

/** Says what a command threw; the exit code. */
function failed(error: unknown): number {
  if (error instanceof SettingsError) return refused([error.diagnostic])
  output.complain(`kickback: ${messageOf(error)}\n`)
  return EXIT.FAILED
}

/** Settings with which nothing is started. A unit does not start again after 64: no start would mend what is written. */
function refused(diagnostics: readonly Diagnostic[]): number {
  output.complain(diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`).join(''))
  return diagnostics.every(({ code }) => PASSING_CODES.has(code)) ? EXIT.FAILED : EXIT.USAGE
}

const called = calledWith(process.argv)
// What ps and pgrep show; a node among many others says nothing.
process.title = 'kickback'
try {
  process.exitCode = output.exitCode(await main(process.argv.slice(2)))
} catch (error) {
  process.exitCode = output.exitCode(failed(error))
}
