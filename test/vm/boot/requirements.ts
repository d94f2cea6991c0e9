/** What machines that boot from the network need of the machine that runs the tests. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** The programs, each with the Debian package that has it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  dnsmasq: 'dnsmasq-base',
  ip: 'iproute2',
  mcopy: 'mtools',
  cpio: 'cpio',
  as: 'binutils',
  gcc: 'gcc',
  'dpkg-deb': 'dpkg',
}

/** Files, with theirs. */
const FILES: Readonly<Record<string, string>> = {
  '/usr/lib/ipxe/undionly.kpxe': 'ipxe',
  '/usr/lib/ipxe/qemu/pxe-virtio.rom': 'ipxe-qemu',
  '/usr/share/OVMF/OVMF_CODE_4M.fd': 'ovmf',
  '/boot/memtest86+x64.bin': 'memtest86+',
}

/** Why no machine can boot here, for `skip` of a test; false where one can. */
export function bootingLacks(): string | false {
  if (process.geteuid?.() !== 0) return 'a switch for virtual machines is made by root'
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun, by which virtual machines have a network'
  const lacking = [
    ...Object.entries(PROGRAMS).filter(([program]) => spawnSync('which', [program]).status !== 0),
    ...Object.entries(FILES).filter(([file]) => !existsSync(file)),
  ]
  return lacking.length > 0 && `install ${[...new Set(lacking.map(([, name]) => name))].join(' ')}`
}
