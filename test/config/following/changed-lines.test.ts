// A change of lines that is followed in a cluster gives the cluster that a whole parse gives.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import {
  type Cluster,
  type FollowedConfig,
  hasErrors,
  parseConfig,
  withLines,
  withStages,
} from '../../../src/config/index.ts'
import { NotLocalError } from '../../../src/values/index.ts'
import { ofLines } from './comparable.ts'

const DOMAIN = 'x.example'
const START = [
  '# a cluster',
  'nodes 12',
  'iprange 10.0.0.100 10.0.0.111',
  'hostrange lab 10.0.0.20 10.0.0.59',
  'class big kernelimage /boot/big',
  'interface eth0 10.0.0.1 255.255.255.0',
  'kernelimage /boot/all',
  ...[0, 1, 2, 3].map((i) => `host 0:0:0:0:0:${i} 10.0.0.2${i} sw${i} switch${i}`),
  'node 0 big pxe+local pxe 0:0:0:0:1:0',
  'node big pxe+local local 0:0:0:0:1:1 0:0:0:0:2:1',
  'node 0:0:0:0:1:2',
  'node off',
  'node 6 pxe+local pxe 0:0:0:0:1:6 n6-ipmi=0:0:0:0:3:6',
  'kernelcommandline 3-6 quiet',
  'node 9 unapproved 0:0:0:0:1:9',
  'host - 10.0.0.45 nas',
  'host - 10.0.0.46 nas',
]

const digit = fc.nat({ max: 9 })
const number = fc.nat({ max: 13 })
const line = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(digit, digit, digit).map(([i, j, mac]) => `host 0:0:0:0:0:${mac} 10.0.0.2${j} sw${i}`),
  },
  { weight: 2, arbitrary: fc.tuple(digit, digit).map(([i, j]) => `host - 10.0.0.3${i} pdu${j}`) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(number, fc.constantFrom('', 'big ', 'small pxe+local local ', 'unapproved ', 'pxe+local pxe '), digit)
      .map(([i, of, mac]) => `node ${i} ${of}0:0:0:0:1:${mac}`),
  },
  { weight: 3, arbitrary: fc.tuple(digit, digit).map(([i, j]) => `node 0:0:0:0:${i}:${j}`) },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...[
        '# a comment',
        '',
        'node off',
        'node',
        'unknown',
        'host 0:0:0:0:0:8 10.0.0.58',
        'class small kernelimage none',
      ],
      ...['class big acknowledge installed', 'kernelimage 4-7 /boot/four', 'ignore 0:0:0:0:7:7', 'nodeassign append'],
      ...['nodes 11', 'iprange 10.0.1.0 10.0.1.3', 'nodename c%N', 'hostrange 10.0.0.60 10.0.0.69', 'server beonss 99'],
    ),
  },
)
const edit = fc.record({
  at: fc.nat({ max: 30 }),
  remove: fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 2 }) }, { weight: 1, arbitrary: fc.nat({ max: 20 }) }),
  lines: fc.array(line, { maxLength: 2 }),
})
type Change = (lines: readonly string[]) => readonly string[]
const change = fc.oneof(
  {
    weight: 4,
    arbitrary: edit.map(
      (one): Change =>
        (lines) =>
          lines.toSpliced(one.at, one.remove, ...one.lines),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<[string, string]>(['pxe', 'local'], ['local', 'pxe']).map(([from, to]): Change => {
      return (lines) =>
        lines.map((one) => (one.startsWith('node ') ? one.replace(`pxe+local ${from}`, `pxe+local ${to}`) : one))
    }),
  },
)

/** A configuration as a parse has it; undefined where it has an error. */
function read(bytes: Buffer): FollowedConfig | undefined {
  const { cluster, outline, diagnostics } = parseConfig(bytes, { domain: DOMAIN })
  const { frame, lastNode, isSound } = outline
  return hasErrors(diagnostics) ? undefined : { bytes, cluster, outline: { frame, lastNode, isSound } }
}

/** What follows, by stages or by lines, as a master has it; undefined where all has to be read. */
function follow(before: FollowedConfig, after: Buffer): FollowedConfig | undefined {
  for (const way of [withStages, withLines]) {
    try {
      return way(before, after, DOMAIN)
    } catch (error) {
      if (!(error instanceof NotLocalError)) throw error
    }
  }
  return undefined
}

t.test('lines that change give the cluster of a parse, over any changes', async (t) => {
  let [followed, all] = [0, 0]
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.boolean()), { minLength: 1, maxLength: 10 }), (changes) => {
      let lines: readonly string[] = START
      let before = read(Buffer.from(`${lines.join('\n')}\n`))
      for (const [one, hasEnd] of changes) {
        const after = Buffer.from(one(lines).join('\n') + (hasEnd ? '\n' : ''))
        const wanted = read(after)
        if (wanted === undefined || before === undefined) continue
        const found = follow(before, after)
        all++
        if (found !== undefined) {
          followed++
          mustEqual(found, wanted)
        }
        lines = one(lines)
        before = found ?? wanted
      }
    }),
    { numRuns: process.env.KICKBACK_LONG === '1' ? 20_000 : 200, endOnFailure: true },
  )
  t.ok(followed * 2 > all, `${followed} of ${all} changes were followed`)
})

/** Throws with the part that is another one. */
function mustEqual(found: FollowedConfig, wanted: FollowedConfig): void {
  if (!isDeepStrictEqual(found.outline, wanted.outline))
    throw new Error(`outline: ${JSON.stringify(found.outline)} is not ${JSON.stringify(wanted.outline)}`)
  for (const [part, value] of Object.entries(wanted.cluster)) {
    const [is, should] = [found.cluster[part as keyof Cluster], value].map(ofLines)
    if (!isDeepStrictEqual(is, should))
      throw new Error(`${part}: ${JSON.stringify(is)} is not ${JSON.stringify(should)}`)
  }
}

const text = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`)
const FOLLOWED: Readonly<Record<string, readonly string[]>> = {
  'a node that nobody has approved is appended': [...START, 'node 10 unapproved 0:0:0:0:1:4'],
  'an image of a class': START.map((one) => one.replace('/boot/big', '/boot/big2')),
  'a node line goes': START.filter((one) => !one.startsWith('node 6')),
  'a device more': START.toSpliced(8, 0, 'host - 10.0.0.50 more'),
}
for (const [what, after] of Object.entries(FOLLOWED)) {
  t.test(`machines whose lines did not change are not read: ${what}`, async (t) => {
    const before = read(text(START)) as FollowedConfig
    const now = withLines(before, text(after), DOMAIN)
    t.same(ofLines(now.cluster), ofLines(read(text(after))?.cluster))
    t.equal(now.cluster.nodes[2]?.macs, before.cluster.nodes[2]?.macs)
    t.equal(now.cluster.hosts[0]?.macs, before.cluster.hosts[0]?.macs)
  })
}

t.test(
  'lines of nodes that do not exist, before a change, do not have all nodes looked through for each',
  async (t) => {
    const nodes = Array.from({ length: 500 }, (_, i) => `node 0:0:0:1:${i >> 8}:${(i & 255).toString(16)}`)
    const absent = Array.from({ length: 200 }, (_, i) => `node 0:0:0:2:0:${i.toString(16)}`)
    const lines = ['nodes 500', 'iprange 10.0.0.0 10.0.1.243', ...nodes, ...absent]
    const before = read(text(lines)) as FollowedConfig
    let looked = 0
    const counted = before.cluster.nodes.map(({ macs, ...node }) => ({
      ...node,
      get macs() {
        looked++
        return macs
      },
    }))
    const after = text([...lines, 'node 0:0:0:3:0:0'])
    const now = withLines({ ...before, cluster: { ...before.cluster, nodes: counted } }, after, DOMAIN)
    t.same(ofLines(now.cluster), ofLines(read(after)?.cluster))
    t.ok(looked < 20 * nodes.length, `the MACs of a node were looked at ${looked} times`)
  },
)

const OTHERS: Readonly<
  Record<string, { readonly before?: readonly string[]; readonly after: readonly string[]; readonly why: RegExp }>
> = {
  'how many nodes there are': {
    after: START.map((one) => one.replace('nodes 12', 'nodes 11')),
    why: /which nodes there are/,
  },
  'addresses of nodes': { after: [...START, 'iprange 10.0.1.0 10.0.1.3'], why: /which nodes there are/ },
  'one of two lines of a device': { after: START.slice(0, -1), why: /a device has a line more/ },
  'a second line of a device': { after: [...START, 'host - 10.0.0.50 sw0'], why: /a device has a line more/ },
  'the numbers of the lines behind': { after: START.filter((one) => one !== 'node 0:0:0:0:1:2'), why: /other numbers/ },
  'a configuration with an error': { before: [...START, 'host zz'], after: START, why: /left out/ },
}
for (const [what, { before = START, after, why }] of Object.entries(OTHERS)) {
  t.test(`more than single machines changed: ${what}`, async (t) => {
    const { cluster, outline } = parseConfig(text(before), { domain: DOMAIN })
    t.throws(() => withLines({ bytes: text(before), cluster, outline }, text(after), DOMAIN), { message: why })
  })
}
