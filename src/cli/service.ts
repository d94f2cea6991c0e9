/**
 * The running service as a command asks it: its sockets, a question with a time limit, and what is said where it is
 * silent.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import {
  filesIn,
  KickbackClient,
  type LookupKey,
  type Place,
  placeName,
  type ServiceError,
  TransportError,
} from '../kickback/index.ts'
import { type Key, layout, stateOf } from '../resolver/index.ts'
import { monotonic } from '../values/index.ts'
import type { Invocation } from './command.ts'

/** A process without a login, as a service has it (proc(5), /proc/pid/loginuid). */
const NO_LOGIN = 0xffffffff
/** How long a service has to answer, in milliseconds. */
const PATIENCE = 5000

/** The public socket of a run dir. */
export function publicSocket(runDir: string): Place {
  return { path: filesIn(runDir).socket }
}

/** The socket of a run dir for group shadow: shadow entries. */
export function privateSocket(runDir: string): Place {
  return { path: filesIn(runDir).privateSocket }
}

/** The socket of a run dir for root: reload, the list of nodes, the history, join tokens. */
export function adminSocket(runDir: string): Place {
  return { path: filesIn(runDir).adminSocket }
}

/** Whether the folder of a socket keeps us out: it is for others. */
export function isKeptOut({ cause }: ServiceError): boolean {
  return cause instanceof TransportError && cause.systemCode === 'EACCES'
}

/** The login uid of this process, for the audit log: who logged in, whatever sudo(8) made of it. Undefined if the kernel doesn't tell it, or nobody did. */
export function loginHere(): number | undefined {
  try {
    const login = Number(readFileSync('/proc/self/loginuid', 'utf8'))
    return Number.isSafeInteger(login) && login !== NO_LOGIN ? login : undefined
  } catch {
    return undefined
  }
}

/** The same as a field of a question; nothing where there is none. */
export function loginField(): { readonly login?: number } {
  const login = loginHere()
  return login === undefined ? {} : { login }
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

/** Whether no service answered; a refusal is an answer. */
export function isSilence({ code }: ServiceError): boolean {
  return code === 'unreachable' || code === 'timeout' || code === 'closed' || code === 'protocol'
}

/** The line for a service that does not answer. */
export function silenceText(place: Place, error: ServiceError): string {
  const isAdmin = 'path' in place && place.path.endsWith('/admin/socket')
  const denied = isKeptOut(error) ? `; only root${isAdmin ? '' : ' and group shadow'} may ask there` : ''
  const stopped = isStopped(error) ? '; start kickback serve on a master, kickback proxy on a node' : ''
  const what = isKeptOut(error) ? 'you may not ask the service at' : 'no service answers at'
  return `kickback: ${what} ${placeName(place)}: ${error.message}${denied}${stopped}\n`
}

/** Whether no daemon listens: there is no socket, or a daemon that has ended left it. */
function isStopped({ cause }: ServiceError): boolean {
  return cause instanceof TransportError && ['ENOENT', 'ECONNREFUSED'].includes(cause.systemCode ?? '')
}

/**
 * Whether the published file of a run dir says that shadow entries are there: readers then show `x` as pw_passwd. False
 * if there is no such file.
 */
export function isShadowGranted(runDir: string): boolean {
  const header = Buffer.alloc(layout.HEADER.size)
  try {
    const fd = openSync(filesIn(runDir).snapshot, 'r')
    readSync(fd, header, 0, header.length, 0)
    closeSync(fd)
  } catch {
    return false
  }
  return (stateOf(header) & layout.STATE_SHADOW_GRANTED) !== 0
}

/** A key as the protocol has it: names are bytes where those can be names, else text. */
export function lookupKey(key: Key, isBinary: boolean): LookupKey {
  if ('id' in key) return key.id
  if ('address' in key) return key.address
  if ('mac' in key) return key.mac
  const bytes = Buffer.from(key.name, 'latin1')
  return isBinary ? bytes : bytes.toString('utf8')
}
