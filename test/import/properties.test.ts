// What holds of any source: check passes what is written, nothing is lost, and no bytes stop a reader.
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { hasErrors, parseConfig } from '../../src/config/index.ts'
import { IMPORT_FORMATS, ImportError, type ImportFormat } from '../../src/import/index.ts'
import { configured, DOMAIN } from '../resolver/configs.ts'
import { type Fact, fixture, hostsFacts, imported, lost } from './carried.ts'

/** Each property is tried for this long at most. */
const TIME = { interruptAfterTimeLimit: 800, numRuns: 100_000 }

/** So few names and addresses that they clash all the time. */
const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('n', 'node', 'N'), fc.nat(12)).map(([text, number]) => `${text}${number}`),
  },
  fc
    .tuple(fc.nat(12), fc.constantFrom('', '-ib', '-bmc', '.lan'))
    .map(([number, suffix]) => `node${String(number).padStart(2, '0')}${suffix}`),
  fc.constantFrom(
    'a',
    'A',
    'nas',
    'nas.lan',
    'ns',
    'master',
    'localhost',
    'pdu1',
    'r1n01',
    'r1n02',
    'r2n01',
    'r2n02',
    'n',
    '10',
    'a_b',
    'x.cluster.internal',
    'cluster',
    'bmcs',
    'dev',
    'n-1',
    '-',
    'off',
    'node%N',
  ),
)
const address = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.nat(2), fc.nat(16)).map(([net, host]) => `10.0.${net}.${host}`) },
  fc.constantFrom('10.0.0.255', '127.0.0.1', '0.0.0.1', '224.0.0.1', '192.168.1.1', '192.168.1.2', '192.168.1.3'),
  fc.nat(8).map((host) => `fd00::${host + 1}`),
  fc.constantFrom('::1', 'fe80::1', '::ffff:10.0.0.3'),
)
const mac = fc.nat(9).map((octet) => `0:0:0:0:0:${octet}`)

const hostLine = fc.tuple(address, fc.array(name, { maxLength: 4 })).map((words) => words.flat().join(' '))
const etherLine = fc.tuple(mac, fc.oneof(name, address)).map((words) => words.join(' '))
/** Rows of machines, so that there are nodes. */
const rows = fc
  .record({
    prefix: fc.constantFrom('n', 'node', 'gpu'),
    count: fc.nat(9),
    from: fc.nat(3),
    net: fc.nat(3),
    suffix: fc.constantFrom('', '-ib', '-bmc', '.lan'),
  })
  .map(({ prefix, count, from, net, suffix }) =>
    Array.from({ length: count }, (_, i) => `10.${net}.0.${10 + i} ${prefix}${from + i}${suffix}`).join('\n'),
  )

/** Sources of each format, and the plainest way to read them. */
const SOURCES: {
  readonly [F in ImportFormat]: readonly [fc.Arbitrary<string>, (file: string, text: string) => Fact[]]
} = {
  hosts: [
    fc
      .array(fc.oneof({ weight: 3, arbitrary: hostLine }, etherLine, rows), { maxLength: 14 })
      .map((lines) => lines.join('\n')),
    hostsFacts,
  ],
}

for (const format of IMPORT_FORMATS) {
  const [source, facts] = SOURCES[format]
  t.test(`${format}: what is drawn is answered or in a comment, and check finds no error`, async (t) => {
    let carried = 0
    const property = fc.property(
      source,
      fc.constantFrom(undefined, [], ['n%N'], ['node%2N', 'node%2N-ib']),
      (text, nodeNames) => {
        const all = facts('source', text)
        const written = imported(format, { source: text }, { nodeNames })
        const missing = lost(written, all)
        if (missing.length > 0) throw new Error(`${JSON.stringify(missing)}\n${text}\n---\n${written.text}`)
        carried += all.length
      },
    )
    fc.assert(property, TIME)
    t.ok(carried > 20, `${carried} facts`)
  })

  t.test(`${format}: no bytes stop the reader; what it refuses has a place`, async (t) => {
    survives(
      t,
      format,
      fc.oneof(
        fc.string({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
        mutated(source),
      ),
    )
  })
}

/** A text with parts dropped, put in, and repeated. */
function mutated(source: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(2000),
    drop: fc.nat(30),
    put: fc.string({ unit: fc.constantFrom(...'{}[]"\'\\;:,#=/\n\t !&*|>-%\0\u0085a1.'), maxLength: 6 }),
  })
  return fc.tuple(source, fc.array(edit, { maxLength: 8 })).map(([text, edits]) => {
    let changed = text
    for (const { at, drop, put } of edits) {
      const from = at % (changed.length + 1)
      changed = changed.slice(0, from) + put + changed.slice(from + drop)
    }
    return changed
  })
}

function survives(t: Test, format: ImportFormat, texts: fc.Arbitrary<string>): void {
  let tried = 0
  const property = fc.property(texts, (text) => {
    tried++
    try {
      const { diagnostics } = parseConfig(Buffer.from(imported(format, { source: text }).text), { domain: DOMAIN })
      if (hasErrors(diagnostics)) throw new Error(diagnostics[0]?.message)
    } catch (error) {
      if (!(error instanceof ImportError)) throw error
      if (error.place.file !== 'source' || error.place.line < 1) throw new Error(`no place: ${error.message}`)
    }
  })
  fc.assert(property, TIME)
  t.ok(tried > 20, `${tried} tried`)
}

t.test('a file cut at any byte is read', async (t) => {
  const text = fixture('hosts/telescope.hosts')
  for (let end = 0; end < text.length; end += 7) configured(imported('hosts', { source: text.slice(0, end) }).text)
  t.pass('each of them')
})
