/** A configuration while it is checked: its lines as read, with the numbers of nodes and ranges. */
import type { Entry, HostRangeEntry, IgnoreEntry, IpRangeEntry, NodeEntry } from './entries.ts'
import type { ConfigDiagnostics } from './text/config-diagnostics.ts'
import type { Span } from './text/span.ts'

/** A line whose keyword we know, as its directive read it. */
export interface ReadLine {
  readonly keyword: string
  readonly span: Span
  /** Undefined if the line has no meaning to us, or is so wrong that nothing of it can be used. */
  readonly entry: Entry | undefined
}

/** An iprange line with the node numbers that it covers. */
export interface NumberedRange {
  readonly entry: IpRangeEntry
  readonly firstNode: number
  readonly lastNode: number
}

/** A node line with its number. */
export interface NumberedNode {
  readonly entry: NodeEntry
  readonly number: number
}

type Kind = Entry['kind']

/**
 * The lines of a configuration while they are checked. Every method gives only the lines that are not left out:
 * after a check has left out a line, later checks do not see it.
 */
export class Draft {
  readonly diagnostics: ConfigDiagnostics
  readonly #byKind = new Map<Kind, Entry[]>()
  readonly #ranges: readonly NumberedRange[]
  readonly #nodes: readonly NumberedNode[]
  readonly #unreadable: ReadonlySet<string>

  constructor(
    lines: readonly ReadLine[],
    numbered: { readonly ranges: readonly NumberedRange[]; readonly nodes: readonly NumberedNode[] },
    diagnostics: ConfigDiagnostics,
  ) {
    this.diagnostics = diagnostics
    this.#ranges = numbered.ranges
    this.#nodes = numbered.nodes
    this.#unreadable = new Set(lines.filter((line) => line.entry === undefined).map((line) => line.keyword))
    for (const { entry } of lines) if (entry !== undefined) this.#add(entry)
  }

  #add(entry: Entry): void {
    const entries = this.#byKind.get(entry.kind)
    if (entries === undefined) this.#byKind.set(entry.kind, [entry])
    else entries.push(entry)
  }

  /** The entries of one kind, in file order. */
  of<K extends Kind>(kind: K): readonly Extract<Entry, { kind: K }>[] {
    const entries = (this.#byKind.get(kind) ?? []) as Extract<Entry, { kind: K }>[]
    return this.#standing(entries, (entry) => entry.span)
  }

  /** The iprange lines with their node numbers, in file order. */
  ranges(): readonly NumberedRange[] {
    return this.#standing(this.#ranges, (range) => range.entry.span)
  }

  /** The node lines with their numbers, in file order. */
  nodes(): readonly NumberedNode[] {
    return this.#standing(this.#nodes, (node) => node.entry.span)
  }

  /** Every hostrange that could be read, those left out included; undefined if one could not be read. */
  writtenHostRanges(): HostRangeEntry[] | undefined {
    if (this.#unreadable.has('hostrange')) return undefined
    return (this.#byKind.get('hostrange') ?? []) as HostRangeEntry[]
  }

  /** The numbers that node lines call unapproved, lines that are left out included: an error on a line gives nobody rights. */
  unapproved(): ReadonlySet<number> {
    return new Set(this.#nodes.flatMap(({ number, entry }) => (entry.isApproved ? [] : [number])))
  }

  /** The ignore lines, those that are left out included, with the MACs of each that could be read. */
  writtenIgnores(): readonly IgnoreEntry[] {
    return (this.#byKind.get('ignore') ?? []) as IgnoreEntry[]
  }

  /** The number of the `nodes` line. */
  nodeCount(): number | undefined {
    return this.of('nodes')[0]?.count
  }

  #standing<T>(items: readonly T[], spanOf: (item: T) => Span): readonly T[] {
    const { leftOut } = this.diagnostics
    return leftOut.size === 0 ? items : items.filter((item) => !leftOut.has(spanOf(item).line))
  }
}
