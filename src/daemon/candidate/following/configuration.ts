/** A build of which some `host` and `node` lines of the configuration changed, and nothing else. */
import {
  type ConfigChange,
  configChange,
  type Diagnostic,
  diagnosticNow,
  type Location,
  locationNow,
} from '../../../config/index.ts'
import { machineEdits, Snapshot, spliced, ZONE_CODES, Zones, zoneProblems } from '../../../resolver/index.ts'
import { type Mac, mustBeLocal } from '../../../values/index.ts'
import { SOURCE_NAMES } from '../../sources/source.ts'
import { asBytes } from '../build-memory.ts'
import type { Candidate } from '../candidate.ts'
import { changesBetween, type Following, mustHaveItsAddress } from './following.ts'

/** The candidate. Throws NotLocalError where the lines do not tell all. */
export function candidateOfConfiguration(following: Following): Candidate {
  mustHaveItsAddress(following)
  const { memory, sources, before, shadow, order } = following
  mustBeLocal(memory.rules.boot !== true, 'the nodes are booted by the configuration')
  const change = changeOf(following)
  const open = spliced(before, editsOf(following, change))
  const secret = shadow && spliced(shadow, new Map())
  mustBeLocal(open !== undefined && (shadow === undefined || secret !== undefined), 'an index needs another size')
  const after = Snapshot.open(open.bytes)
  const afterShadow = secret && Snapshot.open(secret.bytes)
  mustHaveSameFaults(following, after)
  const diagnostics = diagnosticsAfter(following, change)
  return {
    built: { public: open.bytes, shadow: secret?.bytes },
    ...changesBetween(following, { public: after, shadow: afterShadow }, order.detail),
    granted: secret && [],
    ...{
      diagnostics,
      images: memory.images.map((image) => ({ ...image, location: moved(following, change, image.location) })),
    },
    ...{ errors: 0, omitted: 0 },
    inputTimes: SOURCE_NAMES.map((name) => sources[name].time),
    ...{ interfaceAddresses: memory.interfaceAddresses, followedInterface: memory.followedInterface },
    ...{ masters: memory.masters, port: memory.port },
    memory: asBytes({
      ...{ ...memory, diagnostics, outline: change.outline, ofParser: change.diagnostics.length },
      digests: { public: after.digest, shadow: afterShadow?.digest },
    }),
    work: {
      bytesRead: change.bytesRead(),
      recordsMade: open.recordsMade,
      sectionsCopied: open.sectionsCopied + (secret?.sectionsCopied ?? 0),
      sectionsEdited: open.sectionsEdited,
    },
  }
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
function diagnosticsAfter({ memory, last }: Following, { diagnostics, shift }: ConfigChange): readonly Diagnostic[] {
  const { origin } = last.config
  mustBeLocal(
    SOURCE_NAMES.every((name) => name === 'config' || last[name].origin !== origin),
    'two sources have one name',
  )
  const others = memory.diagnostics.slice(memory.ofParser)
  return [...diagnostics, ...others.map((one) => diagnosticNow(one, shift, origin))]
}

function moved({ last }: Following, { shift }: ConfigChange, location: Location): Location {
  return locationNow(location, shift, last.config.origin)
}
