/** `kickback nodes --unknown`: the machines that asked for an address by DHCP and are not in the configuration. */
import { readFileSync } from 'node:fs'
import { strangersIn } from '../../../daemon/index.ts'
import { formatMac, printable, systemMessage } from '../../../values/index.ts'
import type { Invocation } from '../../command.ts'
import { EXIT, NOT_FOUND } from '../../synopsis.ts'

/** Where packages have the registry of the vendors of MACs. */
const REGISTRIES = ['/usr/share/ieee-data/oui.txt', '/var/lib/ieee-data/oui.txt', '/usr/share/hwdata/oui.txt'] as const
/** How much of the name of a vendor is shown, in characters. */
const VENDOR_MAX = 40
/** `00-00-0C   (hex)		Cisco Systems, Inc` */
const VENDOR = /^([0-9A-F]{2})-([0-9A-F]{2})-([0-9A-F]{2})\s+\(hex\)\s+(.+)$/
/** The bit of the first octet that an address has which nobody was given. */
const LOCAL = 2

/** Prints them, those that asked last first. */
export function listUnknown(
  { settings, terminal }: Pick<Invocation, 'settings' | 'terminal'>,
  registries: readonly string[] = REGISTRIES,
): number {
  const strangers = strangersOf(settings.stateDir, terminal)
  if (strangers === undefined) return EXIT.FAILED
  const names = vendorsOf(new Set(strangers.map(({ mac }) => prefixOf(mac))), registries)
  const rows = strangers.map(({ mac, on, first, last, times }) => {
    const vendor = ((mac[0] ?? 0) & LOCAL) === 0 ? names.get(prefixOf(mac)) : undefined
    return { mac: formatMac(mac), vendor, interface: on, first, last, times }
  })
  if (settings.json) terminal.print(`${JSON.stringify({ unknown: rows }, null, 2)}\n`)
  else if (rows.length === 0) terminal.complain('kickback: no unknown machine has asked for an address\n')
  else terminal.print([HEAD, ...rows.map(lineOf)].map((line) => `${line.trimEnd()}\n`).join(''))
  return rows.length > 0 ? EXIT.DONE : NOT_FOUND
}

/** Those that asked last first; undefined where they cannot be read, which is told. */
function strangersOf(stateDir: string, terminal: Invocation['terminal']): ReturnType<typeof strangersIn> | undefined {
  try {
    return strangersIn(stateDir).toReversed()
  } catch (error) {
    terminal.complain(`kickback: can't read the unknown machines in ${stateDir}: ${systemMessage(error)}\n`)
    return undefined
  }
}

/** A machine as it is listed. */
interface Row {
  readonly mac: string
  readonly vendor: string | undefined
  readonly interface: string
  /** Seconds since 1970. */
  readonly first: number
  readonly last: number
  readonly times: number
}

const HEAD = lineText(['MAC', 'FIRST SEEN', 'LAST SEEN', 'TIMES', 'INTERFACE', 'VENDOR'])

function lineOf({ mac, vendor, interface: on, first, last, times }: Row): string {
  return lineText([mac, timeText(first), timeText(last), String(times), on, vendor ?? '-'])
}

function lineText([mac = '', first = '', last = '', times = '', on = '', vendor = '']: readonly string[]): string {
  return `${mac.padEnd(17)}  ${first.padEnd(20)}  ${last.padEnd(20)}  ${times.padStart(6)}  ${on.padEnd(10)}  ${vendor}`
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
}

function prefixOf(mac: Uint8Array): string {
  return Buffer.from(mac.subarray(0, 3)).toString('hex')
}

/** The vendors of these prefixes, from the first registry that is there; none where there is no such file. */
function vendorsOf(wanted: ReadonlySet<string>, registries: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const path of wanted.size === 0 ? [] : registries) {
    try {
      for (const line of readFileSync(path, 'utf8').split('\n')) {
        const [, a = '', b = '', c = '', name = ''] = VENDOR.exec(line.trimEnd()) ?? []
        const prefix = `${a}${b}${c}`.toLowerCase()
        if (wanted.has(prefix)) names.set(prefix, printable(name.trim(), VENDOR_MAX))
      }
      return names
    } catch {
      // The next one may be there.
    }
  }
  return names
}
