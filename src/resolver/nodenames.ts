/** The names that nodename lines make, and the patterns by which other spellings of them are found. */
import { type Cluster, companionAddress, DEFAULT_PATTERN, foldCase, type Nodename } from '../config/index.ts'
import { type ByteString, byteString, type PatternEntry } from './entries.ts'
import { HOST_KINDS } from './layout.ts'

/** A nodename line with its text as byte strings, so that making a name is one concatenation. */
export interface NameMaker {
  readonly line: Nodename
  readonly prefix: ByteString
  readonly suffix: ByteString
  readonly width: number
}

/** The nodename lines by what they name; each list in file order. */
export interface NameMakers {
  /** Names the nodes. */
  readonly canonical: NameMaker
  readonly aliases: readonly NameMaker[]
  readonly companions: readonly NameMaker[]
}

/** Sorts the nodename lines by what they name. */
export function nameMakers(cluster: Pick<Cluster, 'nodenames'>): NameMakers {
  const of = (kind: Nodename['kind']): NameMaker[] => cluster.nodenames.filter((line) => line.kind === kind).map(maker)
  const [canonical = maker(DEFAULT_NODENAME)] = of('canonical')
  return { canonical, aliases: of('alias'), companions: of('companion') }
}

const DEFAULT_NODENAME: Nodename = {
  ...DEFAULT_PATTERN,
  kind: 'canonical',
  offset: undefined,
  base: undefined,
  netgroup: undefined,
  span: undefined,
}

function maker(line: Nodename): NameMaker {
  return { line, prefix: byteString(line.prefix), suffix: byteString(line.suffix), width: line.width }
}

/** The name that a line gives node `number`, as it is stored and listed. */
export function madeName(maker: Pick<NameMaker, 'prefix' | 'suffix' | 'width'>, number: number): ByteString {
  return maker.prefix + String(number).padStart(maker.width, '0') + maker.suffix
}

/** The address of the companion that a line gives a node; undefined beyond the last address. */
export const madeAddress = companionAddress

/**
 * The patterns of computed spellings, in the order to try them: each line whose number counts by value, then `.N`, then
 * `nN` unless a line makes such names itself.
 */
export function patternEntries(makers: NameMakers): PatternEntry[] {
  const { canonical, aliases, companions } = makers
  const own = [
    ...[canonical, ...aliases].map((line) => ({ line, target: canonical, kind: HOST_KINDS.NODE })),
    ...companions.map((line) => ({ line, target: line, kind: HOST_KINDS.COMPANION })),
  ]
  const implicit = own.some(({ line }) => foldCase(line.prefix) === 'n' && line.suffix === '') ? ['.'] : ['.', 'n']
  return [
    ...own.filter(({ line }) => line.width === 0).map(({ line, target, kind }) => pattern(kind, line, target)),
    ...implicit.map((prefix) => pattern(HOST_KINDS.NODE, { prefix, suffix: '' }, canonical)),
  ]
}

function pattern(
  kind: PatternEntry['kind'],
  spelling: { readonly prefix: ByteString; readonly suffix: ByteString },
  target: NameMaker,
): PatternEntry {
  return {
    kind,
    prefix: spelling.prefix,
    suffix: spelling.suffix,
    targetPrefix: target.prefix,
    targetSuffix: target.suffix,
    targetWidth: target.width,
  }
}
