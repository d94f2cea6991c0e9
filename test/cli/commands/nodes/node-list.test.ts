// What is listed of what a master tells, and the picture of it; the master is a list of its answers.
import t from 'tap'
import { hostLines, hostList } from '../../../../src/cli/commands/nodes/hosts.ts'
import { nodeList } from '../../../../src/cli/commands/nodes/node-list.ts'
import { nodeLines } from '../../../../src/cli/commands/nodes/node-table.ts'
import type { NodeFilter } from '../../../../src/cli/settings/values.ts'
import {
  type HostStateReport,
  type KickbackClient,
  type NodeStateReport,
  ServiceError,
} from '../../../../src/kickback/index.ts'

const NOW = 1_800_000_000
/** The addresses of the nodes 0, 1, ... */
const addressOf = (number: number): string => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`
const MACHINE = {
  ...{ uptime: 86_400, load: 1234, cpus: 64, memory: 64 * 1024 ** 2, available: 52 * 1024 ** 2 },
  ...{ kernel: '6.12.0', boot: 'b' },
}

const node = (
  number: number,
  state: NodeStateReport['state'],
  more: Partial<NodeStateReport> = {},
): NodeStateReport => ({
  ...{ number, name: `n${number}`, address: addressOf(number), state },
  ...more,
})
const up = (number: number, more: Partial<NodeStateReport> = {}): NodeStateReport =>
  node(number, 'up', {
    ...{ content: 'in-step', seen: NOW - 3, generation: 7, software: 'kickback 1', machine: MACHINE },
    ...more,
  })

/** What a master answers that has these nodes, so many in a page. */
function master(all: readonly NodeStateReport[], size = 256, refusals: readonly string[] = []) {
  const left = [...refusals]
  const client = {
    asked: [] as string[],
    status: async () => ({ role: 'master', generation: 7 }),
    ask: async (operation: string, { cursor }: { cursor?: { position: number } }) => {
      client.asked.push(operation)
      if (operation === 'KEYS')
        return {
          keys: [
            { node: 1, mark: 'a', state: 'revoked', time: 1, connected: false },
            { node: 1, mark: 'b', state: 'approved', time: 1, connected: true },
          ],
        }
      const at = cursor?.position ?? 0
      const code = at === 0 && refusals.length > 0 ? undefined : left.shift()
      if (code !== undefined) throw new ServiceError(code as 'cursor', 'no')
      const next = at + size < all.length ? { cursor: { generation: 7, position: at + size } } : {}
      return { nodes: all.slice(at, at + size), generation: 7, ...next }
    },
  }
  return client
}

const listed = (
  client: object,
  wanted: { nodes?: string; state?: readonly NodeFilter[] } = {},
  stages: ReadonlyMap<number, string> = new Map(),
) =>
  nodeList(
    client as KickbackClient,
    { stages, unapproved: [] },
    { nodes: wanted.nodes ?? null, state: wanted.state ?? [] },
  )

const TEN: readonly NodeStateReport[] = [
  up(0),
  up(1, { content: 'behind', generation: 5 }),
  up(2, { machine: { ...MACHINE, load: 7, available: 63 * 1024 ** 2 } }),
  node(3, 'down', { seen: NOW - 3700, generation: 5, software: 'kickback 1' }),
  node(4, 'installing', { since: NOW - 300, sent: 'pxe' }),
  node(5, 'never', { content: 'other-key' }),
  node(6, 'held', { since: NOW - 90_000, seen: NOW - 200_000, generation: 3, software: 'kickback 1' }),
  node(7, 'booting', { since: NOW - 5 }),
  node(8, 'never'),
  up(9),
]
const STAGES = new Map([
  [4, 'pxe'],
  [6, 'local'],
])

t.test('nodes are chosen by number, state and content, and by what two of the states were called before', async (t) => {
  const client = master(TEN)
  const numbers = async (wanted: { nodes?: string; state?: readonly NodeFilter[] }) =>
    (await listed(client, wanted)).nodes.map(({ number }) => number)
  t.same(await numbers({}), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  t.same(await numbers({ nodes: 'n1-n3' }), [1, 2, 3])
  t.same(await numbers({ state: ['up'] }), [0, 1, 2, 9])
  t.same(await numbers({ state: ['in-step'] }), [0, 2, 9])
  t.same(await numbers({ state: ['behind', 'gone'] }), [1, 3])
  t.same(await numbers({ state: ['missing'] }), [5, 8])
  t.same(await numbers({ state: ['other-key', 'held', 'installing'] }), [4, 5, 6])
  t.same(await numbers({ nodes: '0-3', state: ['never'] }), [])
  const [, one] = (await listed(client, {}, STAGES)).nodes
  t.match(one, { certificate: 'approved', stage: undefined }, 'not the one that was revoked')
})

t.test('the picture fits 80 columns, with whole columns, and a pipe gets all of them', async (t) => {
  const list = { ...(await listed(master(TEN), {}, STAGES)), time: NOW }
  const lines = nodeLines(list, { columns: 80, rows: 24, hasColour: false })
  t.same(lines, [
    'generation   7',
    'up           4: n0-n2, n9',
    'booting      1: n7',
    'installing   1: n4',
    'held         1: n6',
    'down         1: n3',
    'never        2: n5, n8',
    'behind       1: n1',
    'other-key    1: n5',
    '',
    'number  name  state       content    stage  seen   load    memory  generation',
    '     0  n0    up          in-step    -      now   12.34   12G/64G  7',
    '     1  n1    up          behind     -      now   12.34   12G/64G  5',
    '     2  n2    up          in-step    -      now    0.07  1.0G/64G  7',
    '     3  n3    down        -          -      1h        -         -  5',
    '     4  n4    installing  -          pxe    -         -         -  -',
    '     5  n5    never       other-key  -      -         -         -  -',
    '     6  n6    held        -          local  2d        -         -  3',
    '     7  n7    booting     -          -      -         -         -  -',
    '     8  n8    never       -          -      -         -         -  -',
    '     9  n9    up          in-step    -      now   12.34   12G/64G  7',
  ])
  const [head = '', ...rows] = nodeLines(list, undefined).slice(10)
  t.match(head, /generation {2}ping {2}address +since +certificate +kernel +software$/)
  t.match(rows[1], / 5 +- +10\.0\.0\.1 +- +approved +6\.12\.0 +kickback 1$/)
  t.match(rows[6], /held .* 10\.0\.0\.6 +1d +- +- +kickback 1$/)
  const narrow = nodeLines(list, { columns: 30, rows: 24, hasColour: false }).slice(10)
  t.ok(narrow.every((line) => line.length <= 30))
  t.equal(narrow[0], 'number  name  state')
  const coloured = nodeLines(list, { columns: 80, rows: 24, hasColour: true }).join('\n')
  t.match(coloured.replaceAll('\u001b', 'ESC'), /\nESC\[33m +1 {2}n1 .*ESC\[0m\n/)
  t.match(coloured.replaceAll('\u001b', 'ESC'), /\nESC\[1;31m +6 {2}n6 .*ESC\[0m\n/)
})

t.test('nodes that are not up and answer a ping are named, and each has what is known of it', async (t) => {
  const all = [
    node(0, 'never', { ping: 'up', pinged: 9 }),
    up(1),
    node(2, 'down', { ping: 'up' }),
    node(3, 'never', { ping: 'off' }),
  ]
  const list = { ...(await listed(master(all))), time: NOW }
  const lines = nodeLines(list, undefined)
  t.ok(lines.includes('ping up      2: n0, n2'))
  const pings = lines.slice(-4).map((line) => / (up|off|-) +10\.0\.0\./.exec(line)?.[1])
  t.same(pings, ['up', '-', 'up', 'off'])
})

t.test('devices are listed with a summary, as many as a master has', async (t) => {
  const host = (name: string, more: Partial<HostStateReport> = {}): HostStateReport => ({
    name,
    address: '10.0.0.5',
    ...more,
  })
  const pages = [
    [host('switch', { ping: 'up', pinged: NOW - 30 })],
    [host('pdu\u001b', { ping: 'off', pinged: NOW }), host('far')],
  ]
  const client = {
    status: async () => ({ role: 'master', generation: 7 }),
    ask: async (_: string, { cursor }: { cursor?: { position: number } }) => {
      const at = cursor?.position ?? 0
      return { nodes: [], hosts: pages[at], ...(at === 0 && { cursor: { generation: 7, position: 1 } }) }
    },
  }
  const list = { ...(await hostList(client as unknown as KickbackClient)), time: NOW }
  t.same(hostLines(list, undefined), [
    'up           1: switch',
    'off          1: pdu\\x1b',
    'not asked    1: far',
    '',
    'name     ping  asked  address',
    'switch   up    30s    10.0.0.5',
    'pdu\\x1b  off   0s     10.0.0.5',
    'far      -     -      10.0.0.5',
  ])
  const older = { ...client, ask: async () => ({ nodes: [] }) }
  await t.rejects(hostList(older as unknown as KickbackClient), /older than this program/)
})

t.test(
  'ten thousand nodes are a few lines on a terminal, with the figures of the worst, and a line each in a pipe',
  async (t) => {
    const all = Array.from({ length: 10_000 }, (_, number) =>
      number === 4711
        ? node(number, 'down', { seen: NOW - 100, generation: 7, software: 'kickback 1' })
        : up(number, { machine: { ...MACHINE, load: number === 12 ? 9999 : 10, available: number === 5000 ? 1 : 2 } }),
    )
    const list = { ...(await listed(master(all))), time: NOW }
    const lines = nodeLines(list, { columns: 80, rows: 24, hasColour: false })
    t.ok(lines.every((line) => line.length <= 80))
    t.match(lines.slice(0, 4), [
      'generation   7',
      'up           9999: n0-n4710, n4712-n9999',
      'down         1: n4711',
      '',
    ])
    t.match(lines.slice(5), [
      /^ +0-4710 {2}n0-n4710 +up +in-step +- +now +99\.99 +64G\/64G/,
      /^ +4711 {2}n4711 +down +- +- +1m +- +-/,
      /^4712-9999 {2}n4712-n9999 +up +in-step +- +now +0\.10 +64G\/64G/,
    ])
    t.equal(lines.length, 8)
    t.equal(nodeLines(list, undefined).length, 10_005)
    const chosen = { ...(await listed(master(all), { nodes: '0-199' })), time: NOW }
    t.equal(nodeLines(chosen, { columns: 80, rows: 24, hasColour: false }).length, 204, 'who names nodes wants each')
  },
)

t.test(
  'a list that is overtaken by a change is begun again, and a service that knows none is said to be older',
  async (t) => {
    const client = master(TEN, 4, ['cursor'])
    t.equal((await listed(client)).nodes.length, 10)
    t.same(
      client.asked.filter((operation) => operation === 'STATES'),
      ['STATES', 'STATES', 'STATES', 'STATES', 'STATES'],
    )
    const older = master(TEN, 4)
    older.ask = async (operation: string) => {
      if (operation === 'STATES') throw new ServiceError('operation', 'unknown')
      return { keys: [], nodes: [] } as never
    }
    await t.rejects(listed(older), { name: 'NoListError', message: /older than this program/ })
  },
)
