import t from 'tap'
import { boundRuns, NodeSpace, nodeOfRun, runAddress } from '../../../src/config/nodes/nodespace.ts'
import { type Address, formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'

/** A range of numbers with the address of its first node. */
function range(firstNode: number, lastNode: number, first: string) {
  const entry = {
    kind: 'iprange',
    span: { line: 1, start: 0, end: 0 },
    first: ip(first),
    last: ip(first),
    firstNode,
  } as const
  return { entry, firstNode, lastNode }
}
const space = (ranges: readonly ReturnType<typeof range>[], nodeCount?: number) => new NodeSpace(ranges, nodeCount)
/** A segment of nodes whose numbers are their own. */
const segment = (firstNode: number, lastNode: number) => ({ firstNode, lastNode, firstNumber: firstNode })
const told = (runs: NodeSpace['runs']) =>
  runs.map(({ firstNode, count, first }) => `${firstNode}+${count} ${formatAddress(first)}`)

t.test('runs are sorted by number, those of IPv4 first, and end at the count of nodes', async (t) => {
  const made = space([range(4, 9, '10.0.0.4'), range(0, 1, '10.0.1.0'), range(0, 6, 'fd00::')], 6)
  t.same(told(made.runs), ['0+2 10.0.1.0', '4+2 10.0.0.4', '0+6 fd00::'])
  t.same(made.numbers, [{ firstNode: 0, count: 6 }])
  t.equal(made.count, 6)
  t.same(told(space([range(4, 9, '10.0.0.4')]).runs), ['4+6 10.0.0.4'], 'without a count all are there')
  t.same(told(space([range(4, 9, '10.0.0.4')], 4).runs), [])
})

t.test('a node with two addresses is one node, and a gap is none', async (t) => {
  const made = space([range(0, 1, '10.0.0.0'), range(1, 3, 'fd00::'), range(5, 5, '10.0.0.5')])
  t.same(made.numbers, [
    { firstNode: 0, count: 4 },
    { firstNode: 5, count: 1 },
  ])
  t.equal(made.count, 5)
  t.same(
    [0, 1, 2, 3, 4, 5, 6].map((number) => made.runsOf(number).length),
    [1, 2, 1, 1, 0, 1, 0],
  )
  t.same(
    [-1, 0, 4].map((number) => made.has(number)),
    [false, true, false],
  )
})

t.test('all nodes, or some, come with their addresses in order, IPv4 first, and the line of the first', async (t) => {
  const six = range(2, 9, 'fd00::fffe')
  const made = space([range(0, 3, '10.0.0.254'), six, range(6, 7, '10.9.255.255'), range(12, 12, '10.7.0.1')])
  const shown = ({ number, addresses, entry }: { number: number; addresses: readonly Address[]; entry: object }) =>
    `${number} ${addresses.map(formatAddress).join(' ')}${entry === six.entry ? ' *' : ''}`
  const all = [
    '0 10.0.0.254',
    '1 10.0.0.255',
    '2 10.0.1.0 fd00::fffe',
    '3 10.0.1.1 fd00::ffff',
    '4 fd00::1:0 *',
    '5 fd00::1:1 *',
    '6 10.9.255.255 fd00::1:2',
    '7 10.10.0.0 fd00::1:3',
    '8 fd00::1:4 *',
    '9 fd00::1:5 *',
    '12 10.7.0.1',
  ]
  t.same(Array.from(made.all(), shown), all)
  t.same(Array.from(made.some([-1, 3, 9, 10, 12, 13]), shown), [all[3], all[9], all[10]])
})

t.test('runs that only follow on are one run of numbers', async (t) => {
  t.same(space([range(0, 1, '10.0.0.0'), range(2, 3, '10.9.0.0')]).numbers, [{ firstNode: 0, count: 4 }])
  t.same(space([range(0, 9, '10.0.0.0'), range(2, 3, 'fd00::')]).numbers, [{ firstNode: 0, count: 10 }])
})

t.test('the addresses of a run are those of its nodes in order, and no others', async (t) => {
  const [run] = space([range(3, 5, '10.0.0.254')]).runs
  if (run === undefined) throw new Error('there is no run')
  t.same(
    [3, 4, 5].map((number) => formatAddress(runAddress(run, number))),
    ['10.0.0.254', '10.0.0.255', '10.0.1.0'],
  )
  t.same(
    [3, 4, 5].map((number) => nodeOfRun(run, runAddress(run, number))),
    [3, 4, 5],
  )
  for (const other of ['10.0.0.253', '10.0.1.1', 'fd00::1']) t.equal(nodeOfRun(run, ip(other)), undefined, other)
})

t.test(
  'a line that is bound to segments takes of each run the nodes in them, from their own addresses on',
  async (t) => {
    const { runs } = space([range(0, 9, '10.0.0.0'), range(20, 29, '10.0.1.0')])
    const bound = (...segments: readonly (readonly [number, number])[]) =>
      told(
        boundRuns(
          runs,
          segments.map(([first, last]) => segment(first, last)),
        ),
      )
    t.same(bound([5, 24]), ['5+5 10.0.0.5', '20+5 10.0.1.0'])
    t.same(bound([2, 2], [7, 8]), ['2+1 10.0.0.2', '7+2 10.0.0.7'])
    t.same(bound([10, 19]), [])
    t.equal(boundRuns(runs, undefined), runs)
    t.same(boundRuns([{ firstNode: 0, count: 9 }], [segment(3, 4)]), [{ firstNode: 3, count: 2 }], 'numbers alone')
  },
)
