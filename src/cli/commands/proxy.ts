/** `kickback proxy`: the daemon of a node. */
import { startProxy } from '../../daemon/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { identity, runDaemon } from '../daemon.ts'
import { proxySettings } from '../daemon-settings.ts'
import { frontProgram } from '../front/program.ts'
import { EXIT } from '../synopsis.ts'
import { reportText } from './status/picture.ts'

/** `kickback proxy`. */
export const run: RunCommand = async (invocation) => {
  const { version, terminal } = invocation
  const wrong = wrongUsage(invocation)
  if (wrong === undefined) {
    return runDaemon(invocation, async (given) =>
      startProxy({
        settings: proxySettings(invocation),
        version,
        ...given,
        ...identity(),
        frontProgram: frontProgram(invocation.settings),
        told: reportText,
      }),
    )
  }
  terminal.complain(`kickback: ${wrong}\n`)
  return EXIT.USAGE
}

/** The masters to follow, and the key to believe, must be given. */
function wrongUsage({ settings }: Invocation): string | undefined {
  if (settings.master.length === 0) return 'proxy needs --master HOST:PORT, one or more'
  if (settings.key !== null && settings.insecure) return 'proxy needs either --key FILE or --insecure, not both'
  if (settings.key === null && !settings.insecure) {
    return 'proxy needs --key FILE, the public key of the cluster (root.pub in the state dir of the master), or --insecure'
  }
  return undefined
}
