/** dnsmasq as the unit kickback-dhcp.service, which alone has the rights of a DHCP server. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Engine, EngineState } from './engine.ts'

/** The unit. */
export const DHCP_UNIT = 'kickback-dhcp.service'
/** How long systemctl may take, in milliseconds. */
const PATIENCE = 20_000
const PROPERTIES = ['LoadState', 'ActiveState', 'MainPID', 'NRestarts', 'Result']

/** What systemctl says. */
type Systemctl = (words: readonly string[]) => Promise<string>

/** dnsmasq as a unit. */
export class UnitEngine implements Engine {
  readonly #systemctl: Systemctl
  #state: EngineState = { pid: undefined, restarts: 0, reason: undefined }

  /** Tests have another systemctl(1). */
  constructor(systemctl: Systemctl = systemctlOf) {
    this.#systemctl = systemctl
  }

  get state(): EngineState {
    return this.#state
  }

  /** Whether there is such a unit. */
  async isThere(): Promise<boolean> {
    const { LoadState } = await this.#shown()
    return LoadState === 'loaded'
  }

  async restart(): Promise<void> {
    await this.#systemctl(['restart', '--no-block', DHCP_UNIT])
  }

  async hangup(): Promise<void> {
    await this.#systemctl(['reload', '--no-block', DHCP_UNIT])
  }

  /** The unit ends with kickback.service, by its own PartOf=. */
  async close(): Promise<void> {}

  async look(): Promise<void> {
    this.#state = stateOf(await this.#shown())
  }

  async #shown(): Promise<Readonly<Record<string, string>>> {
    try {
      const text = await this.#systemctl(['show', DHCP_UNIT, `--property=${PROPERTIES.join(',')}`])
      return Object.fromEntries(text.split('\n').map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')]))
    } catch {
      return {}
    }
  }
}

function stateOf({ ActiveState, MainPID, NRestarts, Result }: Readonly<Record<string, string>>): EngineState {
  const pid = Number(MainPID ?? 0)
  const isUp = ActiveState === 'active' || ActiveState === 'reloading'
  const why = Result === undefined || Result === 'success' ? '' : ` (${Result})`
  const reason = isUp
    ? undefined
    : `${DHCP_UNIT} is ${ActiveState ?? 'unknown to systemd'}${why}: see journalctl -u ${DHCP_UNIT}`
  return { pid: pid > 0 ? pid : undefined, restarts: Number(NRestarts ?? 0), reason }
}

async function systemctlOf(words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('systemctl', words, { timeout: PATIENCE, killSignal: 'SIGKILL' })
  return stdout
}
