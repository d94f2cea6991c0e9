// What holds of any source: check passes what is written, nothing is lost, and no bytes stop a reader.
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { dnsmasqOptions } from '../../src/boot/index.ts'
import { hasErrors, parseConfig } from '../../src/config/index.ts'
import { ImportError } from '../../src/import/entry.ts'
import { IMPORT_FORMATS, type ImportFormat } from '../../src/import/formats.ts'
import { answer } from '../../src/resolver/answers/answers.ts'
import { gendersLines } from '../../src/resolver/answers/genders.ts'
import { isPlainName } from '../../src/resolver/answers/machines.ts'
import { hosts } from '../../src/resolver/databases/hosts.ts'
import { layout } from '../../src/resolver/index.ts'
import type { Snapshot } from '../../src/resolver/snapshot/snapshot.ts'
import { formatAddress, formatMac, parseMac } from '../../src/values/index.ts'
import { clusterOf, configured, DOMAIN } from '../resolver/configs.ts'
import { commentsOf, fixture, imported, lost } from './carried.ts'
import { FACTS, macsOf } from './facts.ts'

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

/** A machine as most formats tell it. */
interface Told {
  readonly names: readonly [string, ...string[]]
  readonly addresses: readonly string[]
  readonly macs: readonly string[]
}

const told: fc.Arbitrary<Told> = fc.record({
  names: fc.tuple(name, fc.array(name, { maxLength: 2 })).map(([first, more]) => [first, ...more] as const),
  addresses: fc.array(address, { maxLength: 2 }),
  macs: fc.array(mac, { maxLength: 2 }),
})
/** Machines in a row, so that there are nodes. */
const row = fc
  .record({ prefix: fc.constantFrom('n', 'node', 'gpu'), count: fc.nat(9), from: fc.nat(3), net: fc.nat(3) })
  .map(({ prefix, count, from, net }) =>
    Array.from({ length: count }, (_, i): Told => {
      return {
        names: [`${prefix}${from + i}`],
        addresses: [`10.${net}.0.${10 + i}`],
        macs: [`0:0:0:0:${net + 1}:${i}`],
      }
    }),
  )
const machines = fc
  .array(fc.oneof({ weight: 3, arbitrary: told.map((one) => [one]) }, row), { maxLength: 10 })
  .map((all) => all.flat())

/** Machines as a text, each by itself. */
function written(write: (machine: Told) => string, before = ''): fc.Arbitrary<string> {
  return machines.map((all) => {
    // A key of YAML stands once.
    const some = before === '' ? all : [...new Map(all.map((one) => [one.names[0], one])).values()]
    return before + some.map((one) => `${write(one)}\n`).join('')
  })
}

const padded = (text: string): string =>
  text
    .split(':')
    .map((octet) => octet.padStart(2, '0'))
    .join(':')
const isName = (text: string): boolean => !/^\d+$/.test(text)

/** Sources of each format. */
const SOURCES: { readonly [F in ImportFormat]: fc.Arbitrary<string> } = {
  hosts: fc
    .array(fc.oneof({ weight: 3, arbitrary: hostLine }, etherLine, rows), { maxLength: 14 })
    .map((lines) => lines.join('\n')),
  dnsmasq: written(({ names, addresses, macs }) => {
    const places = addresses.map((text) => (text.includes(':') ? `[${text}]` : text))
    if (macs.length === 0) return `host-record=${[...names.filter(isName), ...addresses].join(',')}`
    return `dhcp-host=${[...macs.map(padded), 'set:x', ...places, ...names.filter(isName).slice(0, 1), '12h'].join(',')}`
  }),
  dhcpd: written(({ names: [first, second], addresses, macs: [hardware] }) => {
    const lines = [
      ...(hardware === undefined ? [] : [`hardware ethernet ${hardware};`]),
      ...(addresses.length === 0 ? [] : [`fixed-address ${addresses.join(', ')};`]),
      ...(second === undefined ? [] : [`option host-name "${second}";`]),
    ]
    return `group { # a group\n  host ${first} {\n    ${lines.join('\n    ')}\n  }\n}`
  }),
  warewulf: written(({ names: [first], addresses, macs }) => {
    const device = (i: number) => [
      `      net${i}:`,
      ...(addresses[i] === undefined ? [] : [`        ipaddr: ${addresses[i]}`]),
      ...(macs[i] === undefined ? [] : [`        hwaddr: "${macs[i]}"`]),
    ]
    return [`  "${first}":`, '    network devices:', ...device(0), ...device(1)].join('\n')
  }, 'nodeprofiles:\n  default: {}\nnodes:\n'),
  xcat: written(({ names: [first, ...aliases], addresses: [ip, second], macs }) =>
    [
      `${first}:`,
      '    objtype=node',
      ...(ip === undefined ? [] : [`    ip=${ip}`]),
      ...(aliases.length === 0 ? [] : [`    hostnames=${aliases.join(',')}`]),
      ...(second === undefined ? [] : [`    nicips.ib0=${second}`]),
      ...(macs.length === 0 ? [] : [`    mac=${macs.map((text, i) => (i === 0 ? text : `${text}!*NOIP*`)).join('|')}`]),
      '    groups=compute,all',
    ].join('\n'),
  ),
  genders: written(({ names: [first], addresses, macs }) => {
    const places = addresses.map((text, i) => `ip${i === 0 ? '' : i + 1}=${text}`)
    return `${first} ${['compute', ...places, ...(macs.length === 0 ? [] : [`mac=${macs.join('|')}`])].join(',')}`
  }),
}

for (const format of IMPORT_FORMATS) {
  const source = SOURCES[format]
  t.test(`${format}: what is drawn is answered or in a comment, and check finds no error`, async (t) => {
    let carried = 0
    const property = fc.property(
      source,
      fc.constantFrom(undefined, [], ['n%N'], ['node%2N', 'node%2N-ib']),
      (text, nodeNames) => {
        const all = FACTS[format]('source', text)
        const made = imported(format, { source: text }, { nodeNames })
        const missing = lost(made, all)
        if (missing.length > 0) throw new Error(`${JSON.stringify(missing)}\n${text}\n---\n${made.text}`)
        carried += all.length
      },
    )
    fc.assert(property, TIME)
    t.ok(carried > 0, `${carried} facts`)
  })

  t.test(`${format}: each MAC that is drawn has a machine or is in a comment`, async (t) => {
    let carried = 0
    const property = fc.property(source, (text) => {
      const made = imported(format, { source: text })
      const known = new Set([...configured(made.text).entries('ethers')].map(({ mac: one }) => formatMac(one)))
      const told = commentsOf(made).join(' ')
      for (const one of macsOf(text)) {
        const shown = formatMac(parseMac(one) ?? Buffer.alloc(6))
        if (!known.has(shown) && !told.includes(shown) && !told.includes(one))
          throw new Error(`${one} is lost\n${text}\n---\n${made.text}`)
        carried++
      }
    })
    fc.assert(property, TIME)
    t.ok(carried > 0, `${carried} MACs`)
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
  t.ok(tried > 0, `${tried} tried`)
}

const CUT: { readonly [F in ImportFormat]: string } = {
  hosts: 'hosts/telescope.hosts',
  dnsmasq: 'dnsmasq/containers.conf',
  dhcpd: 'dhcpd/grouped.conf',
  warewulf: 'warewulf/two-networks.conf',
  xcat: 'xcat/two-networks.stanza',
  genders: 'genders/ranges.genders',
}

t.test('a file that is cut is read, or refused with a place', async (t) => {
  for (const format of IMPORT_FORMATS) {
    const text = fixture(CUT[format])
    const ends = fc.nat(text.length).map((end) => text.slice(0, end))
    survives(t, format, ends)
  }
})

/** What the listed names of a configuration lead to, without those of masters, and of the machines that were left out. */
function listed(snapshot: Snapshot, left: ReadonlySet<string | undefined>): Map<string, string> {
  const names = new Map<string, string>()
  for (const { kind, names: some } of snapshot.entries('hosts')) {
    if (kind === layout.HOST_KINDS.MASTER || !isPlainName(some[0] ?? '') || left.has(some[0])) continue
    for (const each of some.filter(isPlainName)) names.set(each, addressesOf(snapshot, each))
  }
  return names
}

function addressesOf(snapshot: Snapshot, name: string): string {
  const record = answer(snapshot, 'hosts', { name })
  return record === undefined ? 'none' : hosts.decode(record).addresses.map(formatAddress).sort().join(' ')
}

for (const [format, lines] of [
  ['genders', gendersLines],
  ['dnsmasq', dnsmasqOptions],
] as const) {
  t.test(`${format}: what is exported and imported again gives the same names and addresses`, async (t) => {
    let carried = 0
    const property = fc.property(SOURCES.hosts, (text) => {
      const config = imported('hosts', { source: text }).text
      const before = configured(config)
      const exported = [...lines(before, clusterOf(config))].join('')
      // Genders has no names with dots: a machine that has no other name is left out there.
      const left = new Set([...exported.matchAll(/^# left out, .*: (.*)$/gm)].map(([, name]) => name))
      const made = imported(format, { exported })
      const after = configured(made.text)
      for (const [each, addresses] of listed(before, left)) {
        const found = addressesOf(after, each)
        if (found !== addresses) throw new Error(`${each}: ${addresses} became ${found}\n${exported}---\n${made.text}`)
        carried++
      }
    })
    fc.assert(property, TIME)
    t.ok(carried > 0, `${carried} names`)
  })
}
