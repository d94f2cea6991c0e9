/** `kickback keys`: on a master, a join token for a new node, and the keys of masters and nodes. */
import { ServiceError } from '../../kickback/index.ts'
import type { RunCommand } from '../command.ts'
import { adminSocket, isSilence, silenceText } from '../service.ts'
import { EXIT } from '../synopsis.ts'
import { MASTER_ACTIONS } from './master-keys.ts'
import { NODE_KEY_ACTIONS } from './node-keys.ts'

/** What is done, by the first word. */
const ACTIONS: Readonly<Record<string, RunCommand>> = { ...NODE_KEY_ACTIONS, ...MASTER_ACTIONS }

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
