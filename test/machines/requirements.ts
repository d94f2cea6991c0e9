/** What real machines need of the machine that runs the tests. */
import { spawnSync } from 'node:child_process'

/** The programs, each with the Debian package that has it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  nft: 'nftables',
  unshare: 'util-linux',
  nsenter: 'util-linux',
}

/** The kernel's part: a mount namespace with a cgroup tree, an overlay and a bridge of its own. */
const TRIAL = `
set -e
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs none /mnt
mkdir /mnt/lower /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
ip link add trial type bridge
`

/** Why there can be no machines here, for `skip` of a test; false where there can. */
export function machinesLacking(): string | false {
  if (process.geteuid?.() !== 0) return 'real machines need root'
  const lacking = Object.entries(PROGRAMS).filter(([program]) => spawnSync('which', [program]).status !== 0)
  if (lacking.length > 0) return `install ${[...new Set(lacking.map(([, name]) => name))].join(' ')}`
  const tried = spawnSync('unshare', ['-m', '-n', '--propagation', 'private', 'sh', '-c', TRIAL], { encoding: 'utf8' })
  return tried.status === 0 ? false : `this kernel or container allows no machines: ${tried.stderr.trim()}`
}
