import fc from 'fast-check'
import t from 'tap'
import type { BuildRules } from '../../../../src/daemon/candidate/reading.ts'
import type { Sources } from '../../../../src/daemon/sources/source.ts'
import { RULES, readFile, sourcesOf } from '../../sources.ts'
import { accessOf, Builds } from './builds.ts'

const STANDING = sourcesOf(3)

function sourcesWith(lines: readonly string[], hasEnd = true): Sources {
  const text = lines.join('\n') + (hasEnd && lines.length > 0 ? '\n' : '')
  return { ...STANDING, config: readFile('config', text) }
}

/** A cluster with something of each kind of line. */
const START = [
  '# a cluster',
  'nodes 12',
  'iprange 10.0.0.100 10.0.0.111',
  'hostrange lab 10.0.0.20 10.0.0.39',
  'hostrange 10.0.0.40 10.0.0.59',
  'nodename c%2N',
  'nodename node-%N 10.0.1.0 ipmi',
  'class big kernelimage /boot/big',
  'class small kernelimage /boot/small',
  'interface eth0 10.0.0.1 255.255.255.0',
  ...[0, 1, 2, 3].map((i) => `host 0:0:0:0:0:${i} 10.0.0.2${i} sw${i} switch${i}`),
  'host - 10.0.0.50 pdu',
  'host - 10.0.0.1 head',
  'node 0 big 0:0:0:0:1:0',
  'node small pxe+local pxe 0:0:0:0:1:1 0:0:0:0:2:1',
  'node 0:0:0:0:1:2',
  'node off',
  'node 6 small 0:0:0:0:1:6 node-6=0:0:0:0:3:6',
  'node 7 node-7=0:0:0:0:3:7',
  'host 0:0:0:0:0:9 10.0.0.45 nas',
]

const digit = fc.nat({ max: 9 })
/** Lines of single machines: most are good ones. */
const machine = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(digit, digit, digit, fc.constantFrom('', ' more', ' n3', ' C05', ' c3', ' Switch2', ' a.b'))
      .map(([i, j, mac, more]) => `host 0:0:0:0:0:${mac} 10.0.0.2${j} sw${i}${more}`),
  },
  { weight: 3, arbitrary: fc.tuple(digit, digit).map(([i, j]) => `host - 10.0.0.${40 + j} pdu${i} # ${j}`) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat({ max: 13 }), fc.constantFrom('', 'big ', 'small ', 'other ', 'lab ', 'unapproved '), digit)
      .map(([i, of, mac]) => `node ${i} ${of}0:0:0:0:1:${mac}`),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.nat({ max: 13 }), fc.constantFrom('', '0:0:0:0:4:4 '), fc.nat({ max: 13 }), digit)
      .map(([i, own, of, mac]) => `node ${i} ${own}node-${of % 3 === 0 ? of : i}=0:0:0:0:3:${mac}`),
  },
  { weight: 4, arbitrary: fc.tuple(digit, digit).map(([i, j]) => `node 0:0:0:0:${i}:${j}`) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.nat({ max: 13 }), fc.constantFrom('', 'big ', 'small '), fc.constantFrom('pxe', 'local'), digit)
      .map(([i, of, stage, mac]) => `node ${i} ${of}pxe+local ${stage} 0:0:0:0:1:${mac}`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('node off', 'node', 'node 3', 'node big', 'node big local+pxe pxe', 'node 4 off'),
  },
  { weight: 2, arbitrary: fc.nat({ max: 30 }).map((i) => `again ${i}`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '# a comment',
      '',
      '\t"host" - 10.0.0.58 quoted',
      'unknown',
      'pci 1 2 3',
      'hostname x',
      'host - 10.0.0.255 wide',
      'host - 10.0.0.105 inside',
      'host - 10.0.0.30 under_score',
      'host - 10.0.0.31 ns',
    ),
  },
)
/** Lines that are about more than one machine, or wrong. */
const other = fc.constantFrom(
  'host zz',
  'host - 10.0.0.1 more',
  'host 0:0:0:0:3:3 10.0.0.56',
  'node 1048577',
  'nodename x%N',
  'class lab kernelimage none',
  'class big initrdimage /boot/i',
  'hostrange 10.0.0.60 10.0.0.69',
  'masterorder - 10.0.0.1 10.0.0.2',
  'nodes 7',
  'host - 10.0.0.33 caf\u00e9\u00a0x',
  'host - 10.0.0.34 end\r',
)

interface Edit {
  readonly at: number
  readonly remove: number
  readonly lines: readonly string[]
}
const edit = fc.record({
  at: fc.nat({ max: 30 }),
  remove: fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 2 }) }, { weight: 1, arbitrary: fc.nat({ max: 20 }) }),
  lines: fc.array(fc.oneof({ weight: 9, arbitrary: machine }, { weight: 1, arbitrary: other }), { maxLength: 3 }),
})
/** Changes below the lines about more than one machine. */
const small = fc.record({
  at: fc.integer({ min: 10, max: 30 }),
  remove: fc.nat({ max: 1 }),
  lines: fc.array(machine, { maxLength: 1 }),
})

/** Stands for the line with a number, once more. */
const AGAIN = /^again ([0-9]+)$/

const edited = (lines: readonly string[], { at, remove, lines: more }: Edit) =>
  lines.toSpliced(at, remove, ...more.map((line) => lines[Number(AGAIN.exec(line)?.[1])] ?? line))

/** Nodes that boot: some from the network, some from the disk. Some of the lines that say what stand behind theirs. */
const BOOTED = [
  'nodes 14',
  'iprange 10.0.0.100 10.0.0.113',
  'hostrange lab 10.0.0.20 10.0.0.59',
  'interface eth0 10.0.0.1 255.255.255.0',
  'class big kernelimage /boot/big',
  'class big initrdimage /boot/initrd',
  'kernelimage 6-8 relative',
  'node 0 big pxe+local pxe 0:0:0:0:1:0',
  'node 1 big pxe+local local 0:0:0:0:1:1',
  'node 2 small pxe+local pxe 0:0:0:0:1:2',
  'node 3 pxe+local local 0:0:0:0:1:3',
  'node 4 0:0:0:0:1:4',
  'node 5 small pxe+local local 0:0:0:0:1:5',
  'node 6 small pxe+local local 0:0:0:0:1:6',
  'node 7 pxe+local pxe 0:0:0:0:1:7',
  'node 8 big pxe+local local 0:0:0:0:1:8',
  'node 10 big 0:0:0:0:2:10',
  'host 0:0:0:0:0:9 10.0.0.45 nas',
  ...Array.from({ length: 12 }, (_, i) => `host - 10.0.0.${47 + i} rack${i}`),
  'class small kernelimage /boot/big',
  'kernelimage /boot/all',
  'kernelcommandline password=x',
  'host 0:0:0:0:0:8 10.0.0.46 disk',
]

/** `least` is the part of the changes that has to be followed. */
const CLUSTERS: Readonly<
  Record<string, { readonly rules: BuildRules; readonly start: readonly string[]; readonly least?: number }>
> = {
  'with something of each kind of line': { rules: RULES, start: START },
  'that kickback boots': {
    ...{ rules: { ...RULES, boot: true }, start: BOOTED, least: 1 / 6 },
  },
  'of lines without numbers and no domain': {
    rules: {
      ...RULES,
      domain: '',
      logins: [accessOf('big', ['u1', 'U2'], []), accessOf('0-3', [], ['team', 'absent'])],
    },
    start: [
      'iprange 10.0.0.100 10.0.0.120',
      'hostrange 10.0.0.20 10.0.0.59',
      ...START.filter((line) => /^(class |host |node (?![0-9]+ ))/.test(line) && !line.endsWith('head')),
    ],
  },
}

for (const [what, { rules, start, least = 1 / 4 }] of Object.entries(CLUSTERS)) {
  t.test(
    `lines of hosts and nodes that change give what a whole build gives, byte for byte, in a cluster ${what}`,
    async (t) => {
      let [local, all] = [0, 0]
      const why = new Map<string, number>()
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.oneof({ weight: 2, arbitrary: small }, { weight: 1, arbitrary: edit }), fc.boolean()), {
            minLength: 1,
            maxLength: 8,
          }),
          (steps) => {
            const builds = new Builds(rules)
            let lines: readonly string[] = start
            builds.next(sourcesWith(lines))
            for (const [change, hasEnd] of steps) {
              const next = edited(lines, change)
              const made = builds.next(sourcesWith(next, hasEnd))
              // A configuration in error is mended: else most steps would be refused.
              if (made.built !== undefined) lines = next
              if (made.work.whole === undefined && made.work.wholeConfiguration === undefined) local++
              all++
            }
            for (const [reason, count] of builds.reasons) why.set(reason, (why.get(reason) ?? 0) + count)
          },
        ),
        { numRuns: process.env.KICKBACK_LONG === '1' ? 3000 : 60, endOnFailure: true },
      )
      t.ok(local > least * all, `${local} of ${all} changes were followed`)
      t.comment(
        [...why]
          .sort((a, b) => b[1] - a[1])
          .map(([reason, count]) => `${count}: ${reason}`)
          .join('; '),
      )
    },
  )
}

/** A cluster of so many nodes and devices, the devices behind the nodes. */
function large(count: number, more: readonly string[] = [], at = count + 4): readonly string[] {
  const numbers = Array.from({ length: count }, (_, i) => i)
  const mac = (i: number) => [i >> 8, i & 255].map((byte) => byte.toString(16)).join(':')
  const lines = [
    `nodes ${count}`,
    `iprange 10.1.0.0 10.1.${(count - 1) >> 8}.${(count - 1) & 255}`,
    'hostrange lab 10.2.0.0 10.2.255.255',
    'class big kernelimage none',
    ...numbers.map((i) => `node ${i % 2 === 0 ? 'big ' : ''}2:0:0:0:${mac(i)}`),
    ...numbers.map((i) => `host 2:0:0:1:${mac(i)} 10.2.${i >> 8}.${i & 255} h${i}`),
  ]
  return lines.toSpliced(at, 0, ...more)
}

const COUNT = 400
const CHANGES: Readonly<
  Record<string, { readonly after: readonly string[]; readonly read: number; readonly made: number }>
> = {
  'a device more at the end': {
    after: large(COUNT, ['host - 10.2.200.1 new'], 2 * COUNT + 4),
    ...{ read: 400, made: 2 },
  },
  'a device more before the others': { after: large(COUNT, ['host 2:1:0:0:0:1 10.2.200.1 new']), read: 1500, made: 3 },
  'a device that has another name': {
    after: large(COUNT).map((line) => line.replace(/ h77$/, ' other')),
    ...{ read: 400, made: 3 },
  },
  'a node that has another MAC': {
    after: large(COUNT).map((line) => line.replace(/2:0:0:0:1:2$/, '2:0:0:2:1:2')),
    ...{ read: 400, made: 1 },
  },
  'a node that has another class': {
    after: large(COUNT).map((line) => line.replace(/big (2:0:0:0:1:2)$/, '$1')),
    ...{ read: 400, made: 1 },
  },
  'a comment': { after: large(COUNT, ['# nothing']), read: 400, made: 0 },
}

/** The same cluster, with nodes that boot. */
const booted = (lines: readonly string[]) =>
  lines.map((line) =>
    line.replace('kernelimage none', 'kernelimage /boot/big').replace('big 2:', 'big pxe+local pxe 2:'),
  )
const DISK = booted(large(COUNT)).map((line) => line.replace(/ pxe( 2:0:0:0:0:4)$/, ' local$1'))

for (const [what, { before, after, why }] of Object.entries({
  'a stage that moves': {
    before: DISK,
    after: DISK.map((line) => line.replace(/ pxe( 2:0:0:0:1:2)$/, ' local$1')),
    why: undefined,
  },
  'a device more': { before: DISK, after: [...DISK, 'host 2:1:0:0:0:1 10.2.200.1 new'], why: undefined },
  'another MAC of the first node': {
    before: DISK,
    after: DISK.map((line) => line.replace(/2:0:0:0:0:0$/, '2:9:0:0:0:0')),
    why: undefined,
  },
  'the first stage that moves': {
    before: booted(large(COUNT)),
    ...{ after: DISK, why: 'the first node that boots something changed' },
  },
  'a stage of the first node': {
    before: DISK,
    after: DISK.map((line) => line.replace(/ pxe( 2:0:0:0:0:0)$/, ' local$1')),
    why: 'the first node that boots something changed',
  },
  'a node without a MAC': {
    before: DISK,
    after: DISK.map((line) => line.replace(/ 2:0:0:0:1:2$/, '')),
    why: 'a node changed that lacks something to boot',
  },
})) {
  t.test(`where kickback boots the nodes lines of machines are followed too: ${what}`, async (t) => {
    const builds = new Builds({ ...RULES, boot: true })
    builds.next(sourcesWith(before))
    const { work } = builds.next(sourcesWith(after))
    t.match(work, { whole: undefined, wholeConfiguration: why })
    if (why === undefined) t.ok(work.bytesRead < 1000, `${work.bytesRead} bytes were read`)
  })
}

for (const [what, { after, read, made }] of Object.entries(CHANGES)) {
  t.test(`of a large configuration only the lines around the change are read: ${what}`, async (t) => {
    const builds = new Builds()
    builds.next(sourcesWith(large(COUNT)))
    const { work } = builds.next(sourcesWith(after))
    t.match(work, { whole: undefined, wholeConfiguration: undefined })
    t.ok(work.bytesRead > 0 && work.bytesRead < read, `${work.bytesRead} bytes were read`)
    t.equal(work.recordsMade, made)
  })
}

t.test('a line about more than one machine has all of the configuration read, and no account', async (t) => {
  const builds = new Builds()
  builds.next(sourcesWith(START))
  const { work } = builds.next(sourcesWith(START.map((line) => line.replace('nodes 12', 'nodes 11'))))
  t.equal(work.whole, undefined)
  t.equal(work.wholeConfiguration, 'a line changed that is about more than one machine')
})

t.test('a rule of the settings for a class has the configuration read where a node comes into it', async (t) => {
  const builds = new Builds({ ...RULES, logins: [accessOf('small', ['u1'], [])] })
  builds.next(sourcesWith(START))
  const next = (line: string) => builds.next(sourcesWith([...START, line])).work
  t.match(next('node 9 big 0:0:0:0:1:9'), { whole: undefined, wholeConfiguration: undefined })
  t.match(next('node 9 small 0:0:0:0:1:9'), {
    ...{ whole: undefined, bytesRead: sourcesWith([...START, 'node 9 small 0:0:0:0:1:9']).config.bytes.length + 26 },
    wholeConfiguration: 'a node comes into a class, or leaves one, that rules of the settings name',
  })
})

t.test('a warning is told with the number that its line has now', async (t) => {
  const builds = new Builds()
  const warned = [...START, 'host - 10.0.0.30 under_score']
  builds.next(sourcesWith(warned))
  const { work, diagnostics } = builds.next(sourcesWith(warned.toSpliced(12, 0, 'node 9', '# and more')))
  t.equal(work.wholeConfiguration, undefined)
  t.match(
    diagnostics.find(({ code }) => code === 'name-not-dns'),
    { line: warned.length + 2 },
  )
})

/** Changes that other lines have a part in, and why the configuration is read whole. */
const TOGETHER: Readonly<
  Record<string, { readonly before?: readonly string[]; readonly after: readonly string[]; readonly why: string }>
> = {
  'a node line goes, and those behind it count on': {
    after: START.filter((line) => line !== 'node 0:0:0:0:1:2'),
    why: 'nodes behind the change would have other numbers',
  },
  'a device comes into the netgroup of a hostrange that a class has the name of': {
    before: [...START, 'node 8 lab 0:0:0:0:1:8'],
    after: [...START, 'node 8 lab 0:0:0:0:1:8', 'host - 10.0.0.30 more'],
    why: 'a class has the name of a hostrange',
  },
  'a node gets a second line': { after: [...START, 'node 6 big'], why: 'a node has another line' },
  'a device takes the address of another one': {
    after: [...START, 'host - 10.0.0.50 more'],
    why: 'a name or an address is taken',
  },
  'a device takes the MAC of a node': { after: [...START, 'host 0:0:0:0:2:1 10.0.0.51 more'], why: 'a MAC is taken' },
  'a device takes the address of a line without a name': {
    before: [...START, 'host 0:0:0:0:3:3 10.0.0.51'],
    after: [...START, 'host 0:0:0:0:3:3 10.0.0.51', 'host - 10.0.0.51 more'],
    why: 'a host line without a name has the address',
  },
  'one of two lines goes that say the same of a device': {
    before: [...START, 'host - 10.0.0.50 pdu'],
    after: START,
    why: 'a device has several lines',
  },
  'one of two lines of a device changes, of which only one has the MAC': {
    before: [...START, 'host 0:0:0:0:3:3 10.0.0.50 pdu'],
    after: [...START.filter((line) => line !== 'host - 10.0.0.50 pdu'), 'host 0:0:0:0:3:3 10.0.0.50 pdu'],
    why: 'a device has several lines',
  },
  'a device comes on two lines that say the same': {
    after: [...START, 'host - 10.0.0.51 more', 'host - 10.0.0.51 more'],
    why: 'a device has several lines',
  },
  'a device comes beside a line of one that has another line elsewhere': {
    before: [...START.slice(0, 16), ...Array(2001).fill('#'), 'host - 10.0.0.50 pdu', ...Array(2001).fill('#')],
    after: [
      ...[...START.slice(0, 16), ...Array(2001).fill('#'), 'host - 10.0.0.50 pdu'],
      ...['host - 10.0.0.51 more', ...Array(2001).fill('#')],
    ],
    why: 'no device is near the change',
  },
  'a device gets a second line': { after: [...START, 'host - 10.0.0.51 pdu'], why: 'a name or an address is taken' },
}

for (const [what, { before = START, after, why }] of Object.entries(TOGETHER)) {
  t.test(`what a line says together with others is read whole: ${what}`, async (t) => {
    const builds = new Builds()
    builds.next(sourcesWith(before))
    t.equal(builds.next(sourcesWith(after)).work.wholeConfiguration, why)
  })
}

t.test('where bad lines are left out all is read', async (t) => {
  const builds = new Builds({ ...RULES, skipBadLines: true })
  builds.next(sourcesWith([...START, 'host zz']))
  const { built, work } = builds.next(sourcesWith([...START, 'host zz', 'host - 10.0.0.31 more']))
  t.ok(built)
  t.equal(work.wholeConfiguration, 'a line of the configuration is left out')
})
