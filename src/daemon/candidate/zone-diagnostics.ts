/** What is wrong with the zones of a candidate, reported at the lines of the configuration that cause it. */
import {
  type Cluster,
  type Diagnostic,
  diagnosticAt,
  type Location,
  SourceText,
  type Span,
  wholeFile,
} from '../../config/index.ts'
import { byteString, ZONE_CODES, type ZoneProblem, type Zones, zoneProblems } from '../../resolver/index.ts'
import { addressKey, foldCase } from '../../values/index.ts'
import type { SourceContent } from '../sources/source.ts'

/** The faults of zones that were made from `cluster`, which `config` says; none where there are no zones. */
export function zoneDiagnostics(zones: Zones | undefined, cluster: Cluster, config: SourceContent): Diagnostic[] {
  if (zones === undefined) return []
  const text = new SourceText(config.origin, config.bytes)
  return zoneProblems(zones).map((problem) => {
    const span = spanOf(problem, cluster)
    const location: Location = span === undefined ? wholeFile(config.origin) : text.locate(span)
    return diagnosticAt(ZONE_CODES, problem.code, location, problem.message)
  })
}

/** The line that a problem is about: the first of a host, or that of a range; undefined where it is not one line's. */
function spanOf({ about }: ZoneProblem, { hosts, hostRanges, nodeRanges }: Cluster): Span | undefined {
  if (about === undefined) return undefined
  if ('host' in about) {
    const wanted = foldCase(about.host)
    return hosts.find(({ name }) => foldCase(byteString(name)) === wanted)?.lines[0]?.span
  }
  const wanted = addressKey(about.range)
  return [...hostRanges, ...nodeRanges].find(({ first }) => addressKey(first) === wanted)?.span
}
