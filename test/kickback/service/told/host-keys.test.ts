// Nodes tell a master their ssh host keys over the real TLS; node 1 has the address 127.0.0.11.
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { HostKeysOfNodes } from '../../../../src/kickback/service/told/host-keys.ts'
import { type HostKey, HostKeys, hostKeyInText } from '../../../../src/resolver/index.ts'
import { HandClock } from '../../../clocks.ts'
import { folder } from '../../../folder.ts'
import { fileOf } from '../../../resolver/configs.ts'
import { client, logOf } from '../../cluster.ts'
import { addressOf, from, secured, shake } from '../secure.ts'

const key = (name: string): HostKey => {
  const found = hostKeyInText(fileOf(`test/fixtures/host-keys/${name}.pub`).toString())
  if (found === undefined) throw new Error(name)
  return found
}
const blob = (name: string): Buffer => Buffer.from(key(name).base64, 'base64')

/** A master that keeps host keys in memory, on a clock that the test moves. */
async function master(t: Test) {
  const clock = new HandClock()
  const kept = new Map<number, string>()
  const [lines, audited]: [string[], string[]] = [[], []]
  const hostKeys = new HostKeysOfNodes({
    read: (node) => (kept.has(node) ? HostKeys.parse(Buffer.from(kept.get(node) ?? '')) : new HostKeys()),
    keep: (node, keys) => void (keys === undefined ? kept.delete(node) : kept.set(node, keys.text.toString())),
    clock,
    wallClock: () => 1_800_000_000_000 + clock.now(),
    log: logOf(lines),
  })
  const audit = ({ action }: { readonly action: string }): void => void audited.push(action)
  const made = await secured(t, { hostKeys, audit })
  return { ...made, hostKeys, kept, lines, audited, clock }
}

t.test('a node with a certificate tells its keys; nobody else does, and none for another node', async (t) => {
  const { place, nodeCertificate, kept, audited } = await master(t)
  const shown = await nodeCertificate(1)
  const one = await shake(t, place, addressOf(1), shown)
  const keys = [blob('ed25519'), blob('rsa2048')]
  t.match(await one.ask('HOST_KEYS', { keys, node: 2, name: 'n2' }), { status: 1, waiting: 0 })
  t.same([...kept.keys()], [1], 'what else it says names no other node')
  t.same(audited, ['keys hosts told'])
  const bare = await shake(t, place, addressOf(2))
  t.match(await bare.ask('HOST_KEYS', { keys }), { error: 'denied' }, 'without a certificate')
  const stolen = await shake(t, place, addressOf(2), shown)
  t.match(await stolen.next(), { error: 'denied' }, 'from the address of another node')
  t.same([...kept.keys()], [1])
})

t.test('by plain TCP and by the socket of root nobody tells host keys', async (t) => {
  const { made, kept } = await master(t)
  const place = await made.listen('network', { host: '127.0.0.1', port: 0 })
  if (!('port' in place)) throw new Error('no port')
  const plain = await from(t, place, addressOf(1), true)
  await t.rejects(plain.ask('HOST_KEYS', { keys: [blob('ed25519')] }), { code: 'denied' })
  const path = `${folder(t)}/admin`
  await made.listen('admin', { path })
  const admin = await client(t, { path })
  await t.rejects(admin.ask('HOST_KEYS', { keys: [blob('ed25519')] }), { code: 'denied' })
  t.equal(kept.size, 0)
})

t.test('what is no key, and more than eight, are refused, and nothing of it is kept', async (t) => {
  const { place, nodeCertificate, kept } = await master(t)
  const cases: readonly (readonly [string, unknown])[] = [
    ['no key', [Buffer.from('ssh-ed25519 AAAA\n* ssh-rsa AAAA')]],
    ['one of two', [blob('ed25519'), blob('rsa2048').subarray(1)]],
    ['a text', ['ssh-ed25519']],
    ['too many', Array.from({ length: 9 }, () => blob('ed25519'))],
    ['no list', blob('ed25519')],
  ]
  for (const [i, [title, keys]] of cases.entries()) {
    const { ask } = await shake(t, place, addressOf(i), await nodeCertificate(i))
    t.match(await ask('HOST_KEYS', { keys }), { error: 'request' }, title)
  }
  t.equal(kept.size, 0)
})

t.test('a changed key waits until root approves or refuses it, and it is in the audit log', async (t) => {
  const { made, place, nodeCertificate, kept, lines, audited, hostKeys } = await master(t)
  const path = `${folder(t)}/admin`
  await made.listen('admin', { path })
  const admin = await client(t, { path })
  const { ask } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  t.match(await ask('HOST_KEYS', { keys: [blob('ed25519')] }), { waiting: 0 })
  t.match(await ask('HOST_KEYS', { keys: [blob('ed25519')] }), { waiting: 0 })
  t.match(await ask('HOST_KEYS', { keys: [blob('ecdsa256')] }), { waiting: 1 })
  t.match(lines, [/another ssh host key/])
  t.match(made.report(), { host_keys_waiting: [1] })
  t.match(kept.get(1), /absent ssh-ed25519.*\n|waiting ecdsa/)
  t.match(await admin.ask('KEYS', { hosts: true, approve: 2 }), { status: 0, keys: [] })
  const approved = await admin.ask('KEYS', { hosts: true, approve: 1, login: 1001 })
  t.equal(hostKeys.waiting, undefined)
  t.match(approved.keys, [{ node: 1, type: 'ecdsa-sha2-nistp256', state: 'approved' }])
  t.match(await ask('HOST_KEYS', { keys: [blob('rsa2048')] }), { waiting: 1 })
  t.same(hostKeys.waiting, [1])
  t.match(await admin.ask('KEYS', { hosts: true, revoke: 1 }), { keys: [{ state: 'absent' }, { state: 'refused' }] })
  t.equal(hostKeys.waiting, undefined, 'a refused key does not wait')
  t.same(audited, [
    'keys hosts told',
    'keys hosts waiting',
    'keys approve-host',
    'keys hosts waiting',
    'keys refuse-host',
  ])
  await t.rejects(admin.ask('KEYS', { hosts: true }), { code: 'request' })
})

t.test('keys that waited before a start are counted after it, without those that were decided meanwhile', async (t) => {
  const { hostKeys, kept, clock } = await master(t)
  const waiting = new HostKeys().told([key('ed25519')], 1).told([key('ecdsa256')], 2)
  for (let node = 1; node <= 1100; node++) kept.set(node, waiting.text.toString())
  kept.set(2, new HostKeys().told([key('ed25519')], 1).text.toString())
  kept.set(3, 'damaged')
  t.equal(hostKeys.waiting, undefined)
  const counted = hostKeys.count([...kept.keys()])
  hostKeys.approve(1050)
  hostKeys.forget([1060])
  await setImmediate()
  t.equal(hostKeys.waiting?.length, 18, 'a few at first')
  let isOver = false
  const over = counted.then(() => {
    isOver = true
  })
  while (!isOver) {
    const before = hostKeys.waiting?.length ?? 0
    clock.turn(10)
    await setImmediate()
    t.ok((hostKeys.waiting?.length ?? 0) <= before + 20, 'and a few at a time')
  }
  await over
  t.equal(hostKeys.waiting?.length, 1000)
  t.same(hostKeys.waiting?.slice(0, 3), [1, 4, 5])
  for (let node = 4; node <= 1040; node++) hostKeys.refuse(node)
  t.same(hostKeys.waiting?.slice(0, 1), [1])
  t.notOk(hostKeys.waiting?.some((node) => [1050, 1060].includes(node)))
})

t.test('two nodes may have one key; the certificate of a revoked node leaves nothing', async (t) => {
  const { place, nodeCertificate, kept, hostKeys } = await master(t)
  for (const node of [1, 2]) {
    const { ask } = await shake(t, place, addressOf(node), await nodeCertificate(node))
    t.match(await ask('HOST_KEYS', { keys: [blob('ed25519')] }), { waiting: 0 })
  }
  t.equal(kept.get(1), kept.get(2))
  hostKeys.forget([1, 3])
  t.same([...kept.keys()], [2])
})

t.test('a flood of keys of one node is busy soon, changes 16 times a day, and keeps no other node out', async (t) => {
  const { hostKeys, kept, audited, clock } = await master(t)
  const names = ['ed25519', 'ecdsa256']
  let [changes, tried] = [0, 0]
  for (; clock.now() < 86_400_000; clock.turn(60_000)) {
    const told = hostKeys.tell(1, [key(names[tried++ % 2] ?? '')], 'n1')
    if (told !== 'busy' && told.isChanged) changes++
  }
  t.ok(changes >= 8 && changes <= 16, `${changes} changes of ${tried}`)
  const burst = Array.from({ length: 100 }, () => hostKeys.tell(2, [key('ed25519')], 'n2'))
  t.ok(burst.filter((told) => told !== 'busy').length <= 6)
  t.not(hostKeys.tell(3, [key('ed25519')], 'n3'), 'busy')
  t.ok(Buffer.byteLength(kept.get(1) ?? '') < 4096)
  t.ok(audited)
})
