/** `kickback keys`: on a master, a join token for a new node. */
import { joinTokenText, ServiceError } from '../../kickback/index.ts'
import type { RunCommand } from '../command.ts'
import { adminSocket, askService, isSilence, silenceText } from '../service.ts'
import { EXIT } from '../synopsis.ts'

/** `kickback keys token`. Standard output has the token alone, so that it can be piped to a node. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  const place = adminSocket(settings.runDir)
  try {
    const { token, lasts } = await askService(place, invocation, (client) => client.ask('TOKEN', {}))
    const text = joinTokenText(token)
    if (settings.json) {
      terminal.print(`${JSON.stringify({ token: text, lasts }, null, 2)}\n`)
      return EXIT.DONE
    }
    terminal.print(`${text}\n`)
    terminal.complain(
      `for one node, within ${Math.round(lasts / 60)} minutes: kickback setup node --master ADDRESS --token-file -\n`,
    )
    return EXIT.DONE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    return EXIT.FAILED
  }
}
