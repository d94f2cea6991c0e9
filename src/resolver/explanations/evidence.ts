/** The evidence of an explanation: a snapshot, and the texts that it was made from where those are at hand. */
import {
  type Cluster,
  type ParsedConfig,
  parseConfig,
  type Related,
  SourceText,
  type Span,
  type WrittenLines,
  writtenLines,
} from '../../config/index.ts'
import type { Address } from '../../values/index.ts'
import type { DisabledUsers } from '../accounts/disabled.ts'
import type { AlsoExported } from '../accounts/exported.ts'
import type { IdRanges } from '../accounts/logindefs.ts'
import type { FileDatabaseName } from '../databases/table.ts'
import { displayed } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** A file as it was read; without bytes where there is none. */
export interface EvidenceFile {
  readonly file: string
  readonly bytes: Uint8Array | undefined
}

/** The files of accounts, and those that are a database by themselves. */
export type AccountEvidenceFiles = Readonly<
  Record<'passwd' | 'group' | 'shadow' | 'loginDefs' | FileDatabaseName, EvidenceFile>
>

/** The rules of the settings about accounts. */
export interface AccountEvidenceRules extends AlsoExported {
  readonly disabledUsers: DisabledUsers
  /** The ids to export, where not login.defs says it. */
  readonly ids?: IdRanges
  /** Days since 1970. */
  readonly today: number
}

/** What a snapshot was made from. */
export interface EvidenceSources {
  readonly config: EvidenceFile
  readonly domain: string
  /** Undefined where the accounts of this snapshot are not at hand. */
  readonly accounts: { readonly files: AccountEvidenceFiles; readonly rules: AccountEvidenceRules } | undefined
}

/** The configuration, read so that each thing in it can be told by its line. */
export class ConfigEvidence {
  readonly parsed: ParsedConfig
  readonly #text: SourceText
  readonly #bytes: Uint8Array
  #written: WrittenLines | undefined

  constructor({ file, bytes = new Uint8Array() }: EvidenceFile, domain: string) {
    this.parsed = parseConfig(bytes, { domain, file })
    this.#text = new SourceText(file, bytes)
    this.#bytes = bytes
  }

  get cluster(): Cluster {
    return this.parsed.cluster
  }

  /** What the lines say whether or not anything comes of them. */
  get written(): WrittenLines {
    this.#written ??= writtenLines(this.#bytes)
    return this.#written
  }

  /** A line of it, and what it does. */
  cite(span: Span, message: string): Related {
    return { ...this.#text.locate(span), message }
  }
}

/** What is known when a question is explained. */
export interface Evidence {
  readonly snapshot: Snapshot
  readonly config: ConfigEvidence | undefined
  readonly accounts: EvidenceSources['accounts']
  /** The addresses of this machine: `self` is the machine of the cluster that has one of them. */
  readonly own: readonly Address[]
}

/** Reads what there is to be read. */
export function evidenceOf(
  snapshot: Snapshot,
  sources: EvidenceSources | undefined,
  own: readonly Address[],
): Evidence {
  const config = sources && new ConfigEvidence(sources.config, sources.domain)
  return { snapshot, config, accounts: sources?.accounts, own }
}

/** A name in quotes, for people. */
export function named(name: string): string {
  return `"${displayed(name)}"`
}
