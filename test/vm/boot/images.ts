/** What the machines of boot tests are sent, and the disks that they have: made once, and kept under a key of all that they are made from. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Where they are kept, beside the disks of other virtual machines; another place: KICKBACK_VM. */
const CACHE = `${process.env.KICKBACK_VM ?? '/var/cache/kickback-vm'}-boot`

/** The files that they are made from. */
const PARTS = ['init', 'lease', 'disk.s', 'disk.c'].map((name) => join(import.meta.dirname, name))

/** Modules of the kernel by which a machine of QEMU has a network and a disk, in the order in which they are loaded. */
const MODULES = [
  ...['net/core/failover', 'drivers/net/net_failover', 'drivers/virtio/virtio_ring', 'drivers/virtio/virtio'],
  ...['drivers/virtio/virtio_pci_modern_dev', 'drivers/virtio/virtio_pci_legacy_dev', 'drivers/virtio/virtio_pci'],
  ...['drivers/net/virtio_net', 'drivers/block/virtio_blk'],
]

/** In the folder $1, by the parts in $2: a kernel of Debian, an initial RAM disk that says what it was sent, and the disks. */
const MAKE = `
set -eu
cd "$1"
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \\(linux-image-.*\\)/\\1/p' | head -n 1)
apt-get -qq download "$kernel" busybox-static 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" tree; done
version=\${kernel#linux-image-}
cp "tree/boot/vmlinuz-$version" vmlinuz
mkdir -p root/bin root/proc root/sys root/dev root/modules
cp tree/bin/busybox root/bin/
install -m 755 "$2/init" "$2/lease" root/
for module in ${MODULES.join(' ')}; do
  cp "tree/lib/modules/$version/kernel/$module.ko" root/modules/
  echo "\${module##*/}.ko" >>root/modules/order
done
as --32 -o sector.o "$2/disk.s"
ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o disk.bios sector.o
gcc -O1 -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fno-ident -mno-red-zone -fpie -c "$2/disk.c" -o efi.o
objcopy -R .comment -R .note.gnu.property efi.o
ld -m i386pep --subsystem 10 --image-base 0 --dynamicbase -e efi_main -o BOOTX64.EFI efi.o
truncate -s 34M disk.uefi
mformat -i disk.uefi -F ::
mmd -i disk.uefi ::/EFI ::/EFI/BOOT
mcopy -i disk.uefi BOOTX64.EFI ::/EFI/BOOT/BOOTX64.EFI
for firmware in bios uefi; do gzip -9c disk.$firmware >root/disk.$firmware.gz; done
(cd root && find . | LC_ALL=C sort | cpio --quiet -o -H newc | gzip -9) >initrd
{ cat initrd; head -c 64M /dev/urandom; } >initrd.large
truncate -s 64M disk.empty disk.bios disk.uefi
rm -rf tree root ./*.deb ./*.o BOOTX64.EFI
`

/** Files that machines are sent, or have as disks. */
export interface BootImages {
  readonly kernel: string
  readonly initrd: string
  /** The same, and 64 MB more behind it. */
  readonly largeInitrd: string
  /** A disk from which nothing boots. */
  readonly emptyDisk: string
  /** Disks that say by which firmware they were booted. */
  readonly disks: Readonly<Record<'bios' | 'uefi', string>>
}

/** The images: made if they are not there, by the packages of Debian's mirror. */
export function bootImages(): BootImages {
  const made = JSON.stringify([MAKE, ...PARTS.map((part) => readFileSync(part, 'utf8')), 1])
  const folder = join(CACHE, createHash('sha256').update(made).digest('hex').slice(0, 12))
  if (!existsSync(folder)) make(folder)
  const at = (name: string): string => join(folder, name)
  return {
    ...{ kernel: at('vmlinuz'), initrd: at('initrd'), largeInitrd: at('initrd.large'), emptyDisk: at('disk.empty') },
    disks: { bios: at('disk.bios'), uefi: at('disk.uefi') },
  }
}

/** Whole or not at all. Images that were made from something else go. */
function make(folder: string): void {
  mkdirSync(CACHE, { recursive: true })
  for (const name of readdirSync(CACHE)) rmSync(join(CACHE, name), { recursive: true, force: true })
  const growing = `${folder}.new`
  mkdirSync(growing)
  execFileSync('sh', ['-c', MAKE, 'sh', growing, import.meta.dirname], { stdio: ['ignore', 'ignore', 'inherit'] })
  renameSync(growing, folder)
}
