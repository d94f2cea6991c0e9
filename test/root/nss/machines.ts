/** Machines of their own with the module installed and snapshots at the places where daemons leave them. */
import { join } from 'node:path'
import type { Test } from 'tap'
import { DATABASE_NAMES } from '../../../src/resolver/index.ts'
import { contents, shadowContents, user } from '../../nss/contents.ts'
import { RunDir } from '../../nss/rundir.ts'
import { installModule, type Machine, machine } from '../machine.ts'

/** A machine with the module and a nsswitch.conf that asks `files kickback` for everything, hosts `files kickback dns`. */
export async function guestMachine(t: Test): Promise<Machine> {
  const guest = await machine(t, 'guest')
  installModule(guest)
  const lines = DATABASE_NAMES.map((name) => `${name}: files kickback${name === 'hosts' ? ' dns' : ''}`)
  guest.must(`printf '%s\\n' '${lines.join("' '")}' > /etc/nsswitch.conf`)
  return guest
}

/** A folder of snapshots in which `name` is user 1000; `granted`: shadow was granted to its machine. */
export function snapshotsOf(t: Test, name: string, granted = false): RunDir {
  const run = new RunDir()
  t.teardown(() => run.remove())
  run.publish(contents({ passwd: [user(name, 1000)] }), granted)
  run.publishShadow(shadowContents())
  return run
}

/** Puts the snapshots of a folder at a place of a machine, as root's. */
export function place(guest: Machine, run: RunDir, path: string, group = 'shadow'): void {
  guest.must(
    `mkdir -p '${path}' && chmod 755 '${path}' && install -m 644 '${join(run.path, 'snapshot.1')}' '${path}/snapshot.1'`,
  )
  guest.must(`install -d -m 750 -g ${group} '${path}/private'`)
  guest.must(`install -m 640 -g ${group} '${join(run.path, 'private/shadow.1')}' '${path}/private/shadow.1'`)
}

/** The name that a machine's C library gives uid 1000, asked through a command before getent; empty: none. */
export function whoIs1000(guest: Machine, ...before: readonly string[]): string {
  return guest.run('sh', '-c', `${before.join(' ')} getent passwd 1000`).stdout.split(':')[0] ?? ''
}
