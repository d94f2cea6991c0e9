/** The disk of a machine that is off, mounted as makers of images do it: for chroot(1), with no systemd that runs. */

/**
 * The beginning of a script for sh(1), in a mount namespace of its own. Its first arguments are the folder of the disk and the layers
 * below it; the others are left for the rest of the script, and $ROOT is the disk.
 */
const CHROOT = `
set -eu
ROOT=$1/root
export ROOT
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/disk,workdir=$1/work" "$ROOT"
shift 2
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o mode=755 none "$ROOT/run"
mount --bind /dev "$ROOT/dev"
`

/** The words that run a line of shell beside the disk in a folder, over these layers (with colons between them), without a network. */
export function besideDisk(folder: string, layers: string, line: string, args: readonly string[]): readonly string[] {
  const apart = ['unshare', '-m', '--propagation', 'private', '--net']
  return [...apart, 'sh', '-c', `${CHROOT}${line}`, 'sh', folder, layers, ...args]
}
