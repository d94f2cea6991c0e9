/** `kickback keys`: on a master, a join token for a new node, and the keys of masters and nodes. */
import { ServiceError } from '../../kickback/index.ts'
import type { RunCommand } from '../command.ts'
import { adminSocket, isSilence, silenceText } from '../service.ts'
import { EXIT } from '../synopsis.ts'
import { NODE_KEY_ACTIONS } from './node-keys.ts'

/** What is done, by the first word. Who asks a daemon for the keys of nodes waits for nothing of the daemons. */
async function actionOf(word: string): Promise<RunCommand | undefined> {
  const ofNodes: Readonly<Record<string, RunCommand>> = NODE_KEY_ACTIONS
  const ofHosts = async (): Promise<Readonly<Record<string, RunCommand>>> =>
    (await import('./host-keys.ts')).HOST_KEY_ACTIONS
  if (/hosts?$/.test(word)) return (await ofHosts())[word]
  return ofNodes[word] ?? (await import('./master-keys.ts')).MASTER_ACTIONS[word]
}

/** `kickback keys`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal, args } = invocation
  try {
    const act = await actionOf(args[0] ?? '')
    return (await act?.(invocation)) ?? EXIT.USAGE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const place = adminSocket(settings.runDir)
    terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    return EXIT.FAILED
  }
}
