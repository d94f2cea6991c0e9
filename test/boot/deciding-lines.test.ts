// The deciding line of each node is that which a search from the end finds, and is found without such a search.
import fc from 'fast-check'
import t from 'tap'
import { DecidingLines } from '../../src/boot/deciding-lines.ts'
import { BootPlans } from '../../src/boot/plan.ts'
import { type BootSetting, hasNode, parseConfig } from '../../src/config/index.ts'

const span = (line: number) => ({ line, start: 0, end: 1 })
const number = fc.integer({ min: 0, max: 30 })
const range = fc
  .tuple(number, fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }))
  .map(([first, more]) => ({ first, last: more === undefined ? undefined : first + more }))
const lines = fc.array(
  fc.record({
    property: fc.constantFrom('kernelimage' as const, 'initrdimage' as const),
    nodes: fc.option(fc.record({ ranges: fc.array(range, { minLength: 1, maxLength: 3 }) }), { nil: undefined }),
    value: fc.constantFrom('/a', '/b', null),
  }),
  { maxLength: 12 },
)

t.test('it is the last line that names the node, else the last one for all nodes', async (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(number), lines, (numbers, written) => {
      const all: BootSetting[] = written.map((line, i) => ({ ...line, span: span(i + 1) }))
      const deciding = new DecidingLines(numbers, all)
      for (const property of ['kernelimage', 'initrdimage'] as const) {
        const own = all.filter((line) => line.property === property)
        for (const one of numbers) {
          const named = own.findLast(({ nodes }) => nodes !== undefined && hasNode(nodes, one))
          const line = named ?? own.findLast(({ nodes }) => nodes === undefined)
          const found = deciding.of(property, one)
          if (found?.line !== line || (found !== undefined && found.isNamed !== (named !== undefined))) return false
        }
      }
      return true
    }),
  )
  t.pass('random lines and nodes')
})

t.test('a line for each node is looked at a few times, not once for each other node', async (t) => {
  const size = 3000
  const text = Array.from({ length: size }, (_, i) => `kernelcommandline ${i} a=${i}\n`).join('')
  const { cluster } = parseConfig(Buffer.from(`nodes ${size}\niprange 10.0.1.0 10.0.20.0\nkernelimage /k\n${text}`))
  let looks = 0
  const boot = cluster.boot.map((line) => ({
    ...line,
    get nodes() {
      looks++
      return line.nodes
    },
  }))
  const plans = new BootPlans({ ...cluster, boot })
  let right = 0
  for (const { number, next } of plans.all()) if (next.kind === 'image' && next.commandLine === `a=${number}`) right++
  t.equal(right, size)
  t.ok(looks > size && looks < 10 * size, `${looks} looks at ${size} lines`)
})
