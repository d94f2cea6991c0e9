/**
 * Resolves with the signal that asks the daemon to end. SIGHUP calls `hangup` and ends nothing. A second signal to end does
 * so at once.
 */
export function untilEnded(hangup: () => void): Promise<NodeJS.Signals> {
  process.on('SIGHUP', hangup)
  return new Promise((resolve) => {
    let ending = false
    const end = (signal: NodeJS.Signals): void => {
      if (ending) process.exit(1)
      ending = true
      resolve(signal)
    }
    process.on('SIGTERM', end)
    process.on('SIGINT', end)
  })
}
