/** `kickback export`: the databases of a service or a snapshot as text files. */

import { dnsmasqOptions, keaConfig } from '../../../boot/index.ts'
import { formatDiagnostics, parseConfig, pictured } from '../../../config/index.ts'
import {
  addressesOfInterface,
  buildCandidate,
  type Candidate,
  NO_SNAPSHOTS,
  networkPlan,
  readAllSources,
} from '../../../daemon/index.ts'
import {
  ansibleLines,
  byteString,
  contentTimeOf,
  displayed,
  exportedLines,
  gendersLines,
  knownHostLines,
  knownHosts,
  type Machine,
  machinesOf,
  nextNumber,
  prometheusTargets,
  Snapshot,
  slurmLines,
  stamp,
  type Zone,
  Zones,
  zoneLines,
} from '../../../resolver/index.ts'
import { dayOf, formatAddress, formatMac, monotonic, wallClock } from '../../../values/index.ts'
import type { Invocation, RunCommand } from '../../command.ts'
import { accountSettings, bootSettings, buildRules } from '../../daemon-settings.ts'
import { entryJson } from '../../entry-json.ts'
import { EXIT, type EXPORT_FORMATS } from '../../synopsis.ts'
import { keptHostKeys } from '../host-keys.ts'

/** How many lines are written at once. */
const BATCH = 1000

/** `kickback export FORMAT [ORIGIN]`. */
export const run: RunCommand = async (invocation) => {
  const { settings, args, terminal } = invocation
  const [format = 'hosts', origin] = args as [(typeof EXPORT_FORMATS)[number], string | undefined]
  if (origin !== undefined && format !== 'zone') {
    terminal.complain(`kickback: an origin is for the format zone only, not for ${format}\n`)
    return EXIT.USAGE
  }
  const sources = await readAllSources(settings, accountSettings(settings), monotonic)
  const candidate = buildCandidate(
    { sources, rules: buildRules(invocation), before: NO_SNAPSHOTS, today: dayOf(wallClock()) },
    addressesOfInterface,
  )
  const shown = candidate.diagnostics.filter(({ severity }) => severity === 'error' || settings.skipBadLines)
  terminal.complain(formatDiagnostics(shown))
  const snapshot = snapshotOf(candidate)
  if (snapshot === undefined) return EXIT.FAILED
  if (format === 'zone') return exportZone(new Zones(snapshot), origin, invocation)
  if (format === 'slurm') return exportSlurm(snapshot, invocation)
  if (format === 'known_hosts') return exportKnownHosts(snapshot, invocation)
  if (format === 'kea') return exportKea(sources.config.bytes, snapshot.domain, invocation)
  if (format === 'prometheus') return printJson(prometheusTargets(snapshot), invocation)
  if (format === 'dnsmasq') {
    const { cluster } = parseConfig(sources.config.bytes, { domain: settings.domain })
    return exportMachines(snapshot, () => dnsmasqOptions(snapshot, cluster), invocation)
  }
  if (format === 'ansible') return exportMachines(snapshot, ansibleLines, invocation)
  if (format === 'genders') return exportMachines(snapshot, gendersLines, invocation)
  if (settings.json) terminal.print(`${JSON.stringify([...snapshot.entries(format)].map(entryJson), null, 2)}\n`)
  else printLines(exportedLines(snapshot, format), terminal)
  return EXIT.DONE
}

/** Prints the nodes for slurm.conf; as JSON each line is an object of its parameters. */
function exportSlurm(snapshot: Snapshot, { settings, terminal }: Invocation): number {
  const parameters = (line: string) =>
    Object.fromEntries(
      line
        .trimEnd()
        .split(' ')
        .map((word) => word.split('=')),
    )
  if (settings.json) terminal.print(`${JSON.stringify([...slurmLines(snapshot)].map(parameters), null, 2)}\n`)
  else printLines(slurmLines(snapshot), terminal)
  return EXIT.DONE
}

/** Prints the ssh host keys that nodes told this master. */
function exportKnownHosts(snapshot: Snapshot, invocation: Invocation): number {
  const { settings, terminal } = invocation
  const kept = keptHostKeys(invocation)
  if (kept === undefined) return EXIT.FAILED
  const hosts = knownHosts(snapshot, settings.domain, kept)
  if (settings.json) terminal.print(`${JSON.stringify(hosts, null, 2)}\n`)
  else printLines(hosts.flatMap(knownHostLines), terminal)
  return EXIT.DONE
}

/** Prints the configuration of kea-dhcp4; complains of each machine that is in no subnet of it. */
function exportKea(bytes: Uint8Array, domain: string, invocation: Invocation): number {
  const { terminal, settings } = invocation
  const { cluster } = parseConfig(bytes, { domain: settings.domain })
  const boot = bootSettings(settings)
  const plan = networkPlan(cluster, boot, settings.dns)
  const { config, leftOut } = keaConfig(cluster, { ...plan, domain, boot: settings.boot ? plan : undefined })
  if (config === undefined) {
    terminal.complain(
      `kickback: ${settings.config}: no interface line has an IPv4 address and a NETMASK, so nobody knows the subnets: add one, such as interface eth1 10.20.30.1 255.255.255.0\n`,
    )
    return EXIT.FAILED
  }
  for (const { mac, address, name = 'a host without a name' } of leftOut) {
    const machine = `${name} (${formatMac(mac)}, ${formatAddress(address)})`
    terminal.complain(`kickback: ${pictured(machine)} is left out: no interface line has a network with this address\n`)
  }
  return printJson(config, invocation)
}

/** Prints what is JSON with and without --json. */
function printJson(value: unknown, { terminal }: Invocation): number {
  terminal.print(`${JSON.stringify(value, null, 2)}\n`)
  return EXIT.DONE
}

/** Prints the machines for another program; as JSON they are the same for each of these. */
function exportMachines(
  snapshot: Snapshot,
  lines: (snapshot: Snapshot) => Iterable<string>,
  { settings, terminal }: Invocation,
): number {
  if (settings.json) terminal.print(`${JSON.stringify(machinesOf(snapshot).map(machineJson), null, 2)}\n`)
  else printLines(lines(snapshot), terminal)
  return EXIT.DONE
}

/** A machine with its byte strings as text. */
function machineJson({ name, kind, lines, macs, groups }: Machine): unknown {
  const addresses = lines.map((line) => ({ addresses: line.addresses, aliases: line.aliases.map(displayed) }))
  return { name: displayed(name), kind, lines: addresses, macs, groups: groups.map(displayed) }
}

/** The snapshot with the generation that a first publication would give it: a zone's serial. */
function snapshotOf({ built, inputTimes }: Candidate): Snapshot | undefined {
  if (built?.public === undefined) return undefined
  const clock = wallClock() / 1000
  const contentTime = contentTimeOf(inputTimes, clock)
  const generation = nextNumber({ last: undefined, floors: [], contentTime, clock, index: 0 })
  stamp(built.public, { generation, contentTime })
  return Snapshot.open(built.public)
}

/** Prints the domain's zone, or the one of that origin; a reverse zone has its origin in in-addr.arpa or ip6.arpa. */
function exportZone(zones: Zones, origin: string | undefined, { settings, terminal }: Invocation): number {
  const zone = origin === undefined ? zones.forward : zones.named(byteString(origin.replace(/\.$/, '')))
  if (zone === undefined) {
    const known = zones.all.map((one) => displayed(one.origin)).join(' ')
    terminal.complain(`kickback: there is no zone ${origin ?? 'without a domain'}; the zones are: ${known}\n`)
    return EXIT.FAILED
  }
  if (settings.json) terminal.print(`${JSON.stringify(zoneJson(zone), null, 2)}\n`)
  else printLines(withNewlines(zoneLines(zone, zones.settings.ttl)), terminal)
  return EXIT.DONE
}

function zoneJson(zone: Zone): unknown {
  return { origin: displayed(zone.origin), records: Array.from(zone.records(), entryJson) }
}

function* withNewlines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`
}

/** Writes byte strings, many at a time. */
function printLines(lines: Iterable<string>, terminal: Invocation['terminal']): void {
  let batch: string[] = []
  for (const line of lines) {
    batch.push(line)
    if (batch.length < BATCH) continue
    terminal.print(Buffer.from(batch.join(''), 'latin1'))
    batch = []
  }
  terminal.print(Buffer.from(batch.join(''), 'latin1'))
}
