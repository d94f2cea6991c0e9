// Edits of drawn configurations: all other bytes stay, and the new text says exactly what was meant.
import fc from 'fast-check'
import t from 'tap'
import { EditError, type Edited } from '../../../src/config/edits/edit.ts'
import { addHost, removeHost, setHost } from '../../../src/config/edits/hosts.ts'
import { addNode, removeNode, setNode } from '../../../src/config/edits/nodes.ts'
import type { Entry } from '../../../src/config/entries.ts'
import { numberLines } from '../../../src/config/nodes/numbering.ts'
import { readConfig } from '../../../src/config/parser.ts'
import { ConfigDiagnostics } from '../../../src/config/text/config-diagnostics.ts'
import { SourceText } from '../../../src/config/text/source-text.ts'
import { formatAddress, formatMac } from '../../../src/values/index.ts'

const TIME = { interruptAfterTimeLimit: 1500, numRuns: 100_000 }

/** What a line says, without where and how it is written; of a node line with the number that it has. */
type Said = Readonly<Record<string, unknown>>

/** What all lines that we know say, in file order; those of no node are in no relation to numbers. */
function saidBy(bytes: Uint8Array): Said[] {
  const diagnostics = new ConfigDiagnostics(new SourceText('', bytes))
  const { read } = readConfig(bytes, diagnostics)
  const numbers = new Map(numberLines(read, diagnostics).nodes.map(({ number, entry }) => [entry, number] as const))
  return read.map(({ keyword, entry }) => said(keyword, entry, numbers))
}

function said(keyword: string, entry: Entry | undefined, numbers: ReadonlyMap<Entry, number>): Said {
  if (entry?.kind === 'node') {
    const { class: name, sequence, stage, macs } = entry
    return {
      kind: 'node',
      number: numbers.get(entry),
      class: name?.value,
      sequence: sequence.join('+'),
      stage,
      macs: macs.map(({ mac }) => formatMac(mac)).join(' '),
    }
  }
  if (entry?.kind === 'host') {
    const { mac, address, names } = entry
    return {
      kind: 'host',
      mac: mac && formatMac(mac),
      address: formatAddress(address),
      names: names.map(({ value }) => value).join(' '),
    }
  }
  return { kind: entry?.kind ?? `bad ${keyword}` }
}

const MACS = ['0:0:0:0:0:1', '0:0:0:0:0:2', '0:0:0:0:0:3'] as const
const mac = fc.constantFrom(...MACS)
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1')
const name = fc.constantFrom('a', 'b', 'sw-1', 'größe')
const boot = fc.constantFrom('', 'c', 'c pxe+local', 'c pxe+local pxe', 'd local local')
const number = fc.nat(6)

/** A line as people write it: quotes, tabs, a comment, a line end of either kind. */
const styled = (words: fc.Arbitrary<string>) =>
  fc
    .record({
      words,
      gap: fc.constantFrom(' ', '\t', '  ', ' \v'),
      indent: fc.constantFrom('', '', ' ', '\t'),
      quotes: fc.constantFrom('', '', '"', "'"),
      comment: fc.constantFrom('', '', ' # x', '#é "', '\t'),
      end: fc.constantFrom('\n', '\n', '\r\n'),
    })
    .map(({ words, gap, indent, quotes, comment, end }) => {
      const [keyword = '', ...rest] = words.split(' ').filter(Boolean)
      return `${indent}${[keyword, ...rest.map((word) => `${quotes}${word}${quotes}`)].join(gap)}${comment}${end}`
    })

const line = fc.oneof(
  styled(
    fc
      .tuple(
        fc.oneof(number.map(String), fc.constant('')),
        boot,
        fc.array(fc.oneof(mac, fc.constant('off')), { maxLength: 2 }),
      )
      .map(([n, b, m]) => `node ${n} ${b} ${m.join(' ')}`),
  ),
  styled(
    fc
      .tuple(fc.oneof(mac, fc.constant('-')), address, fc.array(name, { maxLength: 2 }))
      .map(([m, ip, names]) => `host ${m} ${ip} ${names.join(' ')}`),
  ),
  fc.constantFrom(
    '\n',
    '# host - 10.0.0.9 a\r\n',
    'nodes 9\n',
    'unknown "x\n',
    'node x y z w\n',
    'iprange 10.1.0.1 10.1.0.9 # é\n',
  ),
)
/** Half of the files end without a line end; some begin with a byte order mark. */
const file = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.boolean(), fc.boolean(), fc.constantFrom('', '', '\r'))
  .map(([lines, isOpen, hasMark, last]) => {
    const text = lines.join('')
    return Buffer.from(`${hasMark ? '\ufeff' : ''}${isOpen ? text.replace(/\r?\n$/, last) : text}`)
  })

/** An edit, and what it is to make of what the lines say; undefined for a line that goes. */
interface Drawn {
  readonly edit: (bytes: Uint8Array) => Edited
  /** The line that is added. */
  readonly added?: Said
  /** Of the line that is changed, or removed. */
  readonly changed?: (before: Said) => Said | undefined
}

const fields = fc.record(
  {
    class: fc.constantFrom('c', 'e', '-'),
    sequence: fc.constantFrom('pxe', 'pxe+local'),
    stage: fc.constantFrom('pxe', 'local'),
    macs: fc.array(mac, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
)
const edit: fc.Arbitrary<Drawn> = fc.oneof(
  fc.tuple(number, fields).map(([number, { macs, ...set }]) => ({
    edit: (bytes: Uint8Array) => setNode(bytes, number, { ...set, macs }),
    changed: (before: Said) => ({
      ...{ ...before, ...set, ...(set.class === '-' && NO_CLASS) },
      ...(macs && { macs: [...new Set(macs)].join(' ') }),
    }),
  })),
  number.map((number) => ({
    edit: (bytes: Uint8Array) => removeNode(bytes, number),
    changed: () => undefined,
  })),
  fc.tuple(number, mac).map(([number, mac]) => ({
    edit: (bytes: Uint8Array) => addNode(bytes, [String(number), 'c', mac]),
    added: { kind: 'node', number, class: 'c', sequence: '', stage: undefined, macs: mac },
  })),
  fc.tuple(mac, address, name).map(([mac, address, name]) => ({
    edit: (bytes: Uint8Array) => addHost(bytes, mac, address, [name]),
    added: { kind: 'host', mac, address, names: name },
  })),
  fc.tuple(name, mac, address).map(([name, mac, address]) => ({
    edit: (bytes: Uint8Array) => setHost(bytes, name, { mac, address }),
    changed: (before: Said) => ({ ...before, mac, address }),
  })),
  fc.oneof(name, mac, address).map((key) => ({
    edit: (bytes: Uint8Array) => removeHost(bytes, key),
    changed: () => undefined,
  })),
)

/** What a line says of the boot of a node without a class. */
const NO_CLASS = { class: undefined, sequence: '', stage: undefined }

/** A placeholder of a node line that others count on. */
function emptied(before: Said): Said {
  return { ...before, ...NO_CLASS, macs: '' }
}

/** The text as lines with their ends, byte for byte. */
function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString('latin1')
    .split(/(?<=\n)/)
}

/** What is wrong with an edit; undefined for one that is right. */
function wrong(bytes: Uint8Array, { edit, added, changed }: Drawn): string | undefined {
  const { bytes: after, line, before: was, after: is } = edit(bytes)
  const [old, now] = [linesOf(bytes), linesOf(after)]
  const [saidOld, saidNow] = [saidBy(bytes), saidBy(after)]
  if (after === bytes) return was === is ? undefined : 'kept, but told as changed'
  if (was === undefined) return wrongAddition(old, now, line) ?? wrongSaid([...saidOld, added], saidNow, true)
  if (is === undefined) {
    if (now.join('') !== withoutLine(old, line)) return 'other bytes went'
    const [gone, ...rest] = saidOld.flatMap((_, i) => (same(saidOld.toSpliced(i, 1), saidNow) ? [saidOld[i]] : []))
    return gone === undefined || rest.some((each) => !same([each], [gone])) ? 'not exactly one line less' : undefined
  }
  if (old.length !== now.length || old.some((each, i) => i !== line - 1 && each !== now[i]))
    return 'another line changed'
  const comment = (text = '') =>
    text.includes('#') ? text.slice(text.indexOf('#')) : (/[\r\n]*$/.exec(text)?.[0] ?? '')
  if (comment(old[line - 1]) !== comment(now[line - 1])) return 'the comment or the line end changed'
  const at = saidOld.findIndex((each, i) => JSON.stringify(each) !== JSON.stringify(saidNow[i]))
  if (at < 0) return 'nothing was said'
  const meant = changed?.(saidOld[at] ?? {}) ?? emptied(saidOld[at] ?? {})
  return wrongSaid(saidOld.with(at, meant), saidNow, false)
}

/** The lines without one: of a last one without a line end the line end before it goes, and a byte order mark stays. */
function withoutLine(lines: readonly string[], line: number): string {
  const mark = line === 1 && lines[0]?.startsWith('\xef\xbb\xbf') ? '\xef\xbb\xbf' : ''
  const rest = `${mark}${lines.toSpliced(line - 1, 1).join('')}`
  return line > 1 && lines[line - 1]?.endsWith('\n') === false ? rest.replace(/\r?\n$/, '') : rest
}

function same(some: readonly unknown[], others: readonly unknown[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others)
}

function wrongAddition(old: string[], now: string[], line: number): string | undefined {
  const rest = now.toSpliced(line - 1, 1)
  if (rest.join('') === old.join('')) return undefined
  const isOpen = old.at(-1)?.endsWith('\n') === false && now.at(-1)?.endsWith('\n') === false
  return isOpen && rest.join('').replace(/\r?\n$/, '') === old.join('') ? undefined : 'other bytes came'
}

function wrongSaid(meant: readonly (Said | undefined)[], saidNow: readonly Said[], isSet: boolean): string | undefined {
  const text = (each: Said | undefined) => JSON.stringify(each)
  const [a, b] = [meant.map(text), saidNow.map(text)]
  if (isSet) for (const list of [a, b]) list.sort()
  return a.join('\n') === b.join('\n') ? undefined : `it says\n${b.join('\n')}\nand should say\n${a.join('\n')}`
}

/** What comes of an edit: how it ended, and what is wrong with it. */
function outcome(bytes: Uint8Array, drawn: Drawn): { readonly end: string; readonly fault?: string | undefined } {
  try {
    const fault = wrong(bytes, drawn)
    return { end: drawn.edit(bytes).bytes === bytes ? 'kept' : 'edited', fault }
  } catch (error) {
    if (error instanceof EditError) return { end: 'refused' }
    throw error
  }
}

t.test('an edit keeps all other bytes, and the new text says exactly what was meant', async (t) => {
  let tried = 0
  fc.assert(
    fc.property(file, edit, (bytes, drawn) => {
      tried++
      const { fault } = outcome(bytes, drawn)
      if (fault !== undefined) throw new Error(`${fault}:\n${JSON.stringify(bytes.toString())}`)
    }),
    TIME,
  )
  t.ok(tried > 0, `${tried} tried`)
})

t.test('edits that are made, that are needless and that are refused do occur among them', async (t) => {
  const ends = fc.sample(fc.tuple(file, edit), { numRuns: 400, seed: 1 }).map(([bytes, drawn]) => outcome(bytes, drawn))
  t.same(new Set(ends.map(({ end }) => end)), new Set(['edited', 'refused', 'kept']))
  t.same(
    ends.flatMap(({ fault }) => fault ?? []),
    [],
  )
})

t.test('what was added is removed again without a trace', async (t) => {
  let tried = 0
  fc.assert(
    fc.property(file, fc.boolean(), (bytes, isNode) => {
      const added = isNode ? addNode(bytes, ['77', 'c', '0:0:0:0:0:77']) : addHost(bytes, '-', '10.0.0.77', ['added'])
      const back = isNode ? removeNode(added.bytes, 77) : removeHost(added.bytes, 'added')
      tried++
      return bytes.length === 0 || bytes.equals(back.bytes)
    }),
    TIME,
  )
  t.ok(tried > 0, `${tried} tried`)
})
