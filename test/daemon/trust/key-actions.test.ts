import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { addAudit } from '../../../src/daemon/trust/audit.ts'
import { openAuthority } from '../../../src/daemon/trust/authority.ts'
import {
  adoptList,
  begunRootRotation,
  begunSigningRotation,
  certifiedRequest,
  endedRootRotation,
  endedSigningRotation,
  keepForMaster,
  keyRequest,
  revokedMaster,
  settleRootKey,
} from '../../../src/daemon/trust/key-actions.ts'
import { MasterTrust } from '../../../src/daemon/trust/master-trust.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import { judgedCertificate, keyMark, publicKeyOf } from '../../../src/resolver/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { logOf } from '../../kickback/cluster.ts'
import { authority, certificate, NOW as NOW_MS } from '../../resolver/certificates/cluster.ts'
import { trustList } from '../../trust-lists.ts'

const NOW = 1_790_000_000
const message = Buffer.from('said')

/** A certificate that is of no authority. */
async function strangeCertificate(): Promise<Buffer> {
  const made = await certificate((await authority()).authority, { kind: 'node', node: 1, cluster: '0'.repeat(32) })
  return Buffer.from(made.der)
}

/** A master's state dir, its keys, and how it is opened again. */
async function master(t: Tap) {
  const stateDir = folder(t)
  const open = () => MasterTrust.open({ stateDir, log: logOf([]), clock: () => NOW })
  const keys = await open()
  const place = { stateDir, rootKey: undefined, now: NOW }
  const root = publicKeyOf(readFileSync(join(stateDir, 'root.pub'), 'utf8'))
  return { stateDir, open, keys, place, root, path: (name: string) => join(stateDir, name) }
}

t.test('a second master is certified, and believes the root of the first from then on', async (t) => {
  const [first, second] = [await master(t), await master(t)]
  const own = second.keys.signing
  await t.rejects(adoptList(second.stateDir, readFileSync(first.path('trust'))), /certify it first/)
  const list = certifiedRequest(first.place, 'm2', await keyRequest(second.stateDir))
  first.keys.trust.take(list.bytes)
  await adoptList(second.stateDir, list.bytes)
  const again = await second.open()
  t.ok(again.signing.equals(own))
  t.same(again.list?.bytes, list.bytes)
  t.notOk(existsSync(second.path('root.key')))
  t.ok(existsSync(second.path('root.key.unused')))
  const node = new Trust({ key: first.root })
  node.take(list.bytes)
  const trust = {
    authorities: list.authorities.map(({ certificate }) => certificate),
    clusters: [keyMark(first.root).toString('hex')],
  }
  for (const stateDir of [first.stateDir, second.stateDir]) {
    const { authority } = await openAuthority(stateDir, 'm')
    const { der } = await certificate(authority, { kind: 'master', cluster: trust.clusters[0] ?? '' })
    t.match(judgedCertificate(der, 'server', trust, NOW_MS), { subject: { kind: 'master' } }, 'its TLS is believed too')
  }
  const strange = await certificate((await authority()).authority, { kind: 'master', cluster: trust.clusters[0] ?? '' })
  t.throws(() => judgedCertificate(strange.der, 'server', trust, NOW_MS), /authority/, 'control')
  t.ok(node.signedBy(message, again.sign(message)))
  t.ok(node.signedBy(message, first.keys.sign(message)), 'the first one too')
})

t.test('what is no request, or no key, is not certified; a revoked key not again', async (t) => {
  const first = await master(t)
  const [head, signing] = (await keyRequest(folder(t))).split('\n')
  const texts = [
    ...['', 'kickback keys request 2\nsigning x m\n', 'kickback keys request 1\nsigning AAAA m\n'],
    ...['authority AAAA m', 'root AAAA m', `authority ${(await strangeCertificate()).toString('base64')} m`].map(
      (line) => `${head}\n${signing}\n${line}\n`,
    ),
  ]
  t.ok(
    certifiedRequest(first.place, 'm3', `${head}\n${signing}\n`),
    'control: one of an earlier release has no authority',
  )
  for (const text of texts) t.throws(() => certifiedRequest(first.place, 'm2', text), { name: 'KeyActionError' })
  const request = await keyRequest(folder(t))
  t.throws(() => certifiedRequest(first.place, 'a name', request), { name: 'TrustListError' })
  keepForMaster(first.stateDir, certifiedRequest(first.place, 'm2', request))
  keepForMaster(first.stateDir, revokedMaster(first.place, 'm2'))
  t.throws(() => certifiedRequest(first.place, 'm2', request), /was revoked/)
  t.throws(() => revokedMaster(first.place, 'm3'), /has no master m3: it has /)
})

t.test('without the root key, or with another one, nothing is signed', async (t) => {
  const first = await master(t)
  const [elsewhere, other] = [join(folder(t), 'root.key'), join(folder(t), 'other.key')]
  renameSync(first.path('root.key'), elsewhere)
  writeFileSync(other, clusterKey().pem.privateKey, { mode: 0o600 })
  const request = await keyRequest(folder(t))
  t.throws(() => certifiedRequest(first.place, 'm2', request), /give its file with --root-key FILE/)
  t.throws(() => certifiedRequest({ ...first.place, rootKey: other }, 'm2', request), /is not a root key of trust list/)
  const { number } = certifiedRequest({ ...first.place, rootKey: elsewhere }, 'm2', request)
  t.equal(number, NOW + 1, 'one more than that of the list before, where the clock says no more')
})

t.test(
  'a signing key is rotated in two lists: nodes believe both keys in between, and then the new one alone',
  async (t) => {
    const first = await master(t)
    const node = new Trust({ key: first.root })
    const begun = await begunSigningRotation(first.place)
    const again = await begunSigningRotation(first.place)
    t.equal(again.mark, begun.mark, 'one that was begun is gone on with')
    const old = first.keys.sign(message)
    first.keys.trust.take(begun.list.bytes)
    node.take(begun.list.bytes)
    t.ok(first.keys.promote())
    t.equal(keyMark(first.keys.signing).toString('hex'), begun.mark)
    t.ok(node.signedBy(message, old))
    t.ok(node.signedBy(message, first.keys.sign(message)))
    node.take(endedSigningRotation(first.place).bytes)
    t.notOk(node.signedBy(message, old))
    t.ok(node.signedBy(message, first.keys.sign(message)))
    t.ok((await first.open()).isCertified)
  },
)

t.test('a root is rotated in two lists, and nodes follow', async (t) => {
  const first = await master(t)
  const node = new Trust({ key: first.root })
  const begun = await begunRootRotation(first.place)
  first.keys.trust.take(begun.bytes)
  node.take(begun.bytes)
  const ended = endedRootRotation(first.place)
  first.keys.trust.take(ended.bytes)
  settleRootKey(first.stateDir)
  node.take(ended.bytes)
  t.equal(node.roots.length, 1)
  t.notOk(node.roots[0]?.equals(first.root))
  t.ok(node.signedBy(message, first.keys.sign(message)), 'no master is touched')
  const late = new Trust({ key: first.root })
  late.take(ended.bytes)
  t.notOk(
    late.roots[0]?.equals(first.root),
    'who was off meanwhile follows too: the old root signed the last list as well',
  )
  const certified = certifiedRequest({ ...first.place, now: NOW + 9 }, 'm2', await keyRequest(folder(t)))
  node.take(certified.bytes)
  t.throws(() => node.take(trustList({ number: NOW + 99, roots: [clusterKey()] })), { code: 'unproved' })
  t.throws(() => endedRootRotation(first.place), /no rotation of the root is to be finished/)
})

t.test('the audit log has a bound, belongs to its owner, and holds text from outside as text', async (t) => {
  const stateDir = folder(t)
  const entry = { time: NOW, login: 1000, before: 'x'.repeat(5000) }
  addAudit(stateDir, { ...entry, action: 'a\n{"action":"forged"}' })
  t.equal(readFileSync(join(stateDir, 'audit'), 'utf8').split('\n').length, 2)
  t.match(JSON.parse(readFileSync(join(stateDir, 'audit'), 'utf8')), { time: '2026-09-21T14:13:20.000Z', login: 1000 })
  writeFileSync(join(stateDir, 'audit'), 'x'.repeat(1024 * 1024), { mode: 0o644 })
  addAudit(stateDir, { ...entry, action: 'the last one there' })
  addAudit(stateDir, { ...entry, action: 'the first one of another file' })
  const [now, before] = [statSync(join(stateDir, 'audit')), statSync(join(stateDir, 'audit.1'))]
  t.ok(now.size < 2000 && before.size < 1024 * 1024 + 2000)
  t.equal(now.mode & 0o777, 0o600)
  t.equal(before.mode & 0o777, 0o600)
})
