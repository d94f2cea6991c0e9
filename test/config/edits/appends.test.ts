import fc from 'fast-check'
import t from 'tap'
import { type AppendOutcome, AppendText, type Newcomer } from '../../../src/config/edits/appends.ts'
import { type Cluster, writtenLines } from '../../../src/config/index.ts'
import { networkOf, parseMac } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'

const network = (text: string, length = 24) => networkOf(ip(text), length)
const [ONE, TWO] = [[network('10.0.0.0')], [network('10.0.1.0')]]
const OURS = {
  most: 100,
  isOurs: (_: Cluster, number: number) => number >= 0,
  room: () => 100,
  taken: [] as readonly number[],
}
/** Nodes 0 to 3 are in one network, 4 to 7 in another. */
const START = 'nodes 8\niprange 10.0.0.10 10.0.0.13\niprange 10.0.1.10 10.0.1.13\nnodeassign append\n'

function newcomer(text: string, networks = ONE): Newcomer {
  const mac = parseMac(text)
  if (mac === undefined) throw new Error(text)
  return { mac, networks }
}

/** The text with lines for these machines, and what became of each. */
function appended(text: string | Buffer, newcomers: readonly Newcomer[], how: Partial<typeof OURS> = {}) {
  const bytes = Buffer.from(text as string, 'latin1')
  const { bytes: after, outcomes } = new AppendText(bytes, 'cluster.internal').appended(newcomers, { ...OURS, ...how })
  return { text: Buffer.from(after).toString('latin1'), outcomes, isSame: after === bytes }
}

const brief = (outcomes: readonly AppendOutcome[]) =>
  outcomes.map((one) => ('number' in one ? `${one.kind} ${one.number}` : one.kind))

const [A, B, C] = ['2:0:0:0:0:a', '2:0:0:0:0:b', '2:0:0:0:0:c'] as const

t.test('a machine becomes the node after the highest that has a line, in the network where it asked', async (t) => {
  const { text, outcomes } = appended(`${START}node 1 0:0:0:0:0:1 # x\n# end\n`, [newcomer(A), newcomer(B, TWO)])
  t.equal(
    text,
    `${START}node 1 0:0:0:0:0:1 # x\nnode 2 unapproved 02:00:00:00:00:0a\nnode 4 unapproved 02:00:00:00:00:0b\n# end\n`,
  )
  t.match(outcomes, [
    { kind: 'appended', number: 2, line: 6, after: 'node 2 unapproved 02:00:00:00:00:0a' },
    { kind: 'appended', number: 4, line: 7 },
  ])
  t.same(brief(appended(START, [newcomer(A), newcomer(B)]).outcomes), ['appended 0', 'appended 1'], 'without a line: 0')
  const placeholders = `${START}node\nnode off\n`
  t.same(brief(appended(placeholders, [newcomer(A)]).outcomes), ['appended 2'], 'lines without a number count')
})

t.test('at the highest number of a network nothing is added, and other networks go on', async (t) => {
  const { outcomes, text } = appended(`${START}node 3\n`, [newcomer(A), newcomer(B, TWO), newcomer(C)])
  t.same(brief(outcomes), ['full', 'appended 4', 'full'])
  t.match(text, /node 3\nnode 4 unapproved 02:00:00:00:00:0b\n$/)
  t.same(brief(appended(`${START}node 900\n`, [newcomer(A)]).outcomes), ['appended 0'], 'there is no node 900')
  t.same(brief(appended(START, [newcomer(A, [network('10.9.0.0')])]).outcomes), ['full'], 'no node is there')
  const six = 'nodes 4\niprange fd00::10 fd00::13\nnodeassign append\n'
  t.same(brief(appended(six, [newcomer(A, [network('fd00::', 64)])]).outcomes), ['full'], 'DHCP is for IPv4')
})

t.test('a MAC that stands anywhere in the text is never added, in whatever spelling', async (t) => {
  const places = [
    'node 0 c pxe 02:00:00:00:00:0A',
    'hostrange 10.0.2.1 10.0.2.9\nhost 2-0-0-0-0-a 10.0.2.1 pdu',
    'hostrange 10.0.2.1 10.0.2.9\nhost 2.0.0.0.0.0A 10.0.2.1',
    'ignore "2:0:0:0:0:a"',
    'bmc 0 02000000000A',
    'switch port 7 0200.0000.000a',
    'wake mac=02:00:00:00:00:0a,eth0',
    'nodes_of_old 2:0:0:0:0:a # not ours',
  ]
  for (const place of places) {
    const { isSame, outcomes } = appended(`${START}${place}\n`, [newcomer(A)])
    t.ok(isSame, place)
    t.same(brief(outcomes), ['written'], place)
    t.same(brief(appended(`${START}${place}\n`, [newcomer(B)]).outcomes), [
      place.startsWith('node 0') ? 'appended 1' : 'appended 0',
    ])
  }
  t.same(brief(appended(`${START}# node 0 2:0:0:0:0:a\n`, [newcomer(A)]).outcomes), ['appended 0'], 'but in a comment')
  const twice = appended(START, [newcomer(A), newcomer('02-00-00-00-00-0A'), newcomer(B)])
  t.same(brief(twice.outcomes), ['appended 0', 'written', 'appended 1'], 'one that asks in two spellings is one')
})

t.test('there is a most, and only the master whose turn it is adds a line', async (t) => {
  const three = [newcomer(A), newcomer(B), newcomer(C)]
  t.same(brief(appended(START, three, { most: 2 }).outcomes), ['appended 0', 'appended 1', 'later'])
  t.ok(appended(START, three, { most: 0 }).isSame)
  const other = appended(START, [newcomer(A), newcomer(B, TWO)], { isOurs: (_, number) => number >= 4 })
  t.same(brief(other.outcomes), ['elsewhere 0', 'appended 4'])
})

t.test('no node gets the address of its network, or that of all machines there', async (t) => {
  const text = 'nodes 6\niprange 10.0.0.0 10.0.0.2\niprange 10.0.0.253 10.0.0.255\nnodeassign append\n'
  t.same(brief(appended(text, [newcomer(A)]).outcomes), ['appended 1'])
  const all = appended(`${text}node 3\n`, [newcomer(A), newcomer(B)])
  t.same(brief(all.outcomes), ['appended 4', 'full'])
})

t.test('no machine becomes a node that has a machine and no line', async (t) => {
  t.same(brief(appended(START, [newcomer(A), newcomer(B)], { taken: [0, 1, 4] }).outcomes), [
    'appended 2',
    'appended 3',
  ])
  t.same(brief(appended(START, [newcomer(A)], { taken: [3] }).outcomes), ['full'])
})

t.test('no more MACs are added than the DHCP server bears', async (t) => {
  const three = [newcomer(A), newcomer(B), newcomer(C)]
  const { outcomes } = appended(START, three, { room: () => 2 })
  t.same(brief(outcomes), ['appended 0', 'appended 1', 'refused'])
  t.match(outcomes[2], { reason: /as many MACs as the DHCP server bears/ })
  t.ok(appended(START, three, { room: () => -1 }).isSame)
})

t.test('a text with errors, or one that does not want it, stays as it is', async (t) => {
  for (const text of [START.replace('append', 'locked'), START.replace(/nodeassign.*\n/, ''), `${START}nodes 4\n`]) {
    const { isSame, outcomes } = appended(text, [newcomer(A)])
    t.ok(isSame)
    t.match(outcomes, [{ kind: 'refused', reason: /nodeassign append|has errors/ }], text)
  }
})

const line = fc.constantFrom(
  '\n',
  '# é\r\n',
  'node off # x\n',
  '  node\t2:0:0:0:0:a\r\n',
  'node 5 c 2:0:0:0:0:1\n',
  'class c kernelimage none\n',
  'other "x y" \xc3\xa9\n',
  'ignore 2:0:0:0:0:b\n',
)
const file = fc
  .tuple(fc.uniqueArray(line, { maxLength: 6 }), fc.uniqueArray(line, { maxLength: 4 }), fc.boolean(), fc.boolean())
  .map(([before, after, isOpen, hasMark]) => {
    const all = [...before, ...START.split(/(?<=\n)/), ...after.filter((one) => !before.includes(one))].join('')
    return `${hasMark ? '\xef\xbb\xbf' : ''}${isOpen ? all.replace(/\r?\n$/, '') : all}`
  })
const macs = fc.array(fc.constantFrom(A, B, C, '2:0:0:0:0:1', '2:0:0:0:0:2', '2:0:0:0:0:3'), { maxLength: 7 })

t.test('whatever the file, every other byte of it stays, and no MAC and no number stands twice', async (t) => {
  let added = 0
  fc.assert(
    fc.property(file, macs, fc.nat(4), (text, asking, most) => {
      const all = asking.map((mac, i) => newcomer(mac, i % 2 === 0 ? ONE : TWO))
      const { text: after, outcomes } = appended(text, all, { most })
      const lines = outcomes.flatMap((one) => (one.kind === 'appended' ? [one.after] : []))
      added += lines.length
      const rest = lines.reduce((left, one) => withoutLine(left, one), after)
      const { nodes } = writtenLines(Buffer.from(after, 'latin1'))
      const numbers = nodes.map(({ number }) => number)
      const written = nodes.flatMap((node) => node.macs.map(String))
      const isOnce = (list: readonly unknown[]) => new Set(list).size === list.length
      return rest === text && lines.length <= most && isOnce(numbers) === isOnce(numbersOf(text)) && isOnce(written)
    }),
    { numRuns: 200 },
  )
  t.ok(added > 50, `${added} lines were added`)
})

/** A text without a line and its line end; that before it where it is the last and has none. */
function withoutLine(text: string, line: string): string {
  const at = text.lastIndexOf(line)
  if (at < 0) return `${line} is not there`
  const [head, tail] = [text.slice(0, at), text.slice(at + line.length)]
  const end = /^\r?\n/.exec(tail)?.[0]
  return end === undefined ? head.replace(/\r?\n$/, '') : head + tail.slice(end.length)
}

function numbersOf(text: string): readonly number[] {
  return writtenLines(Buffer.from(text, 'latin1')).nodes.map(({ number }) => number)
}
