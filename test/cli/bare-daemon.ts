/** A daemon that is nothing but what a test says, run as a command runs its own. */
import { runDaemon } from '../../src/cli/daemon.ts'
import { resolveSettings } from '../../src/cli/settings/given.ts'

/** Runs it with settings that say nothing, and these deadlines; resolves with the exit code. */
export function runBare(
  start: Parameters<typeof runDaemon>[1],
  deadlines: Parameters<typeof runDaemon>[2],
): Promise<number> {
  const terminal = { print() {}, complain() {} }
  const settings = resolveSettings([])
  return runDaemon(
    { settings, args: [], diagnostics: [], locations: new Map(), version: '0', terminal },
    start,
    deadlines,
  )
}
