/** Which services have the accounts of this machine: those of a setting, or those of nsswitch.conf(5) as it was last read well. */
import type { Log } from '../../values/index.ts'
import type { Source, SourceContent } from '../sources/source.ts'
import { type AccountDatabase, badLine, type Service, servicesOf } from './services.ts'

/** What it is made of. */
interface ServiceSwitchOptions {
  /** The services that a setting names; where there are any, the file is not read. */
  readonly chosen: readonly string[]
  /** nsswitch.conf. */
  readonly file: Source
  readonly log: Pick<Log, 'warn' | 'info'>
}

/** Nobody can tell which services there are. The message says why. */
class ServiceSwitchError extends Error {
  override readonly name = 'ServiceSwitchError'
}

/**
 * The services. A file that cannot be read, is not understood, or is gone, says nothing new: all accounts of the services that it named
 * before would be lost. A machine that never had the file asks the usual services, as the C library does.
 */
export class ServiceSwitch {
  readonly #options: ServiceSwitchOptions
  readonly #followers: (() => void)[] = []
  /** The last text that was read and understood. */
  #good: string | undefined
  #isFailing = false

  constructor(options: ServiceSwitchOptions) {
    this.#options = options
  }

  /** The services of a database, in order. Rejects with ServiceSwitchError where the file is bad and never was good. */
  async servicesOf(database: AccountDatabase): Promise<readonly Service[]> {
    const { chosen, file } = this.#options
    if (chosen.length > 0) return servicesOf(database, '', chosen)
    const content = file.believed ?? (await file.read())
    const text = Buffer.from(content.bytes).toString('latin1')
    const reason = badness(content, text)
    if (reason === undefined) this.#good = text
    this.#tell(this.#good === undefined ? undefined : reason)
    if (this.#good === undefined && content.state !== 'absent')
      throw new ServiceSwitchError(`${file.origin} names the services of accounts, and cannot be used: ${reason}`)
    return servicesOf(database, this.#good ?? '', chosen)
  }

  /** Reads the file again: a reload was requested. */
  async read(): Promise<void> {
    if (this.#options.chosen.length === 0) await this.#options.file.read()
  }

  /** Calls `changed` when the file has something new, from now on. It was read before. */
  follow(changed: () => void): void {
    if (this.#options.chosen.length > 0) return
    this.#followers.push(changed)
    if (this.#followers.length > 1) return
    this.#options.file.follow({ changed: () => this.#changed(), restless: () => {} })
  }

  /** Ends the watch. */
  close(): void {
    this.#options.file.close()
  }

  #changed(): void {
    for (const follower of this.#followers) follower()
  }

  #tell(reason: string | undefined): void {
    const { log, file } = this.#options
    const isFailing = reason !== undefined
    if (isFailing && !this.#isFailing)
      log.warn({ file: file.origin, reason }, 'cannot use the file; the services that it named last stay in use')
    if (!isFailing && this.#isFailing) log.info({ file: file.origin }, 'the file names the services of accounts again')
    this.#isFailing = isFailing
  }
}

/** Why a text names no services; undefined if it does. */
function badness({ state, reason }: SourceContent, text: string): string | undefined {
  if (state !== 'read') return reason
  const line = badLine(text)
  return line === undefined ? undefined : `the C library does not understand the line '${line.trim()}'`
}
