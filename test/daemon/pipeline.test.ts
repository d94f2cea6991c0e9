import t from 'tap'
import { type Front, unawaited } from '../../src/daemon/fronts/front.ts'
import { Pipeline } from '../../src/daemon/pipeline.ts'
import { layout } from '../../src/resolver/index.ts'
import { logOf, publicSnapshot, shadowSnapshot } from '../kickback/cluster.ts'

/** What a front notes of itself. */
interface Notes {
  readonly told: string[]
  readonly front: (name: string, more?: Partial<Front>) => Front
}

function notes(): Notes {
  const told: string[] = []
  const front = (name: string, more: Partial<Front> = {}): Front => ({
    name,
    open: async (first) => void told.push(`${name} opens with ${first.public?.generation}`),
    serve: async (now) => void told.push(`${name} serves ${now.public?.generation}`),
    close: async () => void told.push(`${name} closes`),
    ...more,
  })
  return { told, front }
}

t.test(
  'fronts open with what is served, are given generations in their order, and close the other way round',
  async (t) => {
    const { told, front } = notes()
    const line = new Pipeline([front('a'), front('b')], logOf())
    await line.publish({ public: publicSnapshot(1) })
    t.same(told, [], 'nobody is told before they are open')
    await line.open()
    await line.publish({ public: publicSnapshot(2) })
    await line.close()
    t.same(told, ['a opens with 1', 'b opens with 1', 'a serves 2', 'b serves 2', 'b closes', 'a closes'])
  },
)

t.test('a snapshot that did not change stays: shadow beside a new public one', async (t) => {
  const line = new Pipeline([], logOf())
  const shadow = shadowSnapshot(1)
  await line.publish({ public: publicSnapshot(1), shadow })
  await line.publish({ public: publicSnapshot(2) })
  t.equal(line.served.shadow, shadow)
  t.equal(line.served.public?.generation, 2)
  t.equal(line.served.public?.kind, layout.KINDS.PUBLIC)
})

t.test('a front that cannot be had ends the opening; a front that fails later ends no other', async (t) => {
  const { told, front } = notes()
  const inUse = (): never => {
    throw new Error('in use')
  }
  const failed = new Pipeline([front('a'), front('b', { open: async () => inUse() }), front('c')], logOf())
  await t.rejects(failed.open(), { message: 'in use' })
  t.same(told, ['a opens with undefined'])
  const lines: string[] = []
  const line = new Pipeline([front('x', { serve: async () => inUse() }), front('y')], logOf(lines))
  await line.open()
  await line.publish({ public: publicSnapshot(3) })
  t.ok(told.includes('y serves 3'))
  t.same(lines, ['a front does not serve this generation'])
})

t.test('a generation that comes while another is given out is never followed by the older one', async (t) => {
  const { told, front } = notes()
  let go = (): void => {}
  const slow = front('slow', { serve: () => new Promise((resolve) => (go = resolve)) })
  const line = new Pipeline([slow, front('next')], logOf())
  await line.open()
  const first = line.publish({ public: publicSnapshot(1) })
  const goFirst = go
  const second = line.publish({ public: publicSnapshot(2) })
  go()
  goFirst()
  await Promise.all([first, second])
  t.same(
    told.filter((one) => one.startsWith('next serves')),
    ['next serves 2', 'next serves 2'],
  )
})

t.test('what is published while the fronts open reaches those that were opened before it', async (t) => {
  const { told, front } = notes()
  const late = front('late', { open: () => line.publish({ public: publicSnapshot(9) }) })
  const line = new Pipeline([front('a'), late], logOf())
  await line.open()
  t.same(told, ['a opens with undefined', 'a serves 9', 'late serves 9'])
})

t.test('nobody waits for a front that is unawaited, and what goes wrong in it is logged', async (t) => {
  const { front } = notes()
  const lines: string[] = []
  let ended = (): void => {}
  const failed = new Promise<void>((resolve) => (ended = resolve))
  const never = front('hung', { open: () => new Promise(() => {}), serve: () => new Promise(() => {}) })
  const broken = front('broken', {
    open: async () => {
      setImmediate(ended)
      throw new Error('in use')
    },
  })
  const line = new Pipeline([unawaited(never, logOf()), unawaited(broken, logOf(lines))], logOf())
  await line.open()
  await line.publish({ public: publicSnapshot(1) })
  await failed
  t.same(lines, ['a front cannot be had'])
})

t.test('what all fronts have is kept: each public generation once, with what it came from', async (t) => {
  const { told, front } = notes()
  const kept: string[] = []
  const line = new Pipeline([front('a')], logOf(), async ({ generation }, { difference, config }) => {
    kept.push(`${generation} ${Object.keys(difference)} ${config && Buffer.from(config.bytes)}`)
    told.push(`${generation} is kept`)
  })
  const changes = {
    ...{ before: 1, after: 2, isEmptied: false, added: 1, removed: 0, changed: 0, moved: 0, renumbered: 0 },
    names: { added: ['b'], removed: [], changed: [] },
  }
  const config = { origin: 'config', bytes: Buffer.from('nodes 1'), time: 1, state: 'read', reason: '' } as const
  await line.publish({ public: publicSnapshot(1) }, { difference: {}, config })
  await line.publish({ public: publicSnapshot(2) }, { difference: { passwd: changes }, config })
  t.same(kept, [], 'nothing before the fronts have it')
  await line.open()
  await line.publish({ shadow: shadowSnapshot(3) })
  await line.publish({ public: publicSnapshot(4) })
  await line.publish({ public: publicSnapshot(5) }, { difference: {}, config: undefined })
  t.same(kept, ['2 passwd nodes 1', '4  nodes 1', '5  undefined'], 'of the same configuration unless another is named')
  t.same(told.slice(0, 2), ['a opens with 2', '2 is kept'])
})
