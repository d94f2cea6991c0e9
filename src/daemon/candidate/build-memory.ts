/** What a build remembers for the one after it: what is needed to tell which lines changed something, without what they were parsed to. */
import { deserialize, serialize } from 'node:v8'
import type { SurveyOutline } from '../../boot/index.ts'
import type { ConfigOutline, Diagnostic } from '../../config/index.ts'
import type { IdLimits } from '../../resolver/index.ts'
import type { Address } from '../../values/index.ts'
import type { NamedImage } from './boot.ts'
import type { BuildRules } from './reading.ts'

/** What is remembered of a build without errors. Plain data. */
export interface BuildMemory {
  readonly rules: BuildRules
  /** The day on which accounts were judged. */
  readonly today: number
  /** The digests of what was built. */
  readonly digests: { readonly public: Uint8Array; readonly shadow: Uint8Array | undefined }
  readonly limits: IdLimits
  /** Those of the interface that the system told, where it is followed. */
  readonly told: readonly Address[]
  readonly interfaceAddresses: readonly Address[]
  readonly followedInterface: string | undefined
  readonly masters: readonly Address[]
  readonly port: number
  /** The names of lines of passwd and group that are not exported. */
  readonly unexported: { readonly passwd: ReadonlySet<string>; readonly group: ReadonlySet<string> }
  /** All of them, in their order: first those of the parser of the configuration. */
  readonly diagnostics: readonly Diagnostic[]
  /** How many are of the parser. */
  readonly ofParser: number
  /** How many are of all that is read: behind them is what is said of boot, of rules of the settings, of masters and of zones. */
  readonly ofReading: number
  readonly outline: ConfigOutline
  /** The files that nodes are sent, with the lines of the configuration that name them. */
  readonly images: readonly NamedImage[]
  /** What the nodes boot; undefined where kickback does not boot them. */
  readonly boot: SurveyOutline | undefined
}

/** How many diagnostics, images and names are remembered at most: a build with more is followed by a whole one. */
const REMEMBERED_MAX = 20_000

/**
 * The memory as bytes that threads share: who keeps it between builds holds no objects, and copies nothing to hand it on. Undefined where it
 * would be too much.
 */
export function asBytes(memory: BuildMemory): Uint8Array | undefined {
  const { diagnostics, images, unexported, outline, boot } = memory
  const lists = [diagnostics, images, outline.frame, outline.unnamed, outline.repeated, boot?.shapes ?? []]
  const counts = lists.map(({ length }) => length)
  const sizes = [unexported.passwd, unexported.group].map(({ size }) => size)
  if ([...counts, ...sizes].reduce((sum, count) => sum + count, 0) > REMEMBERED_MAX) return undefined
  const bytes = serialize(memory)
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}

/** What is in the bytes of a memory. */
export function memoryIn(bytes: Uint8Array): BuildMemory {
  return deserialize(Buffer.from(bytes)) as BuildMemory
}
