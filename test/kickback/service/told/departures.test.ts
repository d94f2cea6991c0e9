import t from 'tap'
import { Departures } from '../../../../src/kickback/service/told/departures.ts'
import { parseAddress } from '../../../../src/values/index.ts'

const HELD = { generation: 5, digest: undefined }
const NOBODY = { heldAt: () => [] }

/** A connection of root from this address. */
function follower(text: string, isRoot = true) {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(text)
  return { peer: { via: 'tcp', address, port: 1 }, software: 'kickback 1', isRoot } as const
}

t.test('who followed and has gone is told with when, until it is back', async (t) => {
  let now = 7_000
  const departures = new Departures(() => now)
  departures.moved(follower('10.0.0.1'), HELD, undefined, NOBODY)
  now = 9_500
  departures.moved(follower('10.0.0.2'), HELD, undefined, NOBODY)
  t.match(departures.page(0, 9).nodes, [
    { address: '10.0.0.1', seen: 7, generation: 5, software: 'kickback 1' },
    { address: '10.0.0.2', seen: 9 },
  ])
  departures.moved(follower('10.0.0.1'), undefined, HELD, NOBODY)
  t.match(departures.page(0, 9), { nodes: [{ address: '10.0.0.2' }], cursor: undefined })
})

t.test('who has another connection has not gone, and a port of any user tells nothing', async (t) => {
  const departures = new Departures(() => 1000)
  departures.moved(follower('10.0.0.1'), HELD, undefined, { heldAt: () => [HELD] })
  departures.moved(follower('10.0.0.2'), undefined, undefined, NOBODY)
  departures.moved(follower('10.0.0.3', false), HELD, undefined, NOBODY)
  t.same(departures.page(0, 9).nodes, [])
})

t.test('they are told a page at a time, and only so many are remembered', async (t) => {
  const departures = new Departures(() => 1000)
  const MOST = 65_536
  for (let i = 0; i < MOST + 2; i++)
    departures.moved(follower(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`), HELD, undefined, NOBODY)
  let count = 0
  let first = ''
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const page: ReturnType<Departures['page']> = departures.page(cursor, 1000)
    first ||= page.nodes[0]?.address ?? ''
    count += page.nodes.length
    cursor = page.cursor
  }
  t.equal(count, MOST)
  t.equal(first, '10.0.0.2', 'those that went longest ago made room')
})
