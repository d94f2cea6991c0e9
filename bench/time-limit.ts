/** The time limit of a measuring program, and its end by a signal. Its handlers of `exit` end the processes that it started. */

const MINUTE = 60_000

/** From now on a signal ends this process with exit code 1. So do these minutes, with a message: the program then takes longer than it ever should. */
export function bounded(minutes: number): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))
  const late = (): never => {
    console.error(`${process.argv[1]}: not done after ${minutes} minutes; given up`)
    process.exit(1)
  }
  setTimeout(late, minutes * MINUTE).unref()
}
