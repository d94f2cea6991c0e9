/** Suffixes of names: which names are above the zones of the cluster, and which are in a list of zones. */
import type { ByteString } from '../../resolver/index.ts'

/** The names above these zones, without the root. They exist, because there are names below them (RFC 8020). */
export function namesAbove(origins: Iterable<ByteString>): Set<ByteString> {
  const above = new Set<ByteString>()
  for (const origin of origins) {
    for (let dot = origin.indexOf('.'); dot >= 0; dot = origin.indexOf('.', dot + 1)) above.add(origin.slice(dot + 1))
  }
  return above
}

/** Whether a name is one of the names; labels with a dot in them are of no name that is written with dots. */
export function isAmong(names: ReadonlySet<ByteString>, labels: readonly ByteString[]): boolean {
  return names.has(labels.join('.')) && !labels.some((label) => label.includes('.'))
}

/** Whether a name is one of the zones' names or below one. */
export function isWithin(zones: ReadonlySet<ByteString>, labels: readonly ByteString[]): boolean {
  return labels.some((_, i) => isAmong(zones, labels.slice(i)))
}
