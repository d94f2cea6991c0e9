/** The end of a measuring program: by a signal, or when it takes longer than it ever should. Its handlers of `exit` end what it started. */

const MINUTE = 60_000

/** Ends this process with exit code 1 by a signal, and after so many minutes, which it says. */
export function bounded(minutes: number): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))
  const late = (): never => {
    console.error(`${process.argv[1]}: not done after ${minutes} minutes; given up`)
    process.exit(1)
  }
  setTimeout(late, minutes * MINUTE).unref()
}
