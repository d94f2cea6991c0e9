// The shadow entries of a node, against the real TLS of a master in this process.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import { layout, Snapshot } from '../../../src/resolver/index.ts'
import { type Clock, monotonic } from '../../../src/values/index.ts'
import { folder } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { client } from '../../kickback/cluster.ts'
import { until } from '../../patience.ts'
import { grantingMaster, holds, provenNode, SIGNER, shadow, shadowFiles } from './cluster.ts'

const ONE = { user1: '$6$one', user2: '*' }
const TWO = { user1: '$6$one', user2: '$6$two' }
const isThere = (files: readonly string[]): boolean[] => files.map((file) => existsSync(file))
const hashOf = (file: string, name: string): string | undefined =>
  Snapshot.open(readFileSync(file)).find('shadow', { name })?.passwd

t.test('a node has what is granted, in both folders, and each change of it without asking', async (t) => {
  const master = await grantingMaster(t)
  master.grant(0, shadow(7, ONE))
  const node = await provenNode(t, master)
  await holds(node.proxy, 2)
  const files = shadowFiles(node)
  await until(() => isThere(files).every(Boolean))
  for (const file of files) t.equal(statSync(file).mode & 0o007, 0, 'nobody else reads it')
  const isGranted = (): boolean => {
    const state = readFileSync(`${node.runDir}/snapshot.1`).readUInt32LE(layout.HEADER.at.state)
    return (state & layout.STATE_SHADOW_GRANTED) !== 0
  }
  await until(isGranted)
  master.grant(0, shadow(8, TWO))
  await until(() => files.every((file) => hashOf(file, 'user2') === '$6$two'))
  t.same(master.given[0], [0, 7], 'the master knew before it gave')
  master.grant(0, undefined)
  await holds(node.proxy, undefined)
  await until(() => isThere(files).every((one) => !one))
  await until(() => !isGranted())
  await until(() => /no shadow entries are granted to this node any more/.test(node.lines.join('\n')))
  master.grant(0, shadow(9, ONE))
  await until(() => isThere(files).every(Boolean))
  await until(isGranted)
})

t.test('a revoked key ends shadow at once, in both folders, though nobody took the grant away', async (t) => {
  const master = await grantingMaster(t)
  master.grant(0, shadow(7, ONE))
  const node = await provenNode(t, master)
  const files = shadowFiles(node)
  await until(() => isThere(files).every(Boolean))
  const stays = (node.proxy.report().following?.shadow_until ?? 0) - Date.now() / 1000
  t.ok(stays > 604_000 && stays < 604_801, `they stay for ${stays} s`)
  master.enrolment.revoke(0)
  await holds(node.proxy, undefined)
  t.equal(node.proxy.report().following?.shadow_until, undefined)
  await until(() => isThere(files).every((one) => !one))
  await until(() => /was revoked: its shadow entries were removed/.test(node.lines.join('\n')))
  master.grant(0, shadow(8, TWO))
  t.same(node.proxy.report().certificate?.state, 'revoked')
  t.same(isThere(files), [false, false])
})

t.test('a key that is replaced keeps its shadow entries', async (t) => {
  const master = await grantingMaster(t)
  master.grant(0, shadow(7, ONE))
  const node = await provenNode(t, master)
  await holds(node.proxy, 2)
  const admin = await client(t, { path: `${node.runDir}/admin/socket` })
  await admin.ask('KEYS', { rotate: true })
  await until(() => master.enrolment.isRevoked(node.mark))
  await until(() => node.proxy.report().certificate?.state === 'valid')
  master.grant(0, shadow(8, { ...TWO, user3: '$6$three' }))
  await holds(node.proxy, 3)
  t.notMatch(node.lines.join('\n'), /were removed/)
})

t.test('a restart continues from the files, also while no master is there', async (t) => {
  const master = await grantingMaster(t)
  master.grant(0, shadow(7, ONE))
  const first = await provenNode(t, master)
  await until(() => isThere(shadowFiles(first)).every(Boolean))
  await until(() => existsSync(`${first.stateDir}/snapshot.1`))
  await first.proxy.close()
  await master.made.close()
  const { stateDir } = first
  const again = await provenNode(t, master, { stateDir, runDir: folder(t) })
  await holds(again.proxy, 2)
  await until(() => isThere(shadowFiles(again)).every(Boolean))
})

t.test('what was not granted to a node, or is not of this cluster, is not continued from', async (t) => {
  const master = await grantingMaster(t)
  const cases: readonly [string, Snapshot, boolean][] = [
    ['entries of a master', shadow(7, ONE, { isGranted: false }), true],
    ['another cluster', shadow(7, ONE, { sign: clusterKey().sign }), true],
    ['an entry for root', shadow(7, { root: '$6$root', user1: '$6$one' }), true],
    ['no certificate is asked for', shadow(7, ONE), false],
  ]
  for (const [name, snapshot, isCertified] of cases) {
    const [runDir, stateDir] = [folder(t), folder(t)]
    for (const file of shadowFiles({ runDir, stateDir })) {
      mkdirSync(dirname(file), { mode: 0o700, recursive: true })
      writeFileSync(file, snapshot.bytes, { mode: 0o600 })
    }
    const node = await provenNode(t, master, { runDir, stateDir, isCertified })
    t.same(isThere(shadowFiles(node)), [false, false], name)
    t.match(node.lines.join('\n'), /shadow entries from an earlier use/, name)
    await node.proxy.close()
  }
})

t.test('what a master gives that is older, foreign, or has an entry for root is not taken', async (t) => {
  const master = await grantingMaster(t)
  master.grant(0, shadow(7, ONE))
  const node = await provenNode(t, master)
  await holds(node.proxy, 2)
  await until(() => isThere(shadowFiles(node)).every(Boolean))
  const cases: readonly [Snapshot, RegExp][] = [
    [shadow(6, TWO), /are older \(generation 6\)/],
    [shadow(8, TWO, { sign: clusterKey().sign }), /not signed by the cluster's key/],
    [shadow(9, { ...TWO, root: '$6$root' }), /has an entry for root/],
    [shadow(10, TWO, { isGranted: false }), /no shadow snapshot of a node/],
  ]
  for (const [snapshot, words] of cases) {
    master.grant(0, snapshot)
    await until(() => words.test(node.lines.join('\n')))
    t.equal(hashOf(shadowFiles(node)[0] ?? '', 'user1'), '$6$one')
    t.equal(hashOf(shadowFiles(node)[0] ?? '', 'user2'), '*', String(words))
  }
  master.grant(0, shadow(11, TWO))
  await until(() => hashOf(shadowFiles(node)[0] ?? '', 'user2') === '$6$two')
})

t.test('a master that shows a good certificate and signs with another key is not believed: a rogue', async (t) => {
  const rogue = clusterKey()
  const messages: Buffer[] = []
  const master = await grantingMaster(t, {
    sign: (message) => {
      messages.push(Buffer.from(message))
      const isShadow = Buffer.from(message).toString('latin1').startsWith('kickback shadow 1\0')
      return isShadow ? rogue.sign(message) : SIGNER.sign(message)
    },
  })
  master.grant(0, shadow(7, ONE))
  const node = await provenNode(t, master)
  await until(() => /did not prove with the cluster's key which shadow entries/.test(node.lines.join('\n')))
  t.same(isThere(shadowFiles(node)), [false, false])
  t.ok(messages.length > 0)
})

t.test(
  'shadow ends when no master proved for too long what is granted, though the public copy is in step',
  async (t) => {
    const master = await grantingMaster(t)
    master.grant(0, shadow(7, ONE))
    const node = await provenNode(t, master)
    await until(() => isThere(shadowFiles(node)).every(Boolean))
    await until(() => existsSync(`${node.stateDir}/passwords-in-step`))
    await node.proxy.close()
    const record = JSON.parse(readFileSync(`${node.stateDir}/passwords-in-step`, 'utf8'))
    writeFileSync(`${node.stateDir}/passwords-in-step`, JSON.stringify({ ...record, age: 605_000_000 }))
    // The master grants nothing that it knows of any more, and is in step.
    master.granted.isKnown = false
    // Only the looks at the age come sooner.
    const clock: Clock = {
      now: monotonic.now,
      after: (ms, then) => monotonic.after(ms === 600_000 ? 20 : ms / 10, then),
    }
    const again = await provenNode(t, master, { stateDir: node.stateDir, runDir: node.runDir, clock })
    await until(() => again.proxy.report().following?.state === 'following')
    await holds(again.proxy, undefined)
    await until(() => isThere(shadowFiles(again)).every((one) => !one))
    await until(() => /no master proved for longer than shadow_max_age/.test(again.lines.join('\n')))
  },
)
