import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openSigningKey } from '../../../src/daemon/generations/signing-key.ts'
import { MasterTrust } from '../../../src/daemon/trust/master-trust.ts'
import { keyMark, parseTrustList, signedTrustList } from '../../../src/resolver/index.ts'
import { privateKeyOf, publicKeyOf } from '../../../src/resolver/snapshot/signing.ts'
import { folder, type Tap } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { logOf } from '../../kickback/cluster.ts'
import { listLines, signedLines, trustList } from '../../trust-lists.ts'

const NOW = 1_790_000_000

/** The keys of a state dir, and what was logged. */
async function opened(t: Tap, stateDir = folder(t)) {
  const lines: string[] = []
  const keys = await MasterTrust.open({ stateDir, log: logOf(lines), clock: () => NOW })
  return { stateDir, lines, keys, path: (name: string) => join(stateDir, name) }
}

const rootOf = (stateDir: string) => privateKeyOf(readFileSync(join(stateDir, 'root.key'), 'utf8'))

t.test('a first start makes a root and a signing key, and the root certifies it', async (t) => {
  const { path, keys } = await opened(t)
  t.same(
    ['root.key', 'root.pub', 'signing.key', 'signing.pub', 'trust'].map((name) => statSync(path(name)).mode & 0o777),
    [0o600, 0o644, 0o600, 0o644, 0o644],
  )
  const list = parseTrustList(readFileSync(path('trust')))
  t.equal(list.number, NOW)
  t.ok(list.roots[0]?.equals(publicKeyOf(readFileSync(path('root.pub'), 'utf8'))))
  t.ok(list.signers[0]?.key.equals(keys.signing))
  t.notOk(keys.signing.equals(list.roots[0] ?? keys.signing), 'they are two keys')
  t.ok(keys.isCertified)
})

t.test('a start after that changes nothing, with or without the root key', async (t) => {
  const { stateDir, path } = await opened(t)
  const before = readFileSync(path('trust'))
  await opened(t, stateDir)
  t.same(readFileSync(path('trust')), before)
  renameSync(path('root.key'), join(folder(t), 'root.key'))
  const { lines, keys } = await opened(t, stateDir)
  t.notOk(existsSync(path('root.key')), 'no new one is made')
  t.same([readFileSync(path('trust')), lines, keys.isCertified], [before, [], true])
})

t.test('a master of an earlier release keeps its signing key, and gets a root beside it', async (t) => {
  const stateDir = folder(t)
  const old = await openSigningKey(stateDir)
  writeFileSync(join(stateDir, 'history'), '')
  const { keys } = await opened(t, stateDir)
  t.ok(keys.signing.equals(old.publicKey))
  t.ok(keys.list?.signers[0]?.key.equals(old.publicKey))
})

t.test(
  'a master that was given the signing key of another one makes no root, and learns the list from who has that key',
  async (t) => {
    const { stateDir: first, keys: original } = await opened(t)
    const second = folder(t)
    for (const name of ['signing.key', 'signing.pub']) copyFileSync(join(first, name), join(second, name))
    const { keys, path } = await opened(t, second)
    t.notOk(existsSync(path('root.pub')))
    t.equal(keys.list, undefined)
    const [stranger, other] = [clusterKey(), clusterKey()]
    keys.trust.introduced(trustList({ roots: [stranger], signers: [[other, 'x']] }))
    t.equal(keys.list, undefined, 'a list without the key')
    const bytes = original.list?.bytes ?? Buffer.alloc(0)
    t.equal(keys.trust.takeIfProved(bytes)?.code, 'unproved', 'from anybody')
    keys.trust.introduced(bytes)
    t.same(readFileSync(path('trust')), bytes)
    t.same(readFileSync(path('root.pub')), readFileSync(join(first, 'root.pub')))
  },
)

t.test('a list from elsewhere is kept, over a restart too, and an older one is not taken again', async (t) => {
  const { stateDir, keys } = await opened(t)
  const before = keys.list ?? t.fail('no list')
  if (typeof before === 'boolean') return
  const newer = signedTrustList({ ...before, number: NOW + 5 }, [rootOf(stateDir)])
  keys.trust.take(newer.bytes)
  const { keys: again } = await opened(t, stateDir)
  t.equal(again.list?.number, NOW + 5)
  t.throws(() => again.trust.take(before.bytes), { code: 'older' })
})

t.test('a master whose key was revoked says so, and does not certify itself again', async (t) => {
  const { stateDir, keys } = await opened(t)
  const before = keys.list
  if (before === undefined) return
  const gone = [{ mark: keyMark(keys.signing).toString('hex'), name: 'm' }]
  const revoked = signedTrustList({ ...before, signers: [], revoked: gone, number: NOW + 1 }, [rootOf(stateDir)])
  keys.trust.take(revoked.bytes)
  const { lines, keys: again } = await opened(t, stateDir)
  t.match(lines, [/^cannot certify the signing key/, /does not have the signing key of this master/])
  t.notOk(again.isCertified)
})

t.test('a list that is damaged is told, and a new one is signed where the root is', async (t) => {
  const { stateDir, path } = await opened(t)
  writeFileSync(path('trust'), 'kickback trust 1\n')
  const { lines, keys } = await opened(t, stateDir)
  t.match(lines, [/^the kept trust list is damaged/, /has certified/])
  t.ok(keys.isCertified)
})

t.test('a rotated key signs once it is listed, not before; and it does so after a restart too', async (t) => {
  const { stateDir, keys, path } = await opened(t)
  const old = keys.signing
  const next = clusterKey()
  writeFileSync(path('signing.key.next'), next.pem.privateKey, { mode: 0o600 })
  t.notOk(keys.promote())
  t.ok(keys.signing.equals(old))
  const before = keys.list
  if (before === undefined) return
  const both = { ...before, number: NOW + 1, signers: [...before.signers, { key: next.key, name: 'm' }] }
  keys.trust.take(signedTrustList(both, [rootOf(stateDir)]).bytes)
  t.ok(keys.isNextCertified)
  const { keys: again } = await opened(t, stateDir)
  t.ok(again.signing.equals(next.key))
  t.ok(again.isCertified)
  t.notOk(existsSync(path('signing.key.next')))
  t.equal(statSync(path('signing.key')).mode & 0o777, 0o600)
  const without = { ...both, signers: both.signers.filter(({ key }) => !key.equals(old)), number: NOW + 2 }
  again.trust.take(signedTrustList(without, [rootOf(stateDir)]).bytes)
  t.ok(again.isCertified)
})

t.test(
  'a crash while the new key takes the place of the old one leaves no pair that does not belong together',
  async (t) => {
    const { stateDir, path } = await opened(t)
    rmSync(path('signing.pub'))
    const { keys } = await opened(t, stateDir)
    t.ok(publicKeyOf(readFileSync(path('signing.pub'), 'utf8')).equals(keys.signing))
  },
)

t.test('a header counts by any key that is listed, and by the own one even if it is not', async (t) => {
  const { keys, stateDir } = await opened(t)
  const other = clusterKey()
  const message = Buffer.from('x')
  t.notOk(keys.trust.signedBy(message, other.sign(message)))
  const before = keys.list
  if (before === undefined) return
  const more = { ...before, number: NOW + 1, signers: [...before.signers, { key: other.key, name: 'm2' }] }
  keys.trust.take(signedTrustList(more, [rootOf(stateDir)]).bytes)
  t.ok(keys.trust.signedBy(message, other.sign(message)))
  t.ok(keys.trust.signedBy(message, keys.sign(message)))
})

t.test('what the tests write by hand and what the program signs are the same bytes', async (t) => {
  const root = clusterKey()
  const one = clusterKey()
  const parts = { number: 7, roots: [root], signers: [[one, 'm1']] as const }
  const content = {
    number: 7,
    roots: [root.key],
    signers: [{ key: one.key, name: 'm1' }],
    authorities: [],
    revoked: [],
  }
  t.same(signedTrustList(content, [root.privateKey]).bytes, signedLines(listLines(parts), [root]))
})

t.test(
  'the lists by which roots followed each other are kept, over a restart too, and given to another master',
  async (t) => {
    const { stateDir, keys, path } = await opened(t)
    const [old, next] = [rootOf(stateDir), clusterKey()]
    const { list } = keys
    if (list === undefined) throw new Error('it has no list')
    const claims = { ...list, number: NOW + 1, roots: [next.key, ...list.roots] }
    const begun = signedTrustList(claims, [next.privateKey, old])
    keys.trust.take(begun.bytes)
    keys.trust.take(signedTrustList({ ...begun, number: NOW + 2 }, [next.privateKey]).bytes)
    const numbers = ({ bridge }: MasterTrust) => bridge.map(({ number }) => number)
    t.same(numbers(keys), [NOW + 1], 'a list with the same roots leads nowhere')
    t.equal(statSync(path('trust.bridge')).mode & 0o777, 0o644)
    const again = await opened(t, stateDir)
    t.same([numbers(again.keys), again.lines], [[NOW + 1], []])
    const mark = keyMark(list.roots[0] ?? next.key).toString('hex')
    t.same(
      again.keys.bridgeFrom(mark).map(({ number }) => number),
      [NOW + 1],
    )

    // A master that was let in later has the list alone.
    const late = await opened(t)
    for (const name of ['trust', 'root.pub']) copyFileSync(path(name), late.path(name))
    const { keys: other } = await opened(t, late.stateDir)
    t.same(numbers(other), [])
    other.bridged([trustList({ number: 1, roots: [clusterKey()] })])
    other.bridged([Buffer.from('garbage')])
    t.same(numbers(other), [], 'what does not lead to its own list is not kept')
    other.bridged(keys.bridge.map(({ bytes }) => bytes))
    t.same(numbers(other), [NOW + 1])
    t.same(numbers((await opened(t, late.stateDir)).keys), [NOW + 1])

    writeFileSync(path('trust.bridge'), 'garbage')
    const damaged = await opened(t, stateDir)
    t.match(damaged.lines, [/cannot read the lists of earlier roots/])
    t.ok(damaged.keys.isCertified, 'all else goes on')
  },
)

t.test('a master that was off while the root changed keeps the lists that led it there', async (t) => {
  const { stateDir, keys } = await opened(t)
  const { list } = keys
  if (list === undefined) throw new Error('it has no list')
  const next = clusterKey()
  const begun = signedTrustList({ ...list, number: NOW + 1, roots: [next.key, ...list.roots] }, [rootOf(stateDir)])
  const ended = signedTrustList({ ...list, number: NOW + 2, roots: [next.key] }, [next.privateKey])
  t.throws(() => keys.trust.take(ended.bytes), { code: 'unproved' }, 'control')
  keys.trust.take(ended.bytes, [begun.bytes])
  t.same(
    keys.bridge.map(({ number }) => number),
    [NOW + 1, NOW + 2],
  )
  t.equal(keys.list?.number, NOW + 2)
})
