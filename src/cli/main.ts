import { parseArgv } from './argv.ts'
import { messageOf, type RunCommand, type Terminal } from './command.ts'
import { type CommandName, SETTINGS } from './settings.ts'
import { formatProblem, loadSettings } from './settings-sources.ts'
import { EXIT } from './synopsis.ts'
import { VERSION } from './version.ts'

/** Each command's file is read only when it is called: a query loads no server. */
const COMMAND_FILES: { readonly [Name in CommandName]: () => Promise<{ readonly run: RunCommand }> } = {
  serve: () => import('./serve.ts'),
  proxy: () => import('./proxy.ts'),
  check: () => import('./check.ts'),
  query: () => import('./query.ts'),
  export: () => import('./export.ts'),
  status: () => import('./status.ts'),
  reload: () => import('./reload.ts'),
  snapshot: () => import('./snapshot.ts'),
}

const terminal: Terminal = {
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
}

/** Runs the command line's words; resolves to the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const request = parseArgv(words, VERSION)
  if (request.kind === 'say') {
    if (request.error) terminal.complain(request.text)
    else terminal.print(request.text)
    return request.exit
  }
  const { command, args, given } = request
  const asks = SETTINGS.runDir.commands.includes(command) && command !== 'serve' && command !== 'proxy'
  const { settings, problems } = loadSettings(given, process.env, asks)
  if (problems.length > 0 && command !== 'check') {
    terminal.complain(problems.map((problem) => `${formatProblem(problem)}\n`).join(''))
    return EXIT.FAILED
  }
  const { run } = await COMMAND_FILES[command]()
  return run({ settings, args, problems, version: VERSION, terminal })
}

// A reader that has seen enough (`kickback export hosts | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.DONE)
  throw error
})

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  terminal.complain(`kickback: ${messageOf(error)}\n`)
  process.exitCode = EXIT.FAILED
}
