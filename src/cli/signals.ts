/** The signals of a daemon: SIGTERM and SIGINT end it, SIGHUP reloads. */
import { type Clock, handlers } from '../values/index.ts'

/** Until when further signals to end belong to the first: a terminal and a parent often send one each. In milliseconds. */
const TOGETHER = 2000

/**
 * Resolves with the signal that asks the daemon to end. SIGHUP calls `hangup` and ends nothing. Who asks again after a
 * while ends the process at once.
 */
export function untilEnded(hangup: () => void, clock: Clock): Promise<NodeJS.Signals> {
  process.on('SIGHUP', handlers.guard('SIGHUP', hangup))
  return new Promise((resolve) => {
    let first: number | undefined
    const end = (signal: NodeJS.Signals): void => {
      const now = clock.now()
      if (first !== undefined && now - first > TOGETHER) process.exit(1)
      first ??= now
      resolve(signal)
    }
    const asked = handlers.guard('signal to end', end, () => process.exit(1))
    process.on('SIGTERM', asked)
    process.on('SIGINT', asked)
  })
}

/** Has the signals of daemons do nothing in a process that its daemon ends: a terminal and a unit send them to all processes. */
export function ignoreSignals(): void {
  const ignored = handlers.guard('SIGHUP', () => {})
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, ignored)
}
