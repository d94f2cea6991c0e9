/** A change of `host` and `node` lines of a configuration, read without the lines that did not change. */
import { addressKey, foldCase, type Mac, mustBeLocal } from '../../values/index.ts'
import { buildCluster } from '../build.ts'
import type { Cluster, ClusterHost } from '../cluster.ts'
import { Draft, type ReadLine } from '../draft.ts'
import { numberLines } from '../nodes/numbering.ts'
import { type ConfigOutline, isLined, isOfFrame, isRepeated, type LinePlace, withLined } from '../outline.ts'
import { judge } from '../parser.ts'
import { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { SourceText } from '../text/source-text.ts'
import { countedNodes, numbersOf } from './counted-nodes.ts'
import { type Difference, differenceOf, lastNodeNow, placeNow } from './difference.ts'
import { diagnosticsAfter, type LineShift } from './moved-diagnostics.ts'
import { Neighbours } from './neighbours.ts'
import { readOf, readStretch, type StretchLine } from './stretch.ts'

/** How much is said of one severity at most. */
const SAID_MAX = 10_000

/** A configuration that was parsed, and the one that takes its place. */
interface ConfigVersions {
  readonly before: Uint8Array
  readonly outline: ConfigOutline
  /** What the parser said of it. */
  readonly diagnostics: readonly Diagnostic[]
  readonly after: Uint8Array
  readonly file: string
  readonly domain: string
  /** The node that has a MAC, as it was; undefined where none has that exists. */
  readonly numberOf: (mac: Mac) => number | undefined
}

/** What of a configuration changed. */
export interface ConfigChange {
  /**
   * What the lines that go and the lines that come say, with the lines that are about more than one machine: no other machine is in these. A node that has a line
   * in one is in both.
   */
  readonly old: Cluster
  readonly now: Cluster
  readonly outline: ConfigOutline
  /** What the parser would say of the whole. */
  readonly diagnostics: readonly Diagnostic[]
  readonly shift: LineShift
  /** The devices of the host lines around the change, nearest first, each as if one line were all of it. These throw NotLocalError behind so many lines. */
  readonly hostsBefore: (lines: number) => Iterable<ClusterHost>
  readonly hostsBehind: (lines: number) => Iterable<ClusterHost>
  /** How many host lines outside of the change name a device. */
  readonly otherHosts: number
  /** How many bytes were read so far, in either version. */
  readonly bytesRead: () => number
}

/** Why a device is not followed whose lines have one address. */
const SEVERAL_LINES = 'a device has several lines'

/** Lines that are judged as a configuration of their own. */
interface Judged {
  readonly cluster: Cluster
  readonly diagnostics: readonly Diagnostic[]
}

/** The change from one configuration to another. Throws NotLocalError where all of it has to be read. */
export function configChange(versions: ConfigVersions): ConfigChange {
  return new Change(versions).change()
}

class Change {
  readonly #of: ConfigVersions
  readonly #difference: Difference
  readonly #before: Neighbours
  readonly #after: Neighbours
  /** As the outline has them. */
  readonly #repeated: ReadonlySet<string>
  #bytesRead = 0

  constructor(versions: ConfigVersions) {
    const { before, after, outline, domain } = versions
    this.#of = versions
    mustBeLocal(outline.isSound, 'a line of the configuration is left out')
    this.#difference = differenceOf(before, after)
    this.#repeated = new Set(outline.repeated)
    this.#before = new Neighbours(before, domain)
    this.#after = new Neighbours(after, domain)
  }

  change(): ConfigChange {
    const { before, after, diagnostics, outline, file } = this.#of
    const { start, oldEnd, newEnd } = this.#difference
    const [oldSide, newSide] = [this.#side(before), this.#side(after)]
    const frame = this.#frameNow()
    const [wasOld, isNow] = [this.#stretch(oldSide, oldEnd), this.#stretch(newSide, newEnd)]
    const counted = this.#counted(wasOld, isNow)
    const numbers = [...new Set([...numbersOf(counted.old), ...numbersOf(counted.now)])].sort((a, b) => a - b)
    const old = this.#judged(oldSide, outline.frame, { own: counted.old, numbers })
    const now = this.#judged(newSide, frame, { own: counted.now, numbers })
    this.#mustBeSingle(old.cluster, now.cluster)
    const said = { all: diagnostics, old: old.diagnostics, now: now.diagnostics }
    const all = diagnosticsAfter(said, this.#difference, file)
    mustBeFew(all)
    mustBeKnown(frame, all, counted.now)
    return {
      ...{ old: old.cluster, now: now.cluster, diagnostics: all, shift: this.#difference },
      outline: this.#outline(frame, counted, isNow),
      hostsBefore: (lines) => this.#single(this.#before.hostsBefore(start, lines)),
      hostsBehind: (lines) => this.#single(this.#before.hostsBehind(oldEnd, lines)),
      otherHosts: outline.named - namedIn(counted.old),
      bytesRead: () => this.#bytesRead + this.#before.bytesRead + this.#after.bytesRead,
    }
  }

  #side(bytes: Uint8Array) {
    const { file, domain } = this.#of
    return { bytes, domain, diagnostics: new ConfigDiagnostics(new SourceText(file, bytes)) }
  }

  /** The lines of the change in one version. */
  #stretch(side: Parameters<typeof readStretch>[0], end: number): readonly StretchLine[] {
    const { start } = this.#difference
    this.#bytesRead += end - start
    const lines = readStretch(side, { number: this.#difference.head + 1, start, end })
    const isGlobal = lines.some(({ read }) => read !== undefined && isOfFrame(read.keyword))
    mustBeLocal(!isGlobal, 'a line changed that is about more than one machine')
    const isNameless = lines.some(({ read }) => read?.entry?.kind === 'host' && read.entry.names.length === 0)
    mustBeLocal(!isNameless, 'a host line without a name changed')
    // Of all of them it is told once, and how many they are.
    const isUnapproved = lines.some(({ read }) => read?.entry?.kind === 'node' && !read.entry.isApproved)
    mustBeLocal(!isUnapproved, 'the line of a node changed that nobody has approved')
    return lines
  }

  /** The lines about more than one machine, where they are now. None of them changed. */
  #frameNow(): readonly LinePlace[] {
    return this.#of.outline.frame.map((place) => {
      const now = placeNow(place, this.#difference)
      mustBeLocal(now !== undefined, 'a line changed that is about more than one machine')
      return now
    })
  }

  /** No device of the change has a line that its record does not tell of. */
  #mustBeSingle(old: Cluster, now: Cluster): void {
    const isKnown = [...old.hosts, ...now.hosts].some(({ name }) => this.#repeated.has(foldCase(name)))
    mustBeLocal(!isKnown && !now.hosts.some(isRepeated), SEVERAL_LINES)
  }

  /** These devices, of which none has a line that its record does not tell of. */
  *#single(hosts: Iterable<ClusterHost>): Generator<ClusterHost> {
    for (const host of hosts) {
      mustBeLocal(!this.#repeated.has(foldCase(host.name)), SEVERAL_LINES)
      yield host
    }
  }

  #counted(old: readonly StretchLine[], now: readonly StretchLine[]) {
    const { outline, numberOf } = this.#of
    const { start, oldEnd, newEnd } = this.#difference
    return countedNodes({
      ...{ old: readOf(old), now: readOf(now), start, newEnd, numberOf },
      ...{ before: this.#before, after: this.#after, isFollowed: outline.lastNode >= oldEnd },
    })
  }

  /** The frame and these lines as a configuration of their own, with the nodes of these numbers, which may have no line. */
  #judged(
    side: Parameters<typeof readStretch>[0],
    frame: readonly LinePlace[],
    { own, numbers }: { readonly own: readonly ReadLine[]; readonly numbers: readonly number[] },
  ): Judged {
    const { start } = this.#difference
    const read = (places: readonly LinePlace[]) => places.flatMap((place) => readOf(readStretch(side, place)))
    for (const place of frame) this.#bytesRead += place.end - place.start
    const lines = [
      ...read(frame.filter((place) => place.start < start)),
      ...own,
      ...read(frame.filter((place) => place.start >= start)),
    ]
    const { diagnostics } = side
    const draft = new Draft(lines, numberLines(lines, diagnostics), diagnostics)
    judge(draft)
    mustBeLocal(diagnostics.leftOut.size === 0, 'a line that changed is in error')
    diagnostics.list.sort((a, b) => a.line - b.line || a.column - b.column)
    mustBeLocal(
      numbersOf(own).length === 0 || !diagnostics.list.some(({ code }) => ABSENT.has(code)),
      'a node line changed where nodes have no address',
    )
    return { cluster: buildCluster(draft, new Set(numbers)), diagnostics: diagnostics.list }
  }

  #outline(
    frame: readonly LinePlace[],
    { old, now }: { readonly old: readonly ReadLine[]; readonly now: readonly ReadLine[] },
    lines: readonly StretchLine[],
  ): ConfigOutline {
    const { outline } = this.#of
    const [gone, come] = [numbersOf(old), numbersOf(now)]
    const going = new Set(gone)
    for (const number of come) {
      mustBeLocal(going.has(number) || !isLined(outline.lined, number), 'a node has another line')
    }
    const unnamed = new Set(outline.unnamed)
    const isTaken = now.some(({ entry }) => entry?.kind === 'host' && unnamed.has(addressKey(entry.address)))
    mustBeLocal(!isTaken, 'a host line without a name has the address')
    return {
      ...{ frame, unnamed: outline.unnamed, repeated: outline.repeated, isSound: true },
      lined: withLined(outline.lined, { gone, come }),
      lastNode: lastNodeNow(outline.lastNode, this.#difference, { now: lines, before: this.#before }),
      named: outline.named - namedIn(old) + namedIn(now),
    }
  }
}

/** What is said of nodes and companions without an address: then their MACs are in no snapshot. */
const ABSENT: ReadonlySet<string> = new Set(['node-without-address', 'node-beyond-count', 'unknown-companion'])

function namedIn(lines: readonly ReadLine[]): number {
  return lines.filter(({ entry }) => entry?.kind === 'host').length
}

/** The MACs of nodes that do not exist are in no snapshot: who has a MAC may have one of these. */
function mustBeKnown(frame: readonly LinePlace[], all: readonly Diagnostic[], now: readonly ReadLine[]): void {
  const hasMac = now.some(({ entry }) => (entry?.kind === 'host' ? entry.mac !== undefined : entry?.kind === 'node'))
  if (!hasMac) return
  const ofFrame = new Set(frame.map(({ number }) => number))
  const isAbsent = all.some(({ code, line }) => ABSENT.has(code) && !ofFrame.has(line))
  mustBeLocal(!isAbsent, 'there are lines of nodes that do not exist')
}

function mustBeFew(diagnostics: readonly Diagnostic[]): void {
  for (const severity of ['error', 'warning', 'note']) {
    const count = diagnostics.filter((one) => one.severity === severity).length
    mustBeLocal(count <= SAID_MAX, 'there is much to say about the configuration')
  }
}
