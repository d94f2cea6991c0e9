/** `kickback status --page`: an address of the page that shows names too. */
import { placeName, ServiceError } from '../../../kickback/index.ts'
import { hex, isUnspecified, parseEndpoint } from '../../../values/index.ts'
import type { Invocation } from '../../command.ts'
import { adminSocket, askService, isSilence, loginField, silenceText } from '../../service.ts'
import { EXIT } from '../../synopsis.ts'

/** Prints the address. The token stands behind its #: no browser sends that to anybody. */
export async function printPage(invocation: Invocation): Promise<number> {
  const { settings, terminal } = invocation
  const socket = adminSocket(settings.runDir)
  try {
    const address = await askService(socket, invocation, async (client) => {
      const { token } = await client.ask('TOKEN', { page: true, ...loginField() })
      const { http_process: process } = await client.status()
      return `http://${hostOf(process?.listening[0] ?? '')}/#${hex(token)}`
    })
    terminal.print(settings.json ? `${JSON.stringify({ address }, null, 2)}\n` : `${address}\n`)
    return EXIT.DONE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    terminal.complain(
      isSilence(error) ? silenceText(socket, error) : `kickback: ${placeName(socket)}: ${error.message}\n`,
    )
    return EXIT.FAILED
  }
}

/** A place as an address names it: where it is all addresses, that of this machine itself. */
function hostOf(place: string): string {
  const endpoint = parseEndpoint(place)
  if (endpoint === undefined || !isUnspecified(endpoint.address)) return place
  return `localhost:${endpoint.port}`
}
