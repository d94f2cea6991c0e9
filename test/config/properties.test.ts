import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { formatDiagnostic, type Location, parseConfig } from '../../src/config/index.ts'
import { sharedThings } from './machines.ts'
import { linesOf } from './reading.ts'

const example = readFileSync(new URL('../../examples/config', import.meta.url))
const faults = readFileSync(new URL('../fixtures/config/faults.config', import.meta.url))
/** Each property is tried for this long at most. */
const TIME = { interruptAfterTimeLimit: 1500, numRuns: 100_000 }

/** What must hold of any bytes; the message of what does not. */
function wrong(bytes: Uint8Array): string | undefined {
  const { cluster, diagnostics, leftOut } = parseConfig(bytes)
  const lines = linesOf(bytes)
  for (const diagnostic of diagnostics) {
    const { related, severity, code } = diagnostic
    for (const place of [diagnostic, ...related]) {
      const line = lines[place.line - 1]
      const least = code === 'byte-order-mark' ? place.column : place.column + 1
      if (!line || place.column < 1 || place.end < least || place.end - 1 > line.end - line.start)
        return 'a place outside its line'
    }
    if (severity === 'error' && leftOut.length === 0) return 'an error that leaves nothing out'
    const isClash = severity === 'error' && code !== 'host-outside-ranges' && code !== 'companion-address'
    if (isClash && related[0] && isAfter(related[0], diagnostic)) return 'the earlier told first'
  }
  if (diagnostics.every(({ severity }) => severity !== 'error') && leftOut.length > 0)
    return 'left out without an error'
  for (const diagnostic of diagnostics) {
    const text = formatDiagnostic(diagnostic)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is sought
    if (/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(text + diagnostic.message)) return 'a control character in a message'
    if (text.split('\n').length !== 3 * (1 + diagnostic.related.length)) return 'a message of several lines'
  }
  return sharedThings(cluster)[0]
}

function isAfter(one: Location, other: Location): boolean {
  return one.line > other.line || (one.line === other.line && one.column > other.column)
}

/** Runs a property over bytes, with what is wrong as its failure. */
function holds(t: Test, bytes: fc.Arbitrary<Uint8Array>): void {
  let tried = 0
  const property = fc.property(bytes, (each) => {
    tried++
    const fault = wrong(each)
    if (fault !== undefined) throw new Error(`${fault}:\n${Buffer.from(each).toString('latin1')}`)
  })
  fc.assert(property, TIME)
  t.ok(tried > 0, `${tried} tried`)
}

t.test('no bytes make the parser throw or say nonsense', async (t) => {
  holds(t, fc.uint8Array({ maxLength: 300 }))
})

t.test('nor does any mutation of a good file or of a bad one', async (t) => {
  const edit = fc.record({
    at: fc.nat(example.length + faults.length),
    drop: fc.nat(30),
    put: fc.uint8Array({ maxLength: 4 }),
  })
  const mutated = fc.tuple(fc.constantFrom(example, faults), fc.array(edit, { maxLength: 6 })).map(([file, edits]) => {
    let bytes = Buffer.from(file)
    for (const { at, drop, put } of edits)
      bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + drop)])
    return bytes
  })
  holds(t, mutated)
})

t.test('a file cut at any byte is read without nonsense', async (t) => {
  for (const file of [example, faults]) {
    for (let end = 0; end <= file.length; end++) {
      const fault = wrong(file.subarray(0, end))
      if (fault !== undefined) t.fail(`cut at ${end}: ${fault}`)
    }
  }
})

/** Lines over so few numbers, names and addresses that they clash all the time. */
const few = {
  number: fc.nat(12),
  ip: fc
    .tuple(
      fc.constantFrom('10.0.0', '10.0.1', '0.0.0', '0.0.1', '255.255.255'),
      fc.constantFrom(0, 1, 2, 3, 4, 5, 9, 254, 255),
    )
    .map(([net, host]) => `${net}.${host}`),
  ip6: fc.constantFrom('fd00::1', 'fd00::2', '::ffff:10.0.0.2'),
  mac: fc.nat(6).map((octet) => `0:0:0:0:0:${octet}`),
  name: fc.constantFrom(
    'a',
    'A',
    'b',
    'n1',
    'n02',
    'node3',
    'n10-ib',
    'x1',
    'master',
    'cluster',
    'n1.lan',
    '1',
    'n+3',
    'b_',
  ),
  format: fc.constantFrom(
    'n%N',
    'n%2N',
    'n1%N',
    'N%3N',
    'node%N',
    'n%N-ib',
    'x%N',
    'x%N0',
    'x%1N',
    'n-%N',
    'b%5N1',
    'master%N',
    'n%n',
  ),
  set: fc.constantFrom('-', '0-3', '5-', '1,2', 'n3'),
  bound: fc.constantFrom('0-3', '0-3=1', '-=1', '5-', '2,0-4=7', '1', '4-9=0', '3=10'),
}
const words = (...parts: fc.Arbitrary<string | number>[]) =>
  fc.tuple(...parts).map((each) => each.filter((word) => word !== '').join(' '))
const maybe = (part: fc.Arbitrary<string | number>) => fc.oneof(fc.constant(''), part)
const is = fc.constant
const line = fc.oneof(
  words(is('nodes'), few.number),
  words(is('iprange'), maybe(few.number), few.ip, few.ip),
  words(is('hostrange'), maybe(few.name), few.ip, few.ip),
  is('hostrange 10.0.0.0 10.0.1.255'),
  is('iprange 10.0.2.0 10.0.2.11'),
  words(is('host'), few.mac, fc.oneof(few.ip, few.ip6), maybe(few.name), maybe(few.name)),
  words(is('node'), maybe(few.number), maybe(few.name), maybe(few.mac), maybe(few.mac)),
  words(is('nodename'), few.format, maybe(few.ip), maybe(few.name)),
  words(is('nodename'), few.bound, few.format, maybe(few.ip), maybe(few.name)),
  words(is('nodename'), few.number, few.name),
  words(is('interface eth0'), few.ip, is('255.255.255.0')),
  words(is('masterorder'), few.set, few.ip, maybe(few.ip)),
  words(is('class'), few.name, is('kernelimage none')),
)

/** Half of the files start with ranges, so that there are nodes and places for hosts. */
const GROUND = ['iprange 10.0.2.0 10.0.2.11', 'hostrange 10.0.0.0 10.0.1.255', 'hostrange fd00::1 fd00::9']
const clashing = (maxLength: number) =>
  fc
    .tuple(fc.boolean(), fc.array(line, { maxLength }))
    .map(([ground, lines]) => (ground ? [...GROUND, ...lines] : lines))

t.test(
  'whatever lines clash, the cluster gives nothing to two machines, and an error-free file is taken whole',
  async (t) => {
    holds(
      t,
      clashing(14).map((lines) => Buffer.from(lines.join('\n'))),
    )
  },
)

t.test('clean files do occur among them, with nodes, hosts and companions', async (t) => {
  const seen = { clean: 0, withAll: 0 }
  fc.assert(
    fc.property(clashing(4), (lines) => {
      const { cluster, leftOut } = parseConfig(Buffer.from(lines.join('\n')))
      if (leftOut.length > 0) return
      seen.clean++
      if (cluster.nodes.length > 0 && cluster.hosts.length > 0) seen.withAll++
    }),
    { numRuns: 3000, seed: 1 },
  )
  t.ok(seen.clean > 100 && seen.withAll > 10, JSON.stringify(seen))
})

t.test('the same bytes give the same result', async (t) => {
  for (const file of [example, faults]) t.same(parseConfig(file), parseConfig(Buffer.from(file)))
})
