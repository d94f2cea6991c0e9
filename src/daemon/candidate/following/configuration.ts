/** A build after which only `host` and `node` lines of the configuration changed: the snapshots before, with the records of these lines. */
import { outlineAfter } from '../../../boot/index.ts'
import { type ConfigChange, configChange, diagnosticNow, type Location, locationNow } from '../../../config/index.ts'
import { machineEdits, Snapshot, spliced, ZONE_CODES, Zones, zoneProblems } from '../../../resolver/index.ts'
import { type Mac, mustBeLocal } from '../../../values/index.ts'
import { SOURCE_NAMES } from '../../sources/source.ts'
import { isClassNamed } from '../logins.ts'
import { type Followed, type Following, followed, mustHaveItsAddress } from './following.ts'

/** The candidate of such a build. Throws NotLocalError if other lines have to be read too. */
export function followedConfiguration(following: Following): Followed {
  mustHaveItsAddress(following)
  const { memory, before, shadow } = following
  const change = changeOf(following)
  mustBeOfNoRule(following, change)
  const boot = memory.boot && outlineAfter(memory.boot, bootChange(following, change))
  const open = spliced(before, editsOf(following, change))
  const secret = shadow && spliced(shadow, new Map())
  mustBeLocal(open !== undefined && (shadow === undefined || secret !== undefined), 'an index needs another size')
  mustHaveSameFaults(following, Snapshot.open(open.bytes))
  const built = { public: open.bytes, shadow: secret?.bytes }
  const images = memory.images.map((image) => ({ ...image, location: moved(following, change, image.location) }))
  return followed(
    following,
    built,
    { ...saidAfter(following, change), images, boot, outline: change.outline },
    {
      bytesRead: change.bytesRead(),
      recordsMade: open.recordsMade,
      sectionsCopied: open.sectionsCopied + (secret?.sectionsCopied ?? 0),
      sectionsEdited: open.sectionsEdited,
    },
  )
}

function bootChange({ memory, last }: Following, { old, now, shift }: ConfigChange) {
  const { origin: file } = last.config
  const networks = memory.rules.bootNetworks ?? []
  return {
    old,
    now,
    networks,
    lineNow: (line: number) => locationNow({ file, line, column: 1, end: 1 }, shift, file).line,
  }
}

/** No node comes into a class, or leaves one, that a rule of the settings names: its nodes are in the snapshot. */
function mustBeOfNoRule({ memory }: Following, { old, now }: ConfigChange): void {
  const { logins } = memory.rules
  if (logins.length === 0) return
  const [was, is] = [old, now].map(({ nodes }) => new Map(nodes.map((node) => [node.number, node.class])))
  const changed = [...old.nodes, ...now.nodes].filter(({ number }) => was?.get(number) !== is?.get(number))
  const isNamed = changed.some((node) => node.class !== undefined && isClassNamed(logins, node.class))
  mustBeLocal(!isNamed, 'a node comes into a class, or leaves one, that rules of the settings name')
}

function changeOf({ memory, last, sources, before }: Following): ConfigChange {
  const { origin, bytes } = sources.config
  return configChange({
    ...{ before: last.config.bytes, after: bytes, file: origin, domain: memory.rules.domain },
    ...{ outline: memory.outline, diagnostics: memory.diagnostics.slice(0, memory.ofParser) },
    numberOf: (mac) => numberOf(before, mac),
  })
}

/** The node that has a MAC. */
function numberOf(snapshot: Snapshot, mac: Mac): number | undefined {
  const name = snapshot.find('ethers', { mac })?.name
  const number = name === undefined ? undefined : snapshot.find('hosts', { name })?.number
  return number === undefined || number < 0 ? undefined : number
}

function editsOf({ memory, sources, before }: Following, change: ConfigChange): ReturnType<typeof machineEdits> {
  const { old, now, hostsBefore, hostsBehind, otherHosts } = change
  const { masters, interface: own } = now
  return machineEdits(before, {
    ...{ old, now, hostsBefore, hostsBehind, otherHosts },
    interfaceAddresses: masters.length === 0 ? memory.interfaceAddresses : (own?.addresses ?? []),
    hasFileNetgroups: sources.netgroup.bytes.length > 0,
  })
}

/** The zones are in order, or have the faults of before. */
function mustHaveSameFaults({ memory, before }: Following, after: Snapshot): void {
  const hadSome = memory.diagnostics.some(({ code }) => Object.hasOwn(ZONE_CODES, code))
  const was = hadSome ? zoneProblems(new Zones(before)) : []
  mustBeLocal(JSON.stringify(was) === JSON.stringify(zoneProblems(new Zones(after))), 'the zones have other faults')
}

/** What the parser says, and what was said besides, which may be about lines that are further up or down now. */
function saidAfter({ memory, last }: Following, { diagnostics, shift }: ConfigChange) {
  const { origin } = last.config
  mustBeLocal(
    SOURCE_NAMES.every((name) => name === 'config' || last[name].origin !== origin),
    'two sources have one name',
  )
  const others = memory.diagnostics.slice(memory.ofParser)
  return {
    diagnostics: [...diagnostics, ...others.map((one) => diagnosticNow(one, shift, origin))],
    ofParser: diagnostics.length,
    ofReading: memory.ofReading + diagnostics.length - memory.ofParser,
  }
}

function moved({ last }: Following, { shift }: ConfigChange, location: Location): Location {
  return locationNow(location, shift, last.config.origin)
}
