/** Trees of Debian releases that machines boot from, made once by mmdebstrap and kept under a key of all that they are made from. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** The releases that machines can have. */
export const RELEASES = ['bullseye', 'bookworm', 'trixie'] as const

/** One of them. */
export type Release = (typeof RELEASES)[number]

/** Where trees are kept; another place: KICKBACK_MACHINES. */
const CACHE = process.env.KICKBACK_MACHINES ?? '/var/cache/kickback-machines'

/** What a machine of a cluster has, beside what every Debian has. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'iproute2', 'iputils-ping', 'netbase', 'procps', 'libpam-systemd'],
  ...['openssh-server', 'openssh-client', 'cron', 'sudo'],
]

/** Units that have nothing to do on a machine of a test. */
const MASKED = [
  ...['apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'e2scrub_all.timer', 'fstrim.timer'],
  ...['e2scrub_reap.service', 'console-getty.service', 'systemd-networkd-wait-online.service'],
]

/**
 * The last steps, in the tree $1. The journal is on disk, so that it outlives a boot. A machine's own name and ID are not in the tree.
 */
const FINISH = `
set -eu
chroot "$1" systemctl enable systemd-networkd ssh cron
chroot "$1" systemctl mask ${MASKED.join(' ')}
mkdir -p "$1/var/log/journal"
rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/locale
rm -f "$1/etc/hostname" "$1/etc/machine-id" "$1/var/lib/dbus/machine-id"
`

/** Why a tree can't be had. */
export class TreeError extends Error {
  override readonly name = 'TreeError'
}

/**
 * The folder of a release's tree, which nobody may write to, with more packages where they are named: made if it is not there. Throws
 * TreeError where the mirror does not have it.
 */
export function debianTree(release: Release, more: readonly string[] = []): string {
  const packages = [...PACKAGES, ...more]
  const made = JSON.stringify([release, packages, FINISH])
  const key = createHash('sha256').update(made).digest('hex').slice(0, 12)
  const name = [release, ...more.slice(0, 1)].join('-with-')
  const tree = join(CACHE, `${name}-${key}`)
  if (!existsSync(tree)) make(release, packages, name, tree)
  return tree
}

/** Whole or not at all. Trees of the same name that were made from something else go. */
function make(release: Release, packages: readonly string[], name: string, tree: string): void {
  mkdirSync(CACHE, { recursive: true })
  for (const other of readdirSync(CACHE)) {
    if (/^[0-9a-f]{12}(\.new)?$/.test(other.slice(name.length + 1)) && other.startsWith(`${name}-`))
      rmSync(join(CACHE, other), { recursive: true, force: true })
  }
  const growing = `${tree}.new`
  bootstrap(release, growing, packages, FINISH)
  renameSync(growing, tree)
}

/**
 * Makes the tree of a release by mmdebstrap, with these packages beside the least Debian; then runs a script with the tree as $1. Throws
 * TreeError; then there is no tree.
 */
export function bootstrap(release: Release, tree: string, packages: readonly string[], finish: string): void {
  const words = [
    ...[
      '--variant=minbase',
      '--mode=root',
      '--aptopt=Acquire::Languages "none"',
      '--aptopt=APT::Install-Recommends "false"',
    ],
    ...[`--include=${packages.join(',')}`, `--customize-hook=${finish}`],
    ...[release, tree, mirror()],
  ]
  const { status, stderr } = spawnSync('mmdebstrap', words, { encoding: 'utf8', timeout: 900_000, maxBuffer: 1 << 26 })
  if (status === 0) return
  rmSync(tree, { recursive: true, force: true })
  throw new TreeError(`no tree of ${release}: ${stderr.trim().split('\n').slice(-3).join('; ')}`)
}

/** The mirror of Debian that this machine's apt uses. */
function mirror(): string {
  const words = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Origin: Debian']
  const { stdout } = spawnSync('apt-get', words, { encoding: 'utf8' })
  return stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri)) ?? 'http://deb.debian.org/debian'
}
