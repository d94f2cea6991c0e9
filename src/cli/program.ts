/** The program: it reads the command line and runs the command that it names. */
import { type Diagnostic, formatDiagnostic } from '../config/index.ts'
import { fileMessage } from '../values/index.ts'
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

/** How to load each command. A program may have only some of the commands. */
export type CommandFiles = { readonly [Name in CommandName]?: () => Promise<{ readonly run: RunCommand }> }

const output = new Output()

/** Runs the command line's words; resolves to the exit code. */
async function main(words: readonly string[], files: CommandFiles): Promise<number> {
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
  const file = files[command]
  if (file === undefined) throw new Error(`this program has no command ${command}`)
  const { run } = await file()
  return run({ settings, args, called, diagnostics, locations, version: VERSION, terminal: output })
}

/** Prints what a command threw. Returns the exit code. */
function failed(error: unknown): number {
  if (error instanceof SettingsError) return refused([error.diagnostic])
  output.complain(`kickback: ${fileMessage(error)}\n`)
  return EXIT.FAILED
}

/** Prints errors of the settings. Returns the exit code. systemd does not start a unit again after 64, since another start would not help. */
function refused(diagnostics: readonly Diagnostic[]): number {
  output.complain(diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`).join(''))
  return diagnostics.every(({ code }) => PASSING_CODES.has(code)) ? EXIT.FAILED : EXIT.USAGE
}

const called = calledWith(process.argv)
/** Runs the command that the words of this process name, and puts its exit code into process.exitCode. */
export async function runProgram(files: CommandFiles): Promise<void> {
  // What ps and pgrep show; a node among many others says nothing.
  process.title = 'kickback'
  try {
    process.exitCode = output.exitCode(await main(process.argv.slice(2), files))
  } catch (error) {
    process.exitCode = output.exitCode(failed(error))
  }
}
