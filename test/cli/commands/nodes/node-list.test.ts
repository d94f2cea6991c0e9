// How nodes stand by what a master tells of them; the master is a list of its answers.
import t from 'tap'
import { ConfiguredNodes } from '../../../../src/cli/commands/nodes/configured-nodes.ts'
import { nodeList } from '../../../../src/cli/commands/nodes/node-list.ts'
import { nodeLines } from '../../../../src/cli/commands/nodes/node-table.ts'
import type { NodeState } from '../../../../src/cli/settings/values.ts'
import type { KickbackClient, NodeReport } from '../../../../src/kickback/index.ts'
import { DATABASES, layout } from '../../../../src/resolver/index.ts'
import { parseAddress } from '../../../../src/values/index.ts'

/** The addresses of the nodes 0, 1, ... */
const addressOf = (number: number): string => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`

/** What a master answers that has so many nodes. */
function master(count: number, here: readonly NodeReport[], gone: readonly NodeReport[], more: object = {}) {
  const records = Array.from({ length: count }, (_, number) =>
    DATABASES.hosts.encode({
      ...{ kind: layout.HOST_KINDS.NODE, number, names: [`n${number}`] },
      addresses: [parseAddress(addressOf(number))],
    } as never),
  )
  const client = {
    lists: 0,
    status: async () => ({ role: 'master', generation: 7, ...more }),
    list: async () => {
      client.lists++
      return records
    },
    async *nodes(isGone: boolean) {
      yield isGone ? gone : here
    },
    ask: async () => ({
      keys: [
        { node: 1, mark: 'a', state: 'revoked', time: 1, connected: false },
        { node: 1, mark: 'b', state: 'approved', time: 1, connected: true },
      ],
    }),
  }
  return client
}

const report = (number: number, behind: boolean, more: Partial<NodeReport> = {}): NodeReport => {
  return { address: addressOf(number), software: 'kickback 1', generation: behind ? 5 : 7, behind, ...more }
}
const ALL = { nodes: null, state: [] as readonly NodeState[] }

t.test('each node has one state, by what was heard of its address', async (t) => {
  const here = [report(0, false), report(1, true), report(2, true), report(2, false)]
  const gone = [report(3, true, { seen: 100 }), report(1, true, { seen: 50 }), report(4, true)]
  const client = master(7, here, gone, { other_keys: [`node ${addressOf(5)}`] })
  const list = await nodeList(client as unknown as KickbackClient, new ConfiguredNodes(), ALL)
  const states = list.nodes.map(({ state }) => state)
  t.same(states, ['in-step', 'behind', 'in-step', 'gone', 'missing', 'other-key', 'missing'])
  t.match(list.nodes[3], { seen: 100, generation: 5 })
  t.equal(list.nodes[1]?.certificate, 'approved', 'not the one that was revoked')
  const chosen = { nodes: 'n1-n3', state: ['gone', 'behind'] as const }
  const some = await nodeList(client as unknown as KickbackClient, new ConfiguredNodes(), chosen)
  t.same(
    some.nodes.map(({ name }) => name),
    ['n1', 'n3'],
  )
  const lines = nodeLines({ ...list, time: 3700 }, undefined)
  t.match(
    lines.join('\n'),
    /^generation {3}7\nin-step {6}2: n0, n2\nbehind {7}1: n1\ngone {9}1: n3\nmissing {6}2: n4, n6\n/,
  )
  t.match(lines.join('\n'), / 3 {2}n3 {4}10\.0\.0\.3 {2}gone +5 +1 hour ago {2}- /)
})

t.test('ten thousand nodes are asked for once a generation, and told in a summary that is short', async (t) => {
  const here = Array.from({ length: 10_000 }, (_, number) => report(number, number % 2 === 0))
  const client = master(10_000, here, [])
  const configured = new ConfiguredNodes()
  const ask = () => nodeList(client as unknown as KickbackClient, configured, ALL)
  await ask()
  const lines = nodeLines(await ask(), { columns: 80, rows: 24, hasColour: false })
  t.equal(client.lists, 1)
  t.equal(lines.filter((line) => line.startsWith(' ') && line.includes('in-step')).length, 5000)
  t.match(lines.slice(0, 8).join('\n'), /in-step +5000: n1, n3, .* and 4992 more/)
  t.ok(lines.every((line) => line.length <= 80))
})
