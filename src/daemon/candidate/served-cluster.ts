/**
 * The Cluster of what is served, with its spans: for who explains an answer, or plans a boot. It is parsed anew from the configuration
 * for each who asks. To keep one would take 85 MB for 100,000 nodes, and its way from the thread that builds would hold up look-ups for
 * most of a second at each reload; the configuration takes 4 MB.
 */
import { type Cluster, type ConfigOutline, type Diagnostic, parseConfig } from '../../config/index.ts'
import type { SourceContent } from '../sources/source.ts'
import { type BuildRules, configDiagnostics } from './reading.ts'

/** What a configuration means, and where it says so. */
export interface ServedCluster {
  readonly cluster: Cluster
  /** The configuration that the spans of the cluster are of. */
  readonly config: SourceContent
  readonly diagnostics: readonly Diagnostic[]
  /** What is needed to follow a change of some lines. */
  readonly outline: ConfigOutline
}

/**
 * Reads the configuration that a generation was made from; undefined where none is known. Takes about a second of a processor for
 * 100,000 nodes, on the thread that calls it.
 */
export function servedCluster(
  config: SourceContent | undefined,
  { domain, skipBadLines }: Pick<BuildRules, 'domain' | 'skipBadLines'>,
): ServedCluster | undefined {
  if (config === undefined || config.state !== 'read') return undefined
  const parsed = parseConfig(config.bytes, { domain, file: config.origin })
  const { cluster, outline } = parsed
  return { cluster, config, diagnostics: configDiagnostics(parsed, skipBadLines), outline }
}
