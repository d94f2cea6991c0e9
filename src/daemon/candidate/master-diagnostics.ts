/** What is wrong with the masters of a candidate as a whole: there may be more than their numbers of generations tell apart. */
import { allMasters, type Cluster, type Diagnostic, diagnosticAt, SourceText } from '../../config/index.ts'
import { MASTERS_APART } from '../../resolver/index.ts'
import { sameAddress } from '../../values/index.ts'
import type { SourceContent } from '../sources/source.ts'
import { RELOAD_CODES } from './codes.ts'

/** A warning at the line that names one master too many; nothing if there are few enough. `config` says what `cluster` is. */
export function masterDiagnostics({ masters }: Cluster, { origin, bytes }: SourceContent): Diagnostic[] {
  const all = allMasters(masters)
  const extra = all[MASTERS_APART]
  const line = extra && masters.find(({ addresses }) => addresses.some((address) => sameAddress(address, extra)))
  if (line === undefined) return []
  const message = `${all.length} addresses of masters: with more than ${MASTERS_APART}, two masters can give one number to different content`
  return [diagnosticAt(RELOAD_CODES, 'too-many-masters', new SourceText(origin, bytes).locate(line.span), message)]
}
