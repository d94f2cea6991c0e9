import t from 'tap'
import { type Held, Holdings, isBehind } from '../../../src/kickback/service/holdings.ts'
import { publicSnapshot } from '../cluster.ts'

const five = publicSnapshot(5)
const digest = Buffer.from(five.digest).toString('hex')
const CURRENT: Held = { generation: 5, digest }
const SAME_CONTENT: Held = { generation: 9, digest }
const OTHER_CONTENT: Held = { generation: 5, digest: '00'.repeat(32) }
const NUMBER_ALONE: Held = { generation: 5, digest: undefined }
const OLD_NUMBER: Held = { generation: 4, digest: undefined }

t.test('who is behind is told by the digest where it is known, else by the number', async (t) => {
  t.same(
    [CURRENT, SAME_CONTENT, OTHER_CONTENT, NUMBER_ALONE, OLD_NUMBER].map((held) => isBehind(held, five)),
    [false, false, true, false, true],
  )
  t.ok(isBehind(CURRENT, undefined))
})

t.test('the counts are what going through all of them would give, however they come, move and go', async (t) => {
  const kinds = [CURRENT, SAME_CONTENT, OTHER_CONTENT, NUMBER_ALONE, OLD_NUMBER, undefined]
  const holdings = new Holdings()
  const nodes: (Held | undefined)[] = new Array(20).fill(undefined)
  for (let step = 0; step < 500; step++) {
    const node = (step * 7) % nodes.length
    const next = kinds[(step * 11 + Math.floor(step / 13)) % kinds.length]
    holdings.moved(nodes[node], next)
    nodes[node] = next
    const told = nodes.filter((held) => held !== undefined)
    t.equal(holdings.reported, told.length)
    t.equal(holdings.behind(five), told.filter((held) => isBehind(held, five)).length)
    t.equal(holdings.behind(undefined), told.length)
  }
  for (const held of nodes) holdings.moved(held, undefined)
  t.equal(holdings.reported, 0)
  t.equal(holdings.kinds, 0, 'nothing is kept of those who left')
})
