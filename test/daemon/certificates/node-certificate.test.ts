// The key and the certificate of a node, against the real TLS of a master in this process. Node 0 has the address 127.0.0.1.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MasterCertificates } from '../../../src/daemon/certificates/master-certificates.ts'
import { NodeCertificate } from '../../../src/daemon/certificates/node-certificate.ts'
import { openAuthority } from '../../../src/daemon/trust/authority.ts'
import { Trust } from '../../../src/kickback/index.ts'
import { Enrolment } from '../../../src/kickback/service/enrolment.ts'
import {
  certificateKeyMark,
  certificateKeyOf,
  keyMark,
  NodeKeys,
  newCertificateKey,
  parseTrustList,
} from '../../../src/resolver/index.ts'
import { background, type Clock, type HostPort, monotonic, type WallClock } from '../../../src/values/index.ts'
import { quick } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { type ClusterKey, clusterKey } from '../../keys.ts'
import { logOf, server } from '../../kickback/cluster.ts'
import { loopbackSnapshot } from '../../kickback/service/secure.ts'
import { until } from '../../patience.ts'
import { trustList } from '../../trust-lists.ts'

/** A master of a cluster with this root, and what a node has to believe it. */
async function master(t: Tap, root: ClusterKey, wallClock: WallClock = Date.now) {
  const files = await openAuthority(folder(t), 'm1')
  const cluster = keyMark(root.key).toString('hex')
  const parts = { clock: monotonic, wallClock, log: logOf() }
  const certificates = new MasterCertificates({ ...parts, files, clusters: () => [cluster], authorities: () => [] })
  await certificates.renew()
  t.teardown(() => certificates.close())
  const live = { endUncertified: (): void => {} }
  const enrolment = new Enrolment({
    ...parts,
    ...{ keys: new NodeKeys(), keep: () => {}, issue: certificates.issue, changed: () => {} },
    revoked: () => live.endUncertified(),
  })
  const tls = {
    context: () => certificates.context,
    judge: certificates.judge,
    isRevoked: (mark: string) => enrolment.isRevoked(mark),
    wallClock,
  }
  const made = server(
    t,
    { tls, enrolment },
    loopbackSnapshot(1, (node) => (node === 0 ? '127.0.0.1' : `10.0.0.${node}`)),
  )
  live.endUncertified = () => made.endUncertified()
  const place = (await made.listen('network', { host: '127.0.0.1', port: 0 }, { isSecure: true })) as HostPort
  const list = parseTrustList(trustList({ roots: [root], authorities: [[files.authority.certificate, 'm1']] }))
  return { enrolment, place, list }
}

/** A node that asks there. Its chores wait on the clock of the machine: each test does what wakes it. */
async function node(
  t: Tap,
  place: () => HostPort | undefined,
  root: ClusterKey,
  list: Trust['list'],
  stateDir = folder(t),
  clocks: { readonly clock?: Clock; readonly wallClock?: WallClock } = {},
) {
  const trust = new Trust({ key: root.key, list })
  const parts = {
    trust,
    place,
    software: 'test',
    clock: background,
    wallClock: Date.now,
    random: () => 0,
    log: logOf(),
    ...clocks,
  }
  const made = await NodeCertificate.open({ ...parts, stateDir })
  t.teardown(() => made.close())
  return { made: Object.assign(made, { trust }), stateDir, path: (name: string) => join(stateDir, name) }
}

/** A clock whose waits end at once; it counts them. */
const hasty = {
  passed: 0,
  now: () => monotonic.now(),
  after(_: number, then: () => void) {
    hasty.passed++
    return monotonic.after(20, then)
  },
}

const markIn = (file: string): string => certificateKeyMark(certificateKeyOf(readFileSync(file, 'utf8')))

t.test(
  'a node whose key is approved has a certificate, rotates the key, and the one before it is revoked',
  async (t) => {
    const root = clusterKey()
    const { enrolment, place, list } = await master(t, root)
    const { made, path } = await node(t, () => place, root, list)
    const before = made.mark
    enrolment.let(0, before)
    made.start()
    await until(() => made.isValid)
    t.match(made.report, { state: 'valid', node: 0, mark: before })
    const { mark } = await made.rotate()
    await until(() => made.mark === mark && made.isValid)
    t.not(mark, before)
    t.ok(enrolment.isRevoked(before))
    t.equal(markIn(path('node.key')), mark)
    t.notOk(existsSync(path('node.key.next')))
  },
)

t.test('a rotation whose answer was lost is ended by the next start, with nobody’s help', async (t) => {
  const root = clusterKey()
  const { enrolment, place, list } = await master(t, root)
  const first = await node(t, () => place, root, list)
  enrolment.let(0, first.made.mark)
  first.made.start()
  await until(() => first.made.isValid)
  await first.made.close()
  // The master has taken the new key, and the node was killed before it knew.
  const pem = newCertificateKey()
  const next = certificateKeyMark(certificateKeyOf(pem))
  writeFileSync(first.path('node.key.next'), pem, { mode: 0o600 })
  enrolment.let(0, next)
  t.ok(enrolment.isRevoked(first.made.mark))
  const again = await node(t, () => place, root, list, first.stateDir)
  t.equal(again.made.mark, first.made.mark)
  again.made.start()
  await until(() => again.made.isValid && again.made.mark === next)
  t.equal(markIn(again.path('node.key')), next)
})

t.test(
  'a node whose key was replaced too often keeps the key that it has, and does not ask as a stranger',
  async (t) => {
    const root = clusterKey()
    const { enrolment, place, list } = await master(t, root)
    const { made } = await node(t, () => place, root, list)
    const before = made.mark
    enrolment.let(0, before)
    made.start()
    await until(() => made.isValid)
    const shown: (string | undefined)[] = []
    enrolment.answer = async (applicant) => {
      shown.push(applicant.shown)
      return 'rotations'
    }
    await made.rotate()
    await until(() => /too often/.test(made.report.reason ?? ''))
    t.ok(made.isValid)
    t.equal(made.mark, before)
    t.ok(shown.length > 0 && shown.every((mark) => mark === before), 'it showed its certificate each time')
  },
)

t.test('a revoked node has a new key at once, which is pending until it is approved', async (t) => {
  const root = clusterKey()
  const { enrolment, place, list } = await master(t, root)
  const { made, path } = await node(t, () => place, root, list)
  enrolment.let(0, made.mark)
  made.start()
  await until(() => made.isValid)
  enrolment.revoke(0)
  made.revoked()
  t.match(made.report, { state: 'revoked' })
  t.notOk(existsSync(path('node.crt')))
  const { mark } = await made.rotate()
  t.equal(made.mark, mark)
  await until(() => made.report.state === 'pending')
  t.match(enrolment.all(new Set())[0], { node: 0, mark, state: 'pending' })
  t.ok(enrolment.approve(0, mark))
})

t.test(
  'who took port 3046 while the master is down gets no question: a master of another cluster is as strange',
  async (t) => {
    const [root, other] = [clusterKey(), clusterKey()]
    const { list } = await master(t, root)
    const strange = await master(t, other)
    const places = { now: strange.place }
    const { made } = await node(t, () => places.now, root, list)
    made.start()
    await until(() => made.report.reason !== undefined)
    t.match(made.report, { state: 'asking', reason: /authority that the trust list does not have/ })
    t.same(strange.enrolment.all(new Set()), [], 'it does not even hear of the key')
    const control = await node(t, () => strange.place, other, strange.list)
    control.made.start()
    await until(() => control.made.report.state === 'pending', 'control: its own node asks it')
  },
)

t.test('a certificate whose authority or root counts no longer is given up, and a new one asked for', async (t) => {
  const root = clusterKey()
  const [one, other] = [await master(t, root), await master(t, root)]
  const places = { now: one.place }
  const { made } = await node(t, () => places.now, root, one.list)
  for (const { enrolment } of [one, other]) enrolment.let(0, made.mark)
  made.start()
  await until(() => made.isValid)
  const both = [one, other].flatMap(({ list }) => list.authorities)
  const authorities = both.map(({ certificate }, i) => [certificate, `m${i}`] as const)
  made.trust.take(trustList({ number: 2, roots: [root], authorities }))
  t.ok(made.isValid, 'control: a list that still has the authority changes nothing')
  places.now = other.place
  made.trust.take(trustList({ number: 3, roots: [root], authorities: authorities.slice(1) }))
  t.notOk(made.isValid)
  await until(() => made.isValid)
  t.match(made.report, { state: 'valid', node: 0 })
})

t.test('a certificate of another key, or of a cluster whose root is not believed any more, is not used', async (t) => {
  const root = clusterKey()
  const { enrolment, place, list } = await master(t, root)
  const { made, stateDir, path } = await node(t, () => place, root, list)
  enrolment.let(0, made.mark)
  made.start()
  await until(() => made.isValid)
  await made.close()
  t.equal(
    (await node(t, () => undefined, root, list, stateDir)).made.isValid,
    true,
    'control: it is kept over a restart',
  )
  const newer = clusterKey()
  const without = parseTrustList(trustList({ roots: [newer] }))
  t.equal((await node(t, () => undefined, newer, without, stateDir)).made.isValid, false)
  renameSync(path('node.key'), path('node.key.old'))
  t.equal((await node(t, () => undefined, root, list, stateDir)).made.isValid, false)
})

const DAY = 86_400_000

t.test('a certificate that a wrong clock makes too new or too old is good again once the clock is right', async (t) => {
  const root = clusterKey()
  const { enrolment, place, list } = await master(t, root)
  const { made, stateDir } = await node(t, () => place, root, list)
  enrolment.let(0, made.mark)
  made.start()
  await until(() => made.isValid)
  await made.close()
  for (const wrong of [0, Date.now() + 400 * DAY]) {
    let asked = 0
    const nobody = () => {
      asked++
      return undefined
    }
    const wall = { off: wrong - Date.now() }
    const clocks = { clock: quick, wallClock: () => Date.now() + wall.off }
    const again = await node(t, nobody, root, list, stateDir, clocks)
    again.made.start()
    await until(() => asked > 0)
    t.notOk(again.made.isValid)
    t.equal(again.made.report.state, 'asking')
    wall.off = 0
    await until(() => again.made.isValid)
    const before = asked
    wall.off = wrong - Date.now()
    again.made.trust.take(
      trustList({ number: 2, roots: [root], authorities: list.authorities.map((one) => [one.certificate, 'm1']) }),
    )
    wall.off = 0
    t.ok(again.made.isValid, 'a list that comes meanwhile changes nothing')
    t.equal(asked, before, 'no other one was asked for')
    await again.made.close()
  }
})

t.test(
  'a certificate that is not good by the clock of its node is asked for once, and used when that is right',
  async (t) => {
    const root = clusterKey()
    // The certificate of the master is some days old: it is good for the node, and what the master issues now is not.
    const theirs = { off: -10 * DAY }
    const { enrolment, place, list } = await master(t, root, () => Date.now() + theirs.off)
    theirs.off = 0
    const wall = { off: -5 * DAY }
    const { made, path } = await node(t, () => place, root, list, folder(t), {
      clock: hasty,
      wallClock: () => Date.now() + wall.off,
    })
    enrolment.let(0, made.mark)
    let issued = 0
    const answer = enrolment.answer.bind(enrolment)
    enrolment.answer = (...of) => {
      issued++
      return answer(...of)
    }
    made.start()
    await until(() => existsSync(path('node.crt')) && made.report.reason !== undefined)
    t.match(made.report, { state: 'asking', reason: /its certificate is good from .*: look at the clocks/ })
    // The clock of the test does not wait for answers: before one came the node may have asked again.
    const { passed } = hasty
    const first = issued
    t.ok(first > 0)
    await until(() => hasty.passed > passed + 5)
    t.equal(issued, first)
    wall.off = 0
    await until(() => made.isValid)
    t.equal(issued, first)
  },
)

t.test('a master whose clock was wrong when it started makes its certificate anew once that is right', async (t) => {
  for (const wrong of [0, Date.now() + 400 * DAY]) {
    const wall = { off: wrong - Date.now() }
    const root = clusterKey()
    const { enrolment, place, list } = await master(t, root, () => Date.now() + wall.off)
    const { made } = await node(t, () => place, root, list, folder(t), { clock: quick })
    enrolment.let(0, made.mark)
    made.start()
    await until(() => made.report.reason !== undefined)
    t.match(made.report.reason, /its certificate (ended at 1970|is good from)/)
    wall.off = 0
    await until(() => made.isValid)
  }
})
