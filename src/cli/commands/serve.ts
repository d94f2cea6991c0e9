/** `kickback serve`: the daemon of a master. */
import { type Master, type MasterOptions, NothingToServeError, startMaster } from '../../daemon/index.ts'
import type { RunCommand, Terminal } from '../command.ts'
import { identity, runDaemon } from '../daemon.ts'
import { masterSettings } from '../daemon-settings.ts'
import { frontProgram } from '../front/program.ts'
import { reportText } from './status/picture.ts'

/** `kickback serve`. */
export const run: RunCommand = async (invocation) => {
  const { version, terminal } = invocation
  return runDaemon(invocation, async (given) =>
    start(
      {
        settings: masterSettings(invocation),
        version,
        ...given,
        ...identity(),
        frontProgram: frontProgram(invocation.settings),
        told: reportText,
      },
      terminal,
    ),
  )
}

/** The daemon, or undefined if there is nothing to serve: the diagnostics are printed as they are. */
async function start(options: MasterOptions, terminal: Terminal): Promise<Master | undefined> {
  try {
    return await startMaster(options)
  } catch (error) {
    if (!(error instanceof NothingToServeError)) throw error
    terminal.complain(`${error.message}\n`)
    return undefined
  }
}
