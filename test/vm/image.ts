/** The disk that virtual machines boot from: a Debian with a kernel, SELinux and AppArmor, made once and kept under a key of all that it is made from. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap } from '../machines/tree.ts'

/** Where disks are kept; another place: KICKBACK_VM. */
const CACHE = process.env.KICKBACK_VM ?? '/var/cache/kickback-vm'
const RELEASE = 'bookworm'

/** What a machine of a cluster has, the security modules and their tools, and daemons that these confine. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'udev', 'kmod', 'iproute2', 'netbase', 'procps', 'libpam-systemd'],
  ...['linux-image-cloud-amd64', 'initramfs-tools', 'openssh-server', 'openssh-client', 'cron', 'sudo'],
  ...['selinux-policy-default', 'policycoreutils', 'selinux-utils', 'auditd'],
  ...['apparmor', 'apparmor-profiles', 'iputils-ping', 'chrony', 'nginx-light', 'libstdc++6', 'libgcc-s1'],
  ...['dnsmasq-base', 'ipxe', 'busybox'],
]

/** Units that have nothing to do on a machine of a test. */
const MASKED = [
  ...['apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'e2scrub_all.timer', 'fstrim.timer'],
  ...['e2scrub_reap.service', 'logrotate.timer', 'getty@tty1.service', 'serial-getty@ttyS0.service'],
  ...['systemd-networkd-wait-online.service', 'systemd-timesyncd.service'],
]

/** The policy of the probes: see there. */
const PROBE = join(import.meta.dirname, 'probe.cil')

/**
 * The last steps, in the tree $1. Daemons that a test starts do not start by themselves. 10.0.2.15 is the address that QEMU's own
 * network has for a guest. /etc/fstab is empty: the kernel mounts the root.
 */
const FINISH = `
set -eu
chroot "$1" systemctl enable systemd-networkd ssh cron auditd
chroot "$1" systemctl disable chrony nginx
chroot "$1" systemctl mask ${MASKED.join(' ')}
printf '[Match]\\nName=eth0\\n[Network]\\nAddress=10.0.2.15/24\\nAddress=10.9.8.1/24\\n' >"$1/etc/systemd/network/eth0.network"
printf 'MODULES=list\\n' >"$1/etc/initramfs-tools/conf.d/kickback"
printf 'virtio_pci\\nvirtio_blk\\next4\\n' >>"$1/etc/initramfs-tools/modules"
chroot "$1" update-initramfs -u
sed -i 's/^SELINUX=.*/SELINUX=enforcing/' "$1/etc/selinux/config"
echo vm >"$1/etc/hostname"
echo '127.0.0.1 localhost vm' >"$1/etc/hosts"
: >"$1/etc/fstab"
: >"$1/etc/machine-id"
rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/locale
`

/** The parts of a disk that QEMU takes. */
export interface Image {
  /** The root file system, which nobody may write to. */
  readonly disk: string
  readonly kernel: string
  readonly initrd: string
  /** The private half of the key by which root logs in. */
  readonly key: string
}

/** The image: made if it is not there, which takes some minutes. Throws where the mirror does not have it. */
export function debianImage(): Image {
  const made = JSON.stringify([RELEASE, PACKAGES, FINISH, readFileSync(PROBE, 'utf8'), 1])
  const key = createHash('sha256').update(made).digest('hex').slice(0, 12)
  const folder = join(CACHE, `${RELEASE}-${key}`)
  if (!existsSync(folder)) make(folder)
  const at = (name: string): string => join(folder, name)
  return { disk: at('disk'), kernel: at('kernel'), initrd: at('initrd'), key: at('key') }
}

/** Whole or not at all. Images that were made from something else go. */
function make(folder: string): void {
  mkdirSync(CACHE, { recursive: true })
  for (const name of readdirSync(CACHE)) rmSync(join(CACHE, name), { recursive: true, force: true })
  const growing = `${folder}.new`
  mkdirSync(growing)
  const tree = join(growing, 'tree')
  bootstrap(RELEASE, tree, PACKAGES, FINISH)
  execFileSync('sh', ['-c', DISK, 'sh', growing, PROBE], { stdio: ['ignore', 'ignore', 'inherit'] })
  renameSync(growing, folder)
}

/**
 * The tree becomes a disk, with all its labels: so nothing has to be labelled at the first boot. The policy of the probes is linked
 * here, at full speed.
 */
const DISK = `
set -eu
cd "$1"
ssh-keygen -q -t ed25519 -N '' -f key
install -d -m 700 tree/root/.ssh
install -m 600 key.pub tree/root/.ssh/authorized_keys
cp "$2" tree/root/probe.cil
chroot tree semodule -n -i /root/probe.cil
rm tree/root/probe.cil
cp -L tree/vmlinuz kernel
cp -L tree/initrd.img initrd
setfiles -m -r tree tree/etc/selinux/default/contexts/files/file_contexts tree
truncate -s 3G disk
mke2fs -q -t ext4 -E lazy_itable_init=0 -d tree disk
rm -rf tree
`
