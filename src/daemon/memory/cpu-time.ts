/** The CPU time of this process: by what it used since its last look a daemon tells whether it has worked. */

/** The CPU time that this process has used, in milliseconds. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
