/** What virtual machines need of the machine that runs the tests. */
import { spawnSync } from 'node:child_process'
import { noWayToMake } from '../packages/made.ts'

/** The programs, each with the Debian package that has it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  setfiles: 'policycoreutils',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  tar: 'tar',
}

/** Why there can be no virtual machine here, for `skip` of a test; false where there can. */
export function virtualMachinesLacking(): string | false {
  if (process.geteuid?.() !== 0) return 'the disk of a virtual machine is made by root'
  const lacking = Object.entries(PROGRAMS).filter(([program]) => spawnSync('which', [program]).status !== 0)
  if (lacking.length > 0) return `install ${[...new Set(lacking.map(([, name]) => name))].join(' ')}`
  return noWayToMake('deb')
}
