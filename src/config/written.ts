/** What lines of a configuration say whether or not anything comes of them: for who explains why a name is not there. */
import type { Address, Mac } from '../values/index.ts'
import { numberLines } from './nodes/numbering.ts'
import { readConfig } from './parser.ts'
import { ConfigDiagnostics } from './text/config-diagnostics.ts'
import type { Line } from './text/lexer.ts'
import { SourceText } from './text/source-text.ts'
import type { Span } from './text/span.ts'

/** A node line with its number; there need be no such node. */
interface WrittenNode {
  readonly number: number
  readonly macs: readonly Mac[]
  readonly companionMacs: readonly { readonly name: string; readonly mac: Mac }[]
  readonly class: string | undefined
  readonly span: Span
}

/** A host line, with or without names. */
interface WrittenHost {
  readonly mac: Mac | undefined
  readonly address: Address
  readonly names: readonly string[]
  readonly span: Span
}

/** The lines that can be read by themselves, in file order, those included that a clash leaves out. */
export interface WrittenLines {
  /** The first nodes line; undefined without one. */
  readonly count: Span | undefined
  readonly nodes: readonly WrittenNode[]
  readonly hosts: readonly WrittenHost[]
  /** Every line of the file. */
  readonly lines: readonly Line[]
}

/** Reads the lines one by one. Takes any bytes and never throws; what is wrong with them is not reported: see parseConfig. */
export function writtenLines(bytes: Uint8Array): WrittenLines {
  const diagnostics = new ConfigDiagnostics(new SourceText('', bytes))
  const { lines, read } = readConfig(bytes, diagnostics)
  const entries = read.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))
  return {
    count: entries.find(({ kind }) => kind === 'nodes')?.span,
    nodes: numberLines(read, diagnostics).nodes.map(({ number, entry }) => {
      const { companionMacs, span } = entry
      return { number, macs: entry.macs.map(({ mac }) => mac), companionMacs, class: entry.class?.value, span }
    }),
    hosts: entries.flatMap((entry) => {
      if (entry.kind !== 'host') return []
      const { mac, address, names, span } = entry
      return [{ mac, address, names: names.map(({ value }) => value), span }]
    }),
    lines,
  }
}
