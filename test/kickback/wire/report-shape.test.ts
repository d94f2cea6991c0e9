import t from 'tap'
import { parseConfig } from '../../../src/config/index.ts'
import { KickbackServer } from '../../../src/kickback/service/server.ts'
import { encodeFrame } from '../../../src/kickback/wire/message.ts'
import { generationReports, nodeReports, reloadReport, statusReport } from '../../../src/kickback/wire/report-shape.ts'
import { service } from '../../sockets.ts'
import { bare, client, publicSnapshot, server } from '../cluster.ts'

const STATUS = new KickbackServer(bare()).report()
/** What every master of today sends, and a daemon of the first release does not. */
const LATER = 'other_ids'
const [DIAGNOSTIC] = parseConfig(Buffer.from('nodes 0\nnodes 1\n')).diagnostics
const RELOAD = {
  outcome: 'published',
  generation: 7,
  databases: { passwd: { before: 1, after: 2, added: 1, removed: 0, changed: 0 } },
  diagnostics: [DIAGNOSTIC],
} as const
const GENERATIONS = [
  { generation: 7, digest: 'ab', time: 1, cause: 'start', bytes: 5, records: { passwd: 2 }, changes: {} },
]
const NODES = [{ address: '10.0.0.11', software: '', generation: 7, behind: false }]

t.test('reports as they are made pass, with fields that are not known too', async (t) => {
  t.same(statusReport(STATUS), STATUS)
  t.ok(statusReport(server(t, {}, publicSnapshot(3)).report()))
  const names = { added: ['n1'], removed: [], changed: [] }
  t.ok(reloadReport({ ...RELOAD, reason: 'why', later: 1 }))
  t.ok(reloadReport({ ...RELOAD, databases: { passwd: { ...RELOAD.databases.passwd, names } } }))
  t.same(nodeReports(NODES), NODES)
  const accounts = [{ kind: 'user', name: 'slurm', id: 1, cluster_id: 2, later: 'x' }]
  const telling = NODES.map((node) => ({ ...node, other_ids: { count: 1, accounts } }))
  t.same(nodeReports(telling), telling)
  t.throws(() => nodeReports(telling.map((node) => ({ ...node, other_ids: { count: 1 } }))), {
    message: /accounts is missing/,
  })
})

t.test('each field that is missing or of another type is named', async (t) => {
  for (const [name, value] of Object.entries(STATUS)) {
    const { [name]: _, ...rest } = STATUS as unknown as { [name: string]: unknown }
    if (name === LATER) t.same(statusReport(rest), rest)
    else t.throws(() => statusReport(rest), { message: `report.${name} is missing` })
    const other = typeof value === 'object' ? 1 : {}
    t.throws(() => statusReport({ ...STATUS, [name]: other }), {
      message: new RegExp(`^report\\.${name} is not of type `),
    })
  }
  t.throws(() => statusReport(undefined), { message: 'report is not of type fields' })
  t.throws(() => statusReport({ ...STATUS, records: { passwd: -1 } }), {
    message: 'report.records.passwd is not of type uint',
  })
  t.throws(() => statusReport({ ...STATUS, reload: { outcome: 'lost', time: 1 } }), {
    message: /^report\.reload\.outcome/,
  })
  t.throws(() => reloadReport({ ...RELOAD, diagnostics: [DIAGNOSTIC, 'a'] }), {
    message: 'report.diagnostics[1] is not of type fields',
  })
  const [related] = DIAGNOSTIC?.related ?? []
  const nameless = { ...DIAGNOSTIC, related: [{ ...related, file: undefined }] }
  t.throws(() => reloadReport({ ...RELOAD, diagnostics: [nameless] }), {
    message: 'report.diagnostics[0].related[0].file is not of type str',
  })
  t.throws(() => reloadReport({ ...RELOAD, diagnostics: [{ ...DIAGNOSTIC, excerpt: 'nodes 1' }] }), {
    message: 'report.diagnostics[0].excerpt is not of type fields',
  })
  t.throws(() => reloadReport({ ...RELOAD, diagnostics: [{ ...DIAGNOSTIC, severity: 'fatal' }] }), {
    message: 'report.diagnostics[0].severity is not of type words',
  })
  t.throws(() => reloadReport({ ...RELOAD, databases: { hosts: {} } }), {
    message: 'report.databases.hosts.before is missing',
  })
  t.same(generationReports(GENERATIONS), GENERATIONS)
  t.throws(() => generationReports([...GENERATIONS, {}]), { message: 'generations[1].generation is missing' })
  t.throws(() => generationReports([{ ...GENERATIONS[0], changes: { passwd: {} } }]), {
    message: 'generations[0].changes.passwd.added is missing',
  })
  t.throws(() => statusReport({ ...STATUS, pinned: { generation: 7 } }), { message: 'report.pinned.time is missing' })
  t.throws(() => reloadReport({ ...RELOAD, pinned: true }), { message: /^report\.pinned/ })
  t.throws(() => nodeReports([...NODES, {}]), { message: 'nodes[1].address is missing' })
})

t.test('a client whose service sends another report says what is wrong with it', async (t) => {
  const { records: _, ...without } = STATUS
  const replies: { [operation: number]: object } = {
    7: { report: without },
    8: { report: {} },
    10: { nodes: [{}], generation: 1 },
  }
  const { place } = await service(t, (socket) => {
    // Each client asks one thing here: the last byte of its request's map is the number of the operation.
    socket.once('data', (bytes) => {
      const op = [7, 8, 10].find((number) => bytes.includes(Buffer.from([0xa2, 0x6f, 0x70, number]))) ?? 0
      socket.end(encodeFrame({ id: 1, status: 1, ...replies[op] }))
    })
  })
  await t.rejects((await client(t, place)).status(), { code: 'protocol', message: /report\.records is missing/ })
  await t.rejects((await client(t, place)).reload({}, 1000), {
    code: 'protocol',
    message: /report\.outcome is missing/,
  })
  await t.rejects((await client(t, place)).nodes().next(), {
    code: 'protocol',
    message: /nodes\[0\]\.address is missing/,
  })
})
