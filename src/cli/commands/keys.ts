/** `kickback keys`: on a master, a join token for a new node, and the keys of masters and nodes. */
import { joinTokenText, ServiceError } from '../../kickback/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { adminSocket, askService, isSilence, silenceText } from '../service.ts'
import { EXIT } from '../synopsis.ts'
import { MASTER_ACTIONS } from './master-keys.ts'
import { NODE_KEY_ACTIONS } from './node-keys.ts'

/** What is done, by the first word. */
const ACTIONS: Readonly<Record<string, RunCommand>> = { token, ...NODE_KEY_ACTIONS, ...MASTER_ACTIONS }

/** `kickback keys`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal, args } = invocation
  try {
    return (await ACTIONS[args[0] ?? '']?.(invocation)) ?? EXIT.USAGE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const place = adminSocket(settings.runDir)
    terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    return EXIT.FAILED
  }
}

/** `kickback keys token`. Standard output has the token alone, so that it can be piped to a node. */
async function token(invocation: Invocation): Promise<number> {
  const { settings, terminal } = invocation
  const place = adminSocket(settings.runDir)
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
}
