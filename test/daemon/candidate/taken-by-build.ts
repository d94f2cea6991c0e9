// Builds so many users on a thread, as a process of its own, and prints how much memory that took at the most beyond what the process had, in MiB.
import { readFileSync } from 'node:fs'
import { buildOnThread } from '../../../src/daemon/candidate/build-thread.ts'
import { NO_SNAPSHOTS } from '../../../src/daemon/candidate/candidate.ts'
import { RULES, sourcesOf } from '../sources.ts'

/** A value of proc_pid_status(5). */
function memory(name: string): number {
  const [, kibibytes] =
    new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  return Number(kibibytes) / 1024
}

const sources = sourcesOf(Number(process.argv[2]))
const before = memory('VmRSS')
const { built } = await buildOnThread({ sources, rules: RULES, before: NO_SNAPSHOTS, today: 20_000 })
if (built === undefined) throw new Error('nothing was built')
process.stdout.write(`${memory('VmHWM') - before}\n`)
