/** The load program that the makers of name servers use, where it is installed (Debian: dnsperf). */
import { execFileSync, spawnSync } from 'node:child_process'

/** Whether dnsperf is installed. */
export function hasDnsperf(): boolean {
  return spawnSync('dnsperf', ['-h'], { stdio: 'ignore' }).error === undefined
}

/** The command that asks the questions of a file again and again: 200 under way, from 10 sockets, one thread. */
export function dnsperfCommand(port: number, questions: string, seconds: number): readonly string[] {
  const load = ['-c', '10', '-T', '1', '-q', '200', '-t', '1']
  return ['dnsperf', '-s', '127.0.0.1', '-p', String(port), '-d', questions, '-l', String(seconds), ...load]
}

/** Runs such a command: the questions a second that were answered. */
export function dnsperfRate([program = '', ...args]: readonly string[]): number {
  const said = execFileSync(program, args, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'] })
  return Number(/Queries per second:\s+([\d.]+)/.exec(said)?.[1])
}
