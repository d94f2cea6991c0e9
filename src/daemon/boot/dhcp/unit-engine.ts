/** dnsmasq as the unit kickback-dhcp.service, which alone has the rights of a DHCP server. */
import { monotonicMicroseconds, wallClock } from '../../../values/index.ts'
import { Starter } from '../../supervision/starter.ts'
import type { Engine, EngineState } from './engine.ts'

/** The unit. */
export const DHCP_UNIT = 'kickback-dhcp.service'
/** How long systemctl may take, in milliseconds. */
const PATIENCE = 20_000
const PROPERTIES = [
  ...['LoadState', 'ActiveState', 'SubState', 'MainPID', 'NRestarts', 'Result', 'ReloadResult'],
  ...['ActiveEnterTimestampMonotonic', 'ActiveExitTimestampMonotonic'],
]

/** What systemctl says. */
type Systemctl = (words: readonly string[]) => Promise<string>

/** dnsmasq as a unit. */
export class UnitEngine implements Engine {
  readonly #systemctl: Systemctl
  readonly #starter = new Starter()
  #state: EngineState = {
    by: 'unit',
    pid: undefined,
    since: undefined,
    restarts: 0,
    reason: undefined,
    ended: undefined,
  }

  /** Tests have another systemctl(1). */
  constructor(systemctl?: Systemctl) {
    this.#systemctl = systemctl ?? systemctlBy(this.#starter)
  }

  get state(): EngineState {
    return this.#state
  }

  /** Whether there is such a unit. */
  async isThere(): Promise<boolean> {
    const shown = await this.#shown()
    return shown?.LoadState === 'loaded'
  }

  async restart(): Promise<void> {
    await this.#systemctl(['restart', '--no-block', DHCP_UNIT])
  }

  /** Not waited for: the unit comes after kickback.service, which may be starting or reloading. Whether it failed is seen by the next looks. */
  async hangup(): Promise<void> {
    await this.#systemctl(['reload', '--no-block', DHCP_UNIT])
  }

  /** The unit ends with kickback.service, by its own PartOf=. */
  async close(): Promise<void> {
    this.#starter.close()
  }

  async look(): Promise<void> {
    const shown = await this.#shown()
    if (shown !== undefined) this.#state = stateOf(shown, this.#state.ended)
  }

  /** What systemd says of it; undefined where it does not say anything. */
  async #shown(): Promise<Readonly<Record<string, string>> | undefined> {
    try {
      const text = await this.#systemctl(['show', DHCP_UNIT, `--property=${PROPERTIES.join(',')}`])
      return Object.fromEntries(text.split('\n').map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')]))
    } catch {
      return undefined
    }
  }
}

/** `before`: why it ended before. */
function stateOf(shown: Readonly<Record<string, string>>, before: EngineState['ended']): EngineState {
  const { ActiveState = 'unknown to systemd', SubState, MainPID, NRestarts, Result = 'success' } = shown
  const { ReloadResult: reloaded = 'success' } = shown
  const pid = Number(MainPID ?? 0)
  // It is being started; between two starts it is activating too.
  const isUp =
    ['active', 'reloading'].includes(ActiveState) || (ActiveState === 'activating' && SubState !== 'auto-restart')
  const why = Result === 'success' ? '' : ` (${Result})`
  const reason = isUp ? undefined : `${DHCP_UNIT} is ${ActiveState}${why}: see journalctl -u ${DHCP_UNIT}`
  const { ActiveEnterTimestampMonotonic: began, ActiveExitTimestampMonotonic: ended } = shown
  return {
    ...{ by: 'unit', pid: pid > 0 ? pid : undefined, restarts: Number(NRestarts ?? 0), reason },
    since: secondsOf(isUp ? began : ended),
    unread:
      reloaded === 'success'
        ? undefined
        : `the reload of ${DHCP_UNIT} failed (${reloaded}): see journalctl -u ${DHCP_UNIT}`,
    ended: reason === undefined ? before : { text: reason, time: Math.floor(wallClock() / 1000) },
  }
}

/** A time of CLOCK_MONOTONIC in microseconds, in seconds since 1970; undefined for the 0 of what never was. */
function secondsOf(microseconds: string | undefined): number | undefined {
  const time = Number(microseconds ?? 0)
  if (!(time > 0)) return undefined
  return Math.floor((wallClock() - (Number(monotonicMicroseconds()) - time) / 1000) / 1000)
}

/** By a shell that waits, since systemd is asked every few seconds. */
function systemctlBy(starter: Starter): Systemctl {
  return async (words) => {
    const { reason, said } = await starter.run(['systemctl', ...words], PATIENCE)
    if (reason !== undefined) throw new Error(`systemctl ${words[0]}: ${reason}`)
    return said
  }
}
