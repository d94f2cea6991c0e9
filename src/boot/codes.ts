/** The codes of diagnostics about what nodes boot. */
import type { CodeRow } from '../config/index.ts'

/** Every diagnostic of a boot plan. */
export const BOOT_CODES = {
  'boot-no-mac': {
    severity: 'warning',
    meaning:
      'A node has a boot sequence or a stage and no MAC address. It cannot be told from a stranger when it boots from the network.',
  },
  'boot-no-kernel': {
    severity: 'note',
    meaning:
      'A node boots from the network, and no line gives it a kernel image. It is told to boot from its disk. If that is meant, write `kernelimage none`.',
  },
  'boot-split-line': {
    severity: 'error',
    meaning:
      'iPXE would take a kernel command line apart, because it reads `${`, and `||`, `&&` or `;` as a word, as its own syntax. The kernel would get another line.',
  },
  'boot-secret': {
    severity: 'warning',
    meaning:
      'A parameter of a kernel command line looks like a password, a token or a key. Every user of the node can read it in /proc/cmdline, and every machine on the network can ask for it.',
  },
  'boot-initrd-name': {
    severity: 'note',
    meaning: 'A kernel command line has an `initrd=` and the node is sent no initial RAM disk.',
  },
  'boot-no-image': {
    severity: 'warning',
    meaning:
      'A kernel or initial RAM disk that a node would be sent does not exist, is not a regular file, or cannot be read by the user that sends it (`dns.user`).',
  },
  'boot-outside-networks': {
    severity: 'warning',
    meaning:
      'A machine has a MAC address and an IPv4 address that is in the network of no interface line. DHCP gives it no address, so it boots nothing from the network.',
  },
  'boot-many-macs': {
    severity: 'warning',
    meaning:
      'The configuration has more MAC addresses than dnsmasq serves at once when many machines boot: more than 10,000. Write the files of Kea with `kickback export kea` instead.',
  },
  'boot-relative-image': {
    severity: 'warning',
    meaning:
      'The path of a kernel or initial RAM disk does not begin with a slash. Nobody can tell in which folder it is.',
  },
} as const satisfies Record<string, CodeRow>

/** One of BOOT_CODES. */
export type BootCode = keyof typeof BOOT_CODES
