/** The ssh host keys of this node: read where sshd has them, and told to the master that is followed, over TLS, when they are others than before. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClientTls, KickbackClient, ServiceError } from '../../kickback/index.ts'
import { HOST_KEYS_MAX, type HostKey, hostKeyInText } from '../../resolver/index.ts'
import { type Clock, type HostPort, handlers, type Log, messageOf, systemErrorCode } from '../../values/index.ts'
import type { NodeCertificate } from './node-certificate.ts'

/** What they are told with. */
interface HostKeyTellerParts {
  /** Where sshd has its keys. */
  readonly folder: string
  /** The certificate of this node, and whether it is good now. */
  readonly certificate: () => { readonly isValid: boolean; readonly mark: string; readonly tls: ClientTls } | undefined
  /** Where a master speaks TLS that lives; undefined if there is none. */
  readonly place: () => HostPort | undefined
  readonly software: string
  readonly clock: Clock
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Files of public host keys, as ssh-keygen -A names them; and the largest that is read, in bytes. */
const FILE = /^ssh_host_[a-z0-9_]{1,40}_key\.pub$/
const FILE_MAX = 16_384
/** How long a master may take to answer. */
const TIMEOUT = 10_000
/** After how long is told again: after a failure, to a master that does not know the operation or has no place for it, and what was told, in milliseconds. */
const WAITS = { failed: 60_000, refused: 3_600_000, told: 86_400_000 } as const

/** Tells them, until it is closed. */
export class HostKeyTeller {
  readonly #parts: HostKeyTellerParts
  readonly #closing = new AbortController()
  /** What was told last, and to whom. */
  #told = ''
  /** When that, or what failed, is told again, on the clock. */
  #due = Number.NEGATIVE_INFINITY
  #reason: string | undefined
  #running: Promise<void> | undefined

  constructor(parts: HostKeyTellerParts) {
    this.#parts = parts
  }

  /** Looks whether there is something to tell, when the process is awake anyway. */
  look(): void {
    if (this.#running !== undefined || this.#closing.signal.aborted) return
    handlers.float('host keys told', () => {
      this.#running = this.#tell().finally(() => {
        this.#running = undefined
      })
      return this.#running
    })
  }

  /** Resolves when nothing is being told. */
  get done(): Promise<void> {
    return this.#running ?? Promise.resolve()
  }

  /** Tells no more. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #tell(): Promise<void> {
    const { clock, random, log } = this.#parts
    const [certificate, place] = [this.#parts.certificate(), this.#parts.place()]
    if (certificate?.isValid !== true || place === undefined) return
    const keys = await hostKeysOf(this.#parts.folder)
    const now = JSON.stringify([place, certificate.mark, keys])
    if (now === this.#told && clock.now() < this.#due) return
    const before = this.#told
    this.#told = now
    const again = (wait: number): void => {
      this.#due = clock.now() + wait * (0.5 + random())
    }
    try {
      const waiting = await this.#ask(place, certificate.tls, keys)
      again(WAITS.told)
      this.#reason = undefined
      const fields = { keys: keys.length, waiting, master: place.host }
      if (waiting > 0) log.warn(fields, WAITING)
      else if (now !== before) log.info(fields, 'told the ssh host keys of this node')
    } catch (error) {
      if (this.#closing.signal.aborted) return
      const isRefused = error instanceof ServiceError && error.code !== 'busy' && error.code !== 'unreachable'
      again(isRefused ? WAITS.refused : WAITS.failed)
      const reason = messageOf(error)
      if (reason !== this.#reason) log.warn({ reason }, 'the ssh host keys of this node could not be told')
      this.#reason = reason
    }
  }

  async #ask(place: HostPort, tls: ClientTls, keys: readonly HostKey[]): Promise<number> {
    const { clock, software } = this.#parts
    const { signal } = this.#closing
    const client = await KickbackClient.connect(place, { clock, software, timeout: TIMEOUT, signal, tls })
    try {
      const blobs = keys.map(({ base64 }) => Buffer.from(base64, 'base64'))
      return (await client.ask('HOST_KEYS', { keys: blobs })).waiting
    } finally {
      client.close()
    }
  }
}

/** The teller of a node with a certificate, which also looks whenever there is another one; undefined where there is no folder. */
export function hostKeyTeller({
  hostKeys: folder = null,
  certificate,
  ...parts
}: Omit<HostKeyTellerParts, 'folder' | 'certificate'> & {
  readonly hostKeys?: string | null
  readonly certificate: NodeCertificate
}): HostKeyTeller | undefined {
  if (folder === null) return undefined
  const teller = new HostKeyTeller({ ...parts, folder, certificate: () => certificate })
  certificate.onChanged(() => teller.look())
  return teller
}

/** The public host keys in a folder, HOST_KEYS_MAX at most; files that have none of a type that is known count for nothing. */
export async function hostKeysOf(folder: string): Promise<readonly HostKey[]> {
  const names = (await ifThere(readdir(folder))) ?? []
  const keys: HostKey[] = []
  for (const name of names.filter((one) => FILE.test(one)).sort()) {
    const path = join(folder, name)
    const facts = await ifThere(stat(path))
    if (facts === undefined || !facts.isFile() || facts.size > FILE_MAX) continue
    const key = hostKeyInText((await ifThere(readFile(path, 'latin1'))) ?? '')
    if (key !== undefined && !keys.some(({ base64 }) => base64 === key.base64)) keys.push(key)
  }
  return keys.slice(0, HOST_KEYS_MAX)
}

/** What is gone or may not be read is not there. */
async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
    return undefined
  }
}

const WAITING =
  'ssh host keys of this node wait for an approval on the master: kickback keys hosts shows them there, kickback keys approve-host lets them in'
