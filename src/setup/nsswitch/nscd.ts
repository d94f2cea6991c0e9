/** nscd(8), the cache of the C library: whether it runs, and what has it answer by a new nsswitch.conf. */
import type { Machine } from '../machine.ts'

/** Where it listens, if it runs. */
const SOCKETS = ['/run/nscd/socket', '/var/run/nscd/socket'] as const
/** What of ours it keeps (nscd.conf(5)). */
const DATABASES = ['passwd', 'group', 'hosts', 'netgroup'] as const
/** Its script on a machine without systemd. */
const SCRIPT = '/etc/init.d/nscd'

/** Whether nscd runs on this machine. */
export function hasNscd(machine: Machine): boolean {
  return machine.isThis && SOCKETS.some((path) => machine.has(path))
}

/**
 * Has nscd read nsswitch.conf, and forget what it answered before. Before glibc 2.33 it reads that file only when it starts; and its
 * answers, negative ones too, are in files that outlive a start.
 */
export function refreshNscd(machine: Machine): void {
  if (!hasNscd(machine)) return
  if (machine.isBooted) machine.run('systemctl', ['try-restart', 'nscd.service'])
  else if (machine.has(SCRIPT)) machine.run(SCRIPT, ['restart'])
  for (const database of DATABASES) machine.run('nscd', ['-i', database])
}
