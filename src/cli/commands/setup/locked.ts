/** The lock of the set-up around a command, which ^C does not cut in two; and what is said to who waits for the lock. */
import { lockSetup, type Machine, NSSWITCH_FILE } from '../../../setup/index.ts'
import { handlers } from '../../../values/index.ts'
import type { Invocation } from '../../command.ts'

/** What a person, a terminal that goes, or a manager of jobs sends to end a command. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Changes a machine while no other command does; a dry run changes nothing, and waits for nobody. `file` is the file of sources that is
 * edited. A signal that ends the command waits until its steps are done, or one of them has failed. Throws LockError, and what `change`
 * throws.
 */
export async function locked<T>(
  { settings, terminal }: Invocation,
  machine: Machine,
  change: () => Promise<T>,
  file = NSSWITCH_FILE,
): Promise<T> {
  if (settings.plan) return change()
  const release = lockSetup({ machine, file, waiting: (sentence) => terminal.complain(`kickback: ${sentence}\n`) })
  const restore = endingOnlyBetween(release)
  try {
    return await change()
  } finally {
    restore()
    release()
  }
}

/**
 * Has signals end the process only where it waits for a promise: steps are run without one. The lock is given back, and the process ends
 * by the signal. Gives what undoes that.
 */
function endingOnlyBetween(release: () => void): () => void {
  const end = (signal: NodeJS.Signals): void => {
    release()
    restore()
    process.kill(process.pid, signal)
  }
  const guarded = handlers.guard('signal to end', end, () => process.exit(1))
  const restore = (): void => {
    for (const signal of ENDING) process.removeListener(signal, guarded)
  }
  for (const signal of ENDING) process.on(signal, guarded)
  return restore
}
