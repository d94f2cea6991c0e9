import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import { Scratch } from '../cli/scratch.ts'
import { client } from '../kickback/cluster.ts'
import { until } from '../patience.ts'

interface Line {
  readonly msg?: string
  readonly [field: string]: unknown
}

/** The queries in a log of JSON. */
function queries(stderr: string): Line[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'query')
}

/** Sends a question of type A by UDP; resolves with the reply. */
async function ask(place: string, labels: readonly string[]): Promise<Buffer> {
  const [host = '', port = '0'] = place.split(':')
  const name = Buffer.concat(labels.map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')])))
  const header = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  const socket = createSocket('udp4')
  socket.send(Buffer.concat([header, name, Buffer.from([0, 0, 1, 0, 1])]), Number(port), host)
  const [reply] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  return reply
}

t.test('with --log-queries all each query is a line, with who asked what, and what came of it', async (t) => {
  const scratch = new Scratch(t)
  const log = ['--log-queries', 'all', '--log-format', 'json']
  const daemon = scratch.start(['serve', ...scratch.flags, ...log, '--dns', '127.0.0.1:0'])
  await daemon.logged('ready')
  const local = await client(t, { path: scratch.path('run/socket') })
  await local.lookup('passwd', 'ada')
  await local.lookup('hosts', Uint8Array.of(10, 20, 30, 99))
  await local.lookup('passwd', 'no\u001b[31m\nbody\u202e')
  await t.rejects(local.lookup('shadow', 'ada'), { code: 'denied' })
  await local.innetgr('cluster', { host: 'n15' })
  const place = /"place":"(\S+?)","msg":"answering DNS"/.exec(daemon.stderr)?.[1] ?? ''
  await ask(place, ['n15', 'cluster', 'internal'])
  await ask(place, ['evil\n\u001b', 'invalid'])
  await until(() => queries(daemon.stderr).filter(({ door }) => door === 'dns').length === 2, 'DNS has told both')
  const told = queries(daemon.stderr)
  const one = (key: string): Line | undefined => told.find((line) => line.key === key)
  t.match(one('ada'), {
    door: 'unix',
    operation: 'LOOKUP',
    database: 'passwd',
    status: 'success',
    id: Number,
    ms: Number,
  })
  t.match(one('10.20.30.99'), { database: 'hosts', status: 'notfound' })
  t.match(one('no\\x1b[31m\\x0abody\\u202e'), { status: 'notfound' }, 'text from outside is made printable')
  t.match(
    told.find(({ database }) => database === 'shadow'),
    { status: 'denied' },
  )
  t.match(one('cluster'), { operation: 'INNETGR', database: 'netgroup', host: 'n15', status: 'success' })
  t.match(
    told.find(({ name }) => name === 'n15.cluster.internal'),
    { door: 'dns', transport: 'udp', id: 0x1234, type: 'A', status: 'NOERROR', client: /^127\.0\.0\.1#\d+$/ },
  )
  t.match(
    told.find(({ name }) => name === 'evil\\x0a\\x1b.invalid'),
    { status: 'NXDOMAIN' },
  )
  t.match(await daemon.end(), { code: 0 })
})

t.test('queries are not logged unless they are asked for, and those of DNS alone where only these are', async (t) => {
  for (const [which, doors] of [
    ['off', []],
    ['dns', ['dns']],
  ] as const) {
    const scratch = new Scratch(t)
    const log = ['--log-queries', which, '--log-format', 'json']
    const daemon = scratch.start(['serve', ...scratch.flags, ...log, '--dns', '127.0.0.1:0'])
    await daemon.logged('ready')
    await (await client(t, { path: scratch.path('run/socket') })).lookup('passwd', 'ada')
    await ask(/"place":"(\S+?)","msg":"answering DNS"/.exec(daemon.stderr)?.[1] ?? '', ['n15', 'cluster', 'internal'])
    t.match(await daemon.end(), { code: 0 })
    t.same(
      queries(daemon.stderr).map(({ door }) => door),
      doors,
      which,
    )
  }
})
