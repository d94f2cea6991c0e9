// Each kind of warning comes from a report that has its cause, and from no other.
import t from 'tap'
import { ranked, WARNINGS, type WarningCode, warning } from '../../../src/kickback/warnings/warning.ts'
import { warningsOf } from '../../../src/kickback/warnings/warnings.ts'
import type { ConflictReport, Following, StatusReport } from '../../../src/kickback/wire/report.ts'
import type { DhcpReport } from '../../../src/kickback/wire/status/dhcp-report.ts'

const WELL: StatusReport = {
  ...{ role: 'master', software: 'kickback 1', pid: 1, uptime: 1, generation: 5, digest: 'aa', records: {} },
  ...{ listening: ['10.0.0.1:3045'], dns: [], failures: {}, connections: 0, subscribers: 0, refused: 0, denied: 0 },
  ...{ kept: 0, unread: 0, questions: 0, rate: 0, operations: {}, reported: 0, behind: 0 },
  reload: { outcome: 'unchanged', time: 1 },
}
const NODE: StatusReport = { ...WELL, role: 'proxy', listening: [] }
const FOLLOWING: Following = {
  ...{ master: '10.0.0.1:3045', state: 'following', seconds: 1, insecure: false, masters: [], refusals: [] },
}
const CONFLICT: ConflictReport = {
  ...{ reason: 'content', generation: 6, digest: 'bb', time: 0, own_time: 0, own_digest: 'aa', holders: [] },
}
const DNS = { pid: 7, generation: 5, restarts: 0, failures: {} }
const DHCP: DhcpReport = {
  ...{ by: 'child', pid: 7, restarts: 0, machines: 1, given: 0, strangers: 0, beside: false, foreign: [] },
}
const FOREIGN = [{ server: '10.0.0.66', interface: 'eth1', time: 1 }]
const BOOT = { pid: 7, listening: ['10.0.0.1:3048'], missing: [], restarts: 0, failures: {} }
const OBJECTS = { connections: 0, refused: 0, denied: 0, waiting: 0, requests: {}, sent: 0 }
const OTHER = { master: '10.0.0.2:3045', state: 'answers', digest: 'bb', generation: 4, time: 1 } as const

/** Of each kind a report that has it. */
const CAUSES: { readonly [Code in WarningCode]: StatusReport } = {
  conflict: { ...WELL, conflict: CONFLICT },
  'no-generation': { ...NODE, generation: undefined } as unknown as StatusReport,
  'out-of-touch': { ...NODE, following: { ...FOLLOWING, state: 'searching' } },
  'dns-silent': { ...WELL, dns_process: { ...DNS, pid: 0 } },
  'objects-silent': { ...WELL, objects: { ...OBJECTS, listening: [] } },
  'dhcp-silent': { ...WELL, dhcp: { ...DHCP, pid: 0, reason: 'it ended with 2' } },
  'dhcp-behind': { ...WELL, dhcp: { ...DHCP, unfollowed: 'no space' } },
  'dhcp-foreign': { ...WELL, dhcp: { ...DHCP, foreign: FOREIGN } },
  'boot-silent': { ...WELL, boot_process: { ...BOOT, missing: [{ place: '10.9.0.1:3048', reason: 'no address' }] } },
  'not-written': { ...WELL, unwritten: 'no space' },
  'passwords-damaged': { ...WELL, passwords_damaged: '/var/lib/kickback/passwords-given.damaged-1' },
  'reload-refused': { ...WELL, reload: { outcome: 'refused', time: 1, reason: 'x' } },
  'offer-refused': {
    ...NODE,
    following: { ...FOLLOWING, refusals: [{ generation: 9, digest: '', reason: 'would lose' }] },
  },
  pinned: { ...WELL, pinned: { generation: 4, time: 1 } },
  'not-certified': { ...WELL, trust: { number: 1, certified: false } },
  'other-key': { ...WELL, other_keys: ['node 10.0.0.9'] },
  'other-content': { ...WELL, masters: [OTHER] },
  insecure: { ...NODE, following: { ...FOLLOWING, insecure: true } },
  certificate: { ...NODE, certificate: { state: 'pending', mark: 'ab' } },
  'loopback-only': { ...WELL, listening: ['127.0.0.1:3045'] },
  'unnamed-master': { ...WELL, unnamed: true },
  'nodes-held': { ...WELL, held: [15] },
  'host-keys-waiting': { ...WELL, host_keys_waiting: [15] },
  'old-key': { ...WELL, old_keys: ['node 10.0.0.9'] },
  'other-id': { ...WELL, other_ids: 1 },
  errors: { ...WELL, failures: { 'watch poll': 2 } },
}

t.test('a master and a node to which nothing has happened warn of nothing', async (t) => {
  t.same(warningsOf(WELL), [])
  t.same(warningsOf({ ...NODE, following: FOLLOWING }), [])
  const certificate = { state: 'valid', mark: 'ab', node: 1, until: 9 } as const
  t.same(warningsOf({ ...NODE, following: FOLLOWING, certificate }), [])
  t.same(warningsOf({ ...WELL, masters: [{ ...OTHER, digest: 'aa' }] }), [], 'the same content')
  t.same(warningsOf({ ...WELL, boot_process: BOOT }), [], 'nodes are answered wherever they are to be')
  t.same(warningsOf({ ...WELL, dhcp: { ...DHCP, pid: 0 } }), [], 'dnsmasq is being started')
  t.same(warningsOf({ ...WELL, dhcp: { ...DHCP, beside: true, foreign: FOREIGN } }), [], 'another server is allowed')
})

t.test('each kind has a cause, is told alone, and has its severity', async (t) => {
  t.same(Object.keys(CAUSES), Object.keys(WARNINGS))
  for (const [code, report] of Object.entries(CAUSES)) {
    const found = warningsOf(report)
    t.same(
      found.map((one) => one.code),
      [code],
    )
    t.equal(found[0]?.severity, WARNINGS[code as WarningCode].severity, code)
    t.ok(WARNINGS[code as WarningCode].label.length <= 12, code)
  }
})

t.test('further causes of the same kinds', async (t) => {
  const codes = (report: StatusReport): string[] => warningsOf(report).map(({ code }) => code)
  t.same(codes({ ...WELL, dns_process: DNS }), ['dns-silent'], 'it has none of its addresses')
  const others = [{ pid: 0, generation: 0 }]
  t.same(codes({ ...WELL, dns: ['a'], dns_process: { ...DNS, others } }), ['dns-silent'], 'one of two is not there')
  t.same(codes({ ...WELL, dns: ['a'], dns_process: { ...DNS, failures: { x: 1 } } }), ['errors'])
  t.same(codes({ ...WELL, masters: [{ master: 'm', state: 'other-key' }] }), ['other-key'])
  t.same(codes({ ...NODE, certificate: { state: 'revoked', mark: 'ab' } }), ['certificate'])
  t.same(codes({ ...NODE, certificate: { state: 'valid', mark: 'ab', reason: 'x' } }), ['certificate'])
  t.same(codes({ ...WELL, conflict: CONFLICT, masters: [OTHER] }), ['conflict'], 'which tells what the other has')
})

t.test('the gravest comes first, and those of one kind keep their order', async (t) => {
  const [errors, pinned, first, second] = [
    warning('errors', 'e'),
    warning('pinned', 'p'),
    warning('other-id', 'a'),
    warning('other-id', 'b'),
  ]
  t.same(ranked([errors, first, second, pinned]), [pinned, first, second, errors])
})
