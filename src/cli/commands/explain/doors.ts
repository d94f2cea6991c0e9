/** The doors of this machine: what its module, socket and DNS answer to a key, and what its programs get in the end. */
import { Resolver } from 'node:dns/promises'
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ServiceError } from '../../../kickback/index.ts'
import { DATABASES, type DatabaseName, displayed } from '../../../resolver/index.ts'
import {
  Machine,
  NSSWITCH_FILE,
  type SearchReport,
  type SystemAnswer,
  searchOf,
  systemAnswer,
} from '../../../setup/index.ts'
import {
  endpointAt,
  formatEndpoint,
  isUnspecified,
  LOOPBACK,
  messageOf,
  parseEndpoint,
  systemErrorCode,
} from '../../../values/index.ts'
import type { Invocation } from '../../command.ts'
import { askService, isKeptOut, isSilence, lookupKey, privateSocket, publicSocket } from '../../service.ts'
import { type CopyReport, copyHere, moduleFolders } from '../state/copy.ts'

/** What a door says to the key: it has the entry, or not; it may not be asked, it is silent, or there is none. */
type DoorState = 'answers' | 'no-entry' | 'denied' | 'silent' | 'off'

/** A door of this machine. */
export interface DoorReport {
  readonly state: DoorState
  /** Why it is silent, or what else is to be known. */
  readonly reason?: string
}

/** What this machine has between a program and an answer. */
export interface MachineReport {
  /** The snapshot that the module answers from; undefined if there is none that it would look at. */
  readonly module: (CopyReport & { readonly fault?: string }) | undefined
  readonly socket: DoorReport
  /** Of hosts alone. */
  readonly dns?: DoorReport
  /** What programs get; undefined where they were not asked. */
  readonly programs: SystemAnswer | undefined
  readonly search: SearchReport
}

/** The question, as it was typed. */
export interface TypedKey {
  readonly database: DatabaseName
  /** A byte string. */
  readonly typed: string
}

/** How long a DNS server of this machine has to answer, in milliseconds. */
const PATIENCE = 2000

/** What is known of the machine before its doors are asked. */
interface KnownMachine {
  readonly role: 'master' | 'node'
  /** Where its daemon answers DNS; none where there is no daemon. */
  readonly dns: readonly string[]
  /** The domain of the cluster; empty if there is none. */
  readonly domain: string
}

/** Asks at all doors. Takes some seconds at most, where a source of the system hangs. */
export async function doorsHere(
  invocation: Invocation,
  key: TypedKey,
  { role, dns, domain }: KnownMachine,
  machine = new Machine(''),
): Promise<MachineReport> {
  const copy = await copyHere(moduleFolders(invocation.settings.runDir))
  const fault = copy && mistrust(copy.file)
  const search = searchOf(machine, NSSWITCH_FILE, key, role)
  return {
    module: copy && { ...copy, ...(fault !== undefined && { fault }) },
    socket: await askSocket(invocation, key),
    ...(key.database === 'hosts' && { dns: await askDns(key, dns, domain) }),
    // Programs that do not ask kickback get what others say, who are not to be asked for nothing.
    programs: hasHash(key) || !search.asks ? undefined : systemAnswer(machine, key),
    search,
  }
}

/** A hash is not shown. */
function hasHash({ database }: TypedKey): boolean {
  return database === 'shadow'
}

/** Why the module does not look at a file (docs/module.md); undefined if it does. */
function mistrust(file: string): string | undefined {
  for (const path of [dirname(file), file]) {
    const { uid, mode } = statSync(path)
    if (uid !== 0 && uid !== process.geteuid?.()) return `${path} belongs to user ${uid}`
    if ((mode & 0o022) !== 0) return `other users can write ${path}`
  }
  return undefined
}

async function askSocket(invocation: Invocation, { database, typed }: TypedKey): Promise<DoorReport> {
  const { runDir } = invocation.settings
  const place = database === 'shadow' ? privateSocket(runDir) : publicSocket(runDir)
  const { getent, binaryKey } = DATABASES[database]
  try {
    const key = lookupKey(getent.key(typed), binaryKey === 'name')
    const record = await askService(place, invocation, (client) => client.lookup(database, key))
    return { state: record === undefined ? 'no-entry' : 'answers' }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.code === 'denied' || isKeptOut(error))
      return { state: 'denied', reason: database === 'shadow' ? 'only root and group shadow may ask' : error.message }
    return { state: 'silent', reason: isSilence(error) ? 'no service answers' : error.message }
  }
}

/** Asks the DNS server of this daemon, at an address of this machine. */
async function askDns({ typed }: TypedKey, places: readonly string[], domain: string): Promise<DoorReport> {
  const place = places.map((one) => parseEndpoint(one)).find((one) => one !== undefined)
  if (place === undefined) return { state: 'off' }
  const { address, port } = place
  const server = endpointAt(isUnspecified(address) ? LOOPBACK[address.family] : address, port)
  const resolver = new Resolver({ timeout: PATIENCE, tries: 1 })
  resolver.setServers([formatEndpoint(server)])
  const isAddress = 'address' in DATABASES.hosts.getent.key(typed)
  const name = displayed(typed)
  try {
    if (isAddress) await resolver.reverse(name)
    else await anyAddress(resolver, name.includes('.') || domain === '' ? name : `${name}.${domain}`)
    return { state: 'answers' }
  } catch (error) {
    return NO_ENTRY.has(systemErrorCode(error) ?? '')
      ? { state: 'no-entry' }
      : { state: 'silent', reason: messageOf(error) }
  }
}

/** What Node's resolver calls an absence, and a name that DNS cannot have. */
const NO_ENTRY: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

async function anyAddress(resolver: Resolver, name: string): Promise<void> {
  try {
    await resolver.resolve4(name)
  } catch {
    await resolver.resolve6(name)
  }
}
