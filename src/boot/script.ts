/** The iPXE script of a boot plan: the image, the report that it was loaded, or the way to the disk. */
import { formatMac } from '../values/index.ts'
import { initrdName } from './command-line.ts'
import type { BootPlan } from './plan.ts'

/** Where a script gets its files, and where it reports: addresses without a final slash. */
interface ScriptPlaces {
  /** Of kernels and initial RAM disks. */
  readonly files: string
  /** Of reports. */
  readonly sent: string
}

/** The name that an initial RAM disk has where the command line does not say one. */
const INITRD = 'initrd'

/**
 * To the next device of the machine. The firmware of UEFI goes on with it only after an error; that of a BIOS takes an error for the end.
 */
const TO_THE_DISK = `#!ipxe\niseq \${platform} efi && exit 1 || exit 0\n`

/**
 * The script that a MAC of the plan's node is answered with. An image that cannot be had is asked for again, each five seconds: a node
 * without it has nothing better to do. The report comes when all is loaded, so that a node which is switched off in the middle stays
 * where it was. iPXE would hand the reply to the report to the kernel as one more RAM disk: `imgfree` takes it out.
 */
export function bootScript({ next, stage, macs }: BootPlan, { files, sent }: ScriptPlaces, mac = macs[0]): string {
  if (next.kind === 'local' || mac === undefined) return TO_THE_DISK
  const address = hyphenated(formatMac(mac))
  const name = initrdName(next.commandLine) ?? INITRD
  const words = [
    ...(next.initrd === undefined || initrdName(next.commandLine) ? [] : [`initrd=${name}`]),
    next.commandLine,
  ]
  return [
    '#!ipxe',
    ':again',
    `kernel --name kernel ${files}/${address}/kernel ${words.join(' ')}`.trimEnd().concat(' || goto wait'),
    ...(next.initrd === undefined ? [] : [`initrd --name ${name} ${files}/${address}/initrd || goto wait`]),
    `imgfetch --name report ${sent}/${address}/${stage} || goto wait`,
    'imgfree report',
    'boot || goto wait',
    ':wait',
    'imgfree',
    'sleep 5',
    'goto again',
    '',
  ].join('\n')
}

/** `0:a0:d1:e9:87:ca` -> `00-a0-d1-e9-87-ca`, as iPXE writes `${mac:hexhyp}`: a colon would be escaped in an address. */
function hyphenated(mac: string): string {
  return mac
    .split(':')
    .map((octet) => octet.padStart(2, '0'))
    .join('-')
}
