import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { type BootPlan, BootPlans } from '../../src/boot/plan.ts'
import { parseConfig } from '../../src/config/index.ts'
import { parseMac } from '../../src/values/index.ts'

const example = readFileSync(join(import.meta.dirname, '../../examples/config'), 'utf8')
const SMALL = 'nodes 4\niprange 10.0.0.10 10.0.0.13\n'

function plansOf(text: string): BootPlans {
  const { cluster, diagnostics } = parseConfig(Buffer.from(text))
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  return new BootPlans(cluster)
}

/** The values of a plan in short, each with what decides. */
function brief(plan: BootPlan | undefined): Record<string, unknown> | undefined {
  return (
    plan &&
    Object.fromEntries(
      Object.entries(plan.properties).map(([name, { value, origin, span }]) => [name, [value, origin, span?.line]]),
    )
  )
}

t.test('the node of the guide installs once: its class decides all three, and local follows pxe', async (t) => {
  const plan = plansOf(example).of(15)
  t.match(plan, {
    ...{ number: 15, class: 'centos5u4', sequence: ['pxe', 'local'], stage: 'pxe', nextStage: 'local' },
    next: { kind: 'image', kernel: '/var/beowulf/boot/vmlinuz-centos5u4_amd64' },
  })
  t.match(brief(plan), {
    kernelimage: [/vmlinuz-centos/, 'class', 14],
    initrdimage: [/initrd-centos/, 'class', 15],
    kernelcommandline: [/^initrd=.* ksdevice=eth0$/, 'class', 16],
  })
})

t.test('a node without a line boots the default each time', async (t) => {
  const plan = plansOf(example).of(3)
  t.match(plan, { class: undefined, sequence: [], stage: 'pxe', nextStage: 'pxe', next: { kind: 'image' } })
  t.match(brief(plan), { kernelimage: [/vmlinuz-2/, 'default', 17], kernelcommandline: [/^rw /, 'default', 19] })
  t.equal(plansOf(example).of(32), undefined)
})

t.test('none and local both lead to the disk, and are told apart', async (t) => {
  const plans = plansOf(`${SMALL}class idle kernelimage none\nkernelimage /k
node 0 idle pxe 0:0:0:0:0:1\nnode 1 x local 0:0:0:0:0:2\nnode 2 x local+pxe 0:0:0:0:0:3\n`)
  t.same(plans.of(0)?.next, { kind: 'local', reason: 'none' })
  t.same(plans.of(1)?.next, { kind: 'local', reason: 'stage' })
  t.match(plans.of(2), { stage: 'local', nextStage: 'pxe', next: { reason: 'stage' } })
  t.same(plansOf(SMALL).of(0)?.next, { kind: 'local', reason: 'unset' })
})

t.test(
  'a node that nobody has approved is sent nothing, whatever the lines for all nodes and for it say',
  async (t) => {
    const images = 'kernelimage /k\nkernelimage 0 /k0\ninitrdimage /i\nkernelcommandline quiet\n'
    const plan = plansOf(`${SMALL}${images}node 0 unapproved pxe+local pxe 2:0:0:0:0:1\n`).ofMac(
      parseMac('2:0:0:0:0:1') as never,
    )
    t.match(plan, { number: 0, isApproved: false, sequence: [], next: { kind: 'local', reason: 'unapproved' } })
    t.same(Object.values(brief(plan) ?? {}), [
      [undefined, 'unset', undefined],
      [undefined, 'unset', undefined],
      [undefined, 'unset', undefined],
    ])
  },
)

t.test(
  'a line that names the node goes before the default, whatever their order, and of equals the last counts',
  async (t) => {
    const lines = [
      'kernelimage 0-2 /a',
      'kernelimage 1 /b',
      'kernelimage /old',
      'kernelimage /new',
      'kernelimage 2- none',
    ]
    const plans = plansOf(`${SMALL}${lines.join('\n')}\n`)
    const kernels = [0, 1, 2, 3].map((number) => brief(plans.of(number))?.kernelimage)
    t.same(kernels, [
      ['/a', 'nodes', 3],
      ['/b', 'nodes', 4],
      [null, 'nodes', 7],
      [null, 'nodes', 7],
    ])
    t.same(brief(plansOf(`${SMALL}${lines.slice(2, 4).join('\n')}\n`).of(0))?.kernelimage, ['/new', 'default', 4])
  },
)

t.test('a property that the class leaves out is looked for in the other lines', async (t) => {
  const plans = plansOf(`${SMALL}class a kernelimage /a\ninitrdimage 0 /i\nkernelcommandline quiet\nnode 0 a\n`)
  t.same(brief(plans.of(0)), {
    kernelimage: ['/a', 'class', 3],
    initrdimage: ['/i', 'nodes', 4],
    kernelcommandline: ['quiet', 'default', 5],
  })
})

t.test('each MAC of a node leads to its plan, and a stranger has none', async (t) => {
  const plans = plansOf(example)
  for (const mac of ['00:a0:d1:e5:c4:70', '0:A0:D1:E5:C4:71']) t.equal(plans.ofMac(parseMac(mac) as never)?.number, 15)
  t.equal(plans.ofMac(parseMac('2:0:0:0:0:1') as never), undefined)
})

t.test('a sequence that repeats its step never moves, and the last step stays', async (t) => {
  const plans = plansOf(
    `${SMALL}node 0 a pxe pxe 0:0:0:0:0:1\nnode 1 a pxe+local local 0:0:0:0:0:2\nnode 2 a pxe+pxe pxe 0:0:0:0:0:3\n`,
  )
  t.same(
    [0, 1, 2].map((number) => plans.of(number)?.nextStage),
    ['pxe', 'local', 'pxe'],
  )
})

t.test('every node of any cluster has a plan that agrees with its lines, and the list is in order', async (t) => {
  const images = fc.constantFrom('none', '/a', '/b')
  const set = fc.constantFrom('', '0 ', '1-2 ', '0,3 ', '- ')
  const lines = fc.array(fc.tuple(set, images).map(([nodes, image]) => `kernelimage ${nodes}${image}`))
  const run = fc.check(
    fc.property(lines, (some) => {
      const plans = [...plansOf(`${SMALL}${some.join('\n')}\n`).all()]
      const isOrdered = plans.every(({ number }, i) => number === i)
      return isOrdered && plans.every((plan) => isDecided(plan, some))
    }),
  )
  t.equal(run.failed, false, fc.defaultReportMessage(run) ?? 'no counter-example')
})

/** Written down anew: the last line that names the node, else the last that names all without a set. */
function isDecided({ number, properties: { kernelimage } }: BootPlan, lines: readonly string[]): boolean {
  const words = lines.map((line) => line.split(' ').slice(1))
  const names: Record<string, readonly number[]> = { '0': [0], '1-2': [1, 2], '0,3': [0, 3], '-': [0, 1, 2, 3] }
  const own = words.filter((each) => each.length === 2 && names[each[0] ?? '']?.includes(number)).at(-1)?.[1]
  const wanted = own ?? words.filter((each) => each.length === 1).at(-1)?.[0]
  return kernelimage.value === (wanted === 'none' ? null : wanted)
}
