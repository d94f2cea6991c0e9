/** The iPXE script of a boot plan: the image, the report that it was loaded, or the way to the disk. */
import { initrdName } from './command-line.ts'
import type { BootPlan } from './plan.ts'

/** What a script is made with. */
export interface ScriptParts {
  /** Where the master answers, without a final slash: `http://10.20.30.1:3048`. */
  readonly master: string
  /** Where others have the images, without a final slash: the path of an image follows. Undefined if the master sends them. */
  readonly images?: string | undefined
  /** The MAC of the card that boots, as formatMac gives it. */
  readonly mac: string
  readonly ticket: string
  /** Whether the installer reports that the stage is done, and not the loader. */
  readonly isInstaller: boolean
}

/** The name that an initial RAM disk has where the command line does not say one. */
const INITRD = 'initrd'
/**
 * How often a report is tried again, each five seconds, before the node starts anew. The stage may have moved, and the reply been lost with the
 * master: a node that started anew at once would boot its disk, and never what it has loaded.
 */
const REPORT_TRIES = 24
/** The parameter of the kernel that tells an installer where to report. */
const PARAMETER = 'kickback.installed'

/**
 * To the next device of the machine. The firmware of UEFI goes on with it only after an error; that of a BIOS takes an error for the end.
 */
export const TO_THE_DISK = `#!ipxe\niseq \${platform} efi && exit 1 || exit 0\n`

/**
 * The script of a plan. An image that cannot be had is asked for again after five seconds, with a script that is asked for anew: the plan
 * may be another one by then, and a node without its image has nothing better to do. The report comes when all is loaded, so that a node
 * which is switched off in the middle stays where it was. iPXE would hand the reply to the report to the kernel as one more RAM disk:
 * `imgfree` takes it out.
 */
export function bootScript({ next, stage }: BootPlan, parts: ScriptParts): string {
  if (next.kind === 'local') return TO_THE_DISK
  const { master, ticket, isInstaller } = parts
  const mac = hyphenated(parts.mac)
  const name = initrdName(next.commandLine) ?? INITRD
  const place = (image: 'kernel' | 'initrd', path: string): string =>
    parts.images === undefined
      ? `${master}/file/${mac}/${image}/${ticket}`
      : `${parts.images}${path.split('/').map(encodeURIComponent).join('/')}`
  const words = [
    ...(next.initrd === undefined || initrdName(next.commandLine) ? [] : [`initrd=${name}`]),
    ...(next.commandLine === '' ? [] : [next.commandLine]),
    ...(isInstaller ? [`${PARAMETER}=${master}/installed/${mac}/${ticket}`] : []),
  ]
  const report = `imgfetch --name report ${master}/sent/${mac}/${stage}/${ticket}`
  const tries = Array.from({ length: REPORT_TRIES }, () => `${report} && goto reported || sleep 5`)
  const reported = [...tries, `${report} || goto wait`, ':reported', 'imgfree report']
  return [
    '#!ipxe',
    `${[`kernel --name kernel ${place('kernel', next.kernel)}`, ...words].join(' ')} || goto wait`,
    ...(next.initrd === undefined ? [] : [`initrd --name ${name} ${place('initrd', next.initrd)} || goto wait`]),
    ...(isInstaller ? [] : reported),
    'boot || goto wait',
    ...startAnew(master, mac, 5, 'imgfree'),
  ].join('\n')
}

/** The script of a node that is held: it says so, and asks again each minute. `stage` is the one that it booted too often. */
export function heldScript(master: string, mac: string, number: number, stage: string): string {
  return [
    '#!ipxe',
    `echo kickback: node ${number} is held: it booted stage ${stage} several times, and nobody reported that it is done`,
    `echo On the master: kickback set node ${number} --stage ${stage}`,
    ...startAnew(master, hyphenated(mac), 60),
  ].join('\n')
}

/** Waits some seconds, and has the script replaced by the one that is right then. */
function startAnew(master: string, mac: string, seconds: number, ...before: readonly string[]): readonly string[] {
  const again = `chain --replace --autofree ${master}/boot/${mac}/again || goto wait`
  return [':wait', ...before, `sleep ${seconds}`, again, '']
}

/** `0:a0:d1:e9:87:ca` -> `00-a0-d1-e9-87-ca`, as iPXE writes `${mac:hexhyp}`: a colon would be escaped in an address. */
function hyphenated(mac: string): string {
  return mac
    .split(':')
    .map((octet) => octet.padStart(2, '0'))
    .join('-')
}
