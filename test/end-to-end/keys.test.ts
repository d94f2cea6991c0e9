// The keys of masters, as real daemons and commands on loopback: the root is kept elsewhere, a second master is let in, is stolen, and is revoked.
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'
import { keyMachine } from './key-machine.ts'

const [FIRST, SECOND] = ['127.1.2.2', '127.1.2.3']
const machine = (t: Test, port: number) => keyMachine(t, [FIRST, SECOND], port)

/** Two masters with a key each, the second one certified by the root, which is kept elsewhere. */
async function cluster(t: Test) {
  const port = await freePort()
  const [first, second] = [machine(t, port), machine(t, port)]
  const one = await first.serve(FIRST)
  const safe = join(folder(t), 'root.key')
  renameSync(first.path('state/root.key'), safe)
  const { stdout: request } = await second.keys('request')
  second.scratch.write('request', request)
  const certify = ['certify', 'second', second.path('request')]
  t.match(await first.keys(...certify), { code: 1, stderr: /the root key is not at .*--root-key FILE/ }, 'control')
  t.match(await first.keys(...certify, '--root-key', safe), { code: 0, stdout: /^trust list \d+/ })
  t.notOk(existsSync(first.path('state/root.key')), 'the root key is not kept')
  t.match(await second.keys('adopt', first.path('state/trust')), { code: 0 })
  const key = first.path('state/root.pub')
  return { first, second, one, safe, key, node: machine(t, port) }
}

/** What one master decides on the key of a node counts on the other: over TLS, where each proves itself by its authority. */
async function tellEachOther(t: Test, first: ReturnType<typeof machine>, second: ReturnType<typeof machine>) {
  const mark = 'ab'.repeat(16)
  t.match(await first.keys('approve', '2', mark), { code: 0, stdout: /approved/ })
  await until(async () => (await second.keys('list')).stdout.includes(`node 2  ${mark}  approved`), 'approved', 60_000)
  t.match(await second.keys('revoke', '2'), { code: 0, stdout: /revoked/ })
  await until(async () => (await first.keys('list')).stdout.includes(`node 2  ${mark}  revoked`), 'revoked', 60_000)
  const audits = [first, second].map((one) => readFileSync(one.path('state/audit'), 'utf8'))
  t.match(audits, [/"keys approve"/, /"keys revoke"/])
}

t.test(
  'a master that has a key of its own is let in by the root, and nodes that know the root follow it',
  async (t) => {
    const { first, second, one, key, node } = await cluster(t)
    await second.serve(SECOND)
    await until(async () => (await first.status()).masters?.[0]?.state === 'answers')
    t.notSame(readFileSync(first.path('state/signing.pub')), readFileSync(second.path('state/signing.pub')))
    t.notOk(existsSync(second.path('state/root.key')))
    const authorities = /^authority +[0-9a-f]{32} /gm
    t.equal((await first.keys('masters')).stdout.match(authorities)?.length, 2, 'nodes believe the TLS of both')
    await tellEachOther(t, first, second)
    const follower = await node.follow([FIRST, SECOND], key)
    await follower.logged('following')
    await one.end()
    await follower.logged('following', 2)
    t.match(await node.status(), { following: { master: new RegExp(SECOND), state: 'following' } })
  },
)

t.test(
  'a stolen master that is revoked proves nothing to nodes that heard of it, after a restart neither',
  async (t) => {
    const { first, second, one, safe, key, node } = await cluster(t)
    const other = await second.serve(SECOND)
    const before = await node.follow([SECOND], key)
    await before.logged('following')
    const { generation, digest } = await node.status()
    await Promise.all([before.end(), other.end()])
    t.match(await first.keys('revoke-master', 'second', '--root-key', safe), { code: 0 })
    t.match((await first.keys('masters')).stdout, /revoked +[0-9a-f]{32} second/)
    const heard = await node.follow([FIRST], key)
    await heard.logged('following')
    await Promise.all([heard.end(), one.end()])
    // The thief has all that the second master had, and tells nobody of the new list.
    await second.serve(SECOND)
    for (let start = 0; start < 2; start++) {
      const follower = await node.follow([SECOND], key)
      await follower.logged('master is lost')
      const { following, digest: held } = await node.status()
      t.match(following, { state: 'searching', reason: /does not have its signing key, or it was revoked/ })
      t.equal(held, digest, 'what is held stays')
      await follower.end()
    }
    t.ok(generation > 0)
    const late = machine(t, Number(/server beonss (\d+)/.exec(readFileSync(node.path('config'), 'utf8'))?.[1]))
    const follower = await late.follow([SECOND], key)
    await follower.logged('following')
    t.match(
      await late.status(),
      { following: { state: 'following' } },
      'control: who never heard of it is not protected',
    )
  },
)

t.test('key actions and forced reloads are in the audit log, with what was before and after', async (t) => {
  const { first, second, safe } = await cluster(t)
  t.match(await first.scratch.ask('reload', '--force'), { code: 0 })
  t.match(await first.scratch.ask('reload'), { code: 0 })
  t.match(await first.keys('revoke-master', 'second', '--root-key', safe), { code: 0 })
  const entries = (text: string): object[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  t.match(entries(readFileSync(first.path('state/audit'), 'utf8')), [
    { action: 'keys certify second', before: /^trust list \d+: \S+ [0-9a-f]{32}$/, after: /, second [0-9a-f]{32}$/ },
    { action: /^reload --force: /, before: /^generation \d+, digest/, after: /^generation \d+, digest/ },
    { action: 'keys revoke-master second' },
  ])
  t.match(entries(readFileSync(second.path('state/audit'), 'utf8')), [{ action: /^adopt trust list \d+/ }])
})

t.test('a node that knows the signing key alone follows as before, and status names it', async (t) => {
  const port = await freePort()
  const [first, node] = [machine(t, port), machine(t, port)]
  await first.serve(FIRST)
  const follower = await node.follow([FIRST], first.path('state/signing.pub'))
  await follower.logged('following')
  if (process.geteuid?.() !== 0) return
  t.match(await first.status(), { old_keys: [/127/] })
  t.match(await first.keys('rotate', 'signing'), { code: 1, stderr: /1 machine .* the signing key itself/ })
})

t.test('a master of an earlier release keeps its key, and makes a root beside it', async (t) => {
  const port = await freePort()
  const [first, node] = [machine(t, port), machine(t, port)]
  await (await first.serve(FIRST)).end()
  const pub = join(folder(t), 'signing.pub')
  copyFileSync(first.path('state/signing.pub'), pub)
  const old = machine(t, port)
  mkdirSync(old.path('state'))
  for (const name of ['signing.key', 'signing.pub', 'history', 'snapshot.1'])
    copyFileSync(first.path(`state/${name}`), old.path(`state/${name}`))
  await old.serve(FIRST)
  t.ok(existsSync(old.path('state/root.key')))
  await (await node.follow([FIRST], pub)).logged('following')
  await (await machine(t, port).follow([FIRST], old.path('state/root.pub'))).logged('following')
})
