/** YAML with the line of each value. The only file that knows the parser (yaml). */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { ImportError } from '../entry.ts'

/** A map of YAML, with its keys as text. */
export interface YamlMap {
  readonly line: number
  readonly entries: ReadonlyMap<string, YamlEntry>
}

/** A value, and the line of its key. */
interface YamlEntry {
  readonly line: number
  readonly value: YamlValue
}

/** A map, the texts of a list or of a single value; undefined for what is none of these. */
export type YamlValue = YamlMap | readonly string[] | undefined

/** Whether a value is a map. */
export function isYamlMap(value: YamlValue): value is YamlMap {
  return value !== undefined && !Array.isArray(value)
}

/** The largest text, in characters: the parser holds some hundred bytes for each. */
const LENGTH_MAX = 16 * 1024 * 1024
/** The most anchors and tags: the time for many of them on one value grows with the square of their number. */
const MARKS_MAX = 10_000
const MARK = /(?:^|[\s,[{:-])[&!]/g
/** How often an alias may lead to an alias. */
const ALIASES_MAX = 10
/** How deep maps are read: nodes.conf has four levels. */
const DEPTH_MAX = 8

/** The map that a text is. Throws ImportError for what is not YAML, too large or too deep, and for a key that stands twice. */
export function parseYaml(file: string, text: string): YamlMap {
  const at = (line: number, message: string) => new ImportError({ file, line }, message)
  if (text.length > LENGTH_MAX) throw at(1, 'the file has more than 16 MiB')
  let marks = 0
  for (const _ of text.matchAll(MARK))
    if (++marks > MARKS_MAX) throw at(1, `the file has more than ${MARKS_MAX} anchors and tags`)
  const lines = new LineCounter()
  const tooDeep = (): ImportError => at(1, 'the values of the file are nested too deep')
  const document = parsed(text, lines, tooDeep)
  const [error] = document.errors
  if (error !== undefined) {
    if (error.message.startsWith('Maximum call stack')) throw tooDeep()
    const [reason = ''] = error.message.split(/ at line |\n/)
    throw at(Math.max(1, lines.linePos(error.pos[0]).line), `this is not YAML: ${reason}`)
  }
  const value = new YamlReader(document, lines, at).value(document.contents, 0)
  if (!isYamlMap(value)) throw at(1, 'the file is not a map of YAML')
  return value
}

function parsed(text: string, lineCounter: LineCounter, tooDeep: () => ImportError): Document {
  try {
    // Keys that stand twice are looked for in a time that grows with the square of their number.
    return parseDocument(text, { lineCounter, uniqueKeys: false, logLevel: 'silent' })
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep()
    throw error
  }
}

/** Makes plain values of nodes of the parser. */
class YamlReader {
  readonly #lines: LineCounter
  readonly #at: (line: number, message: string) => ImportError
  readonly #anchors = new Map<string, Node>()

  constructor(document: Document, lines: LineCounter, at: (line: number, message: string) => ImportError) {
    this.#lines = lines
    this.#at = at
    visit(document, {
      Node: (_, node) => {
        if (!isAlias(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, node)
      },
    })
  }

  value(node: unknown, depth: number): YamlValue {
    const found = this.#resolved(node)
    if (isMap(found) && depth < DEPTH_MAX) return this.#map(found, depth)
    if (isSeq(found)) return found.items.flatMap((item) => textOf(this.#resolved(item)) ?? [])
    const text = textOf(found)
    return text === undefined ? undefined : [text]
  }

  #map(
    node: Node & { readonly items: readonly { readonly key: unknown; readonly value: unknown }[] },
    depth: number,
  ): YamlMap {
    const entries = new Map<string, YamlEntry>()
    for (const { key, value } of node.items) {
      const name = textOf(this.#resolved(key))
      if (name === undefined) continue
      if (entries.has(name)) throw this.#at(this.#lineOf(key), `the key ${name} stands here for the second time`)
      entries.set(name, { line: this.#lineOf(key), value: this.value(value, depth + 1) })
    }
    return { line: this.#lineOf(node), entries }
  }

  #resolved(node: unknown): unknown {
    let at = node
    for (let i = 0; isAlias(at) && i < ALIASES_MAX; i++) at = this.#anchors.get(at.source)
    return at
  }

  #lineOf(node: unknown): number {
    const start = (node as Partial<Node>).range?.[0] ?? 0
    return Math.max(1, this.#lines.linePos(start).line)
  }
}

/** A value as it is written. */
function textOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined
  return node.source ?? String(node.value)
}
