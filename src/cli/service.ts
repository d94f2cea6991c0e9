import { join } from 'node:path'
import { KickbackClient, monotonic, type Place, placeName, type ServiceError } from '../kickback/index.ts'
import type { Invocation } from './command.ts'

/** How long a service has to answer, in milliseconds. */
const PATIENCE = 5000

/** The public socket of a run dir. */
export function publicSocket(runDir: string): Place {
  return { path: join(runDir, 'socket') }
}

/** The private socket of a run dir: shadow, reload, lists of nodes. */
export function privateSocket(runDir: string): Place {
  return { path: join(runDir, 'private', 'socket') }
}

/** Asks a service over one connection, which ends with the answer. Throws ServiceError. */
export async function askService<T>(
  place: Place,
  { version }: Pick<Invocation, 'version'>,
  ask: (client: KickbackClient) => Promise<T>,
): Promise<T> {
  const software = `kickback ${version}`
  const client = await KickbackClient.connect(place, { clock: monotonic, software, timeout: PATIENCE })
  try {
    return await ask(client)
  } finally {
    client.close()
  }
}

/** Whether no service answered, rather than one that said no. */
export function isSilence({ code }: ServiceError): boolean {
  return code === 'unreachable' || code === 'timeout' || code === 'closed' || code === 'protocol'
}

/** The line that says that nobody answers. */
export function silenceText(place: Place, error: ServiceError): string {
  return `kickback: no service answers at ${placeName(place)}: ${error.message}\n`
}
