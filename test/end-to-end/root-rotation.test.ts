// The root key of a cluster is replaced, as real daemons and commands on loopback: nodes that are on follow, nodes that were off find their way, and
// who has a key that was replaced has nothing.
import { createPublicKey } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { newSigningKeys, privateKeyOf, signerOf } from '../../src/resolver/index.ts'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import type { ClusterKey } from '../keys.ts'
import { until } from '../patience.ts'
import { trustList } from '../trust-lists.ts'
import { keyMachine } from './key-machine.ts'

const [FIRST, SECOND] = ['127.1.3.2', '127.1.3.3']
const machine = (t: Test, port: number) => keyMachine(t, [FIRST, SECOND], port)

type Machine = ReturnType<typeof machine>

/** The number of the trust list that a node holds. */
const listOf = async (node: Machine): Promise<number> => (await node.status()).trust?.number ?? 0

/** The root of a cluster is replaced, and the list is changed once more, so that no earlier root signed what counts. */
async function rotated(t: Test, first: Machine, port: number, whenBegun = async (_: number): Promise<void> => {}) {
  const change = async (...words: string[]): Promise<number> => {
    const { code, stdout, stderr } = await first.keys(...words)
    t.equal(code, 0, stderr)
    return Number(/^trust list (\d+)/.exec(stdout)?.[1])
  }
  await whenBegun(await change('rotate', 'root'))
  await change('rotate', 'root', 'finish')
  const other = machine(t, port)
  other.scratch.write('request', (await other.keys('request')).stdout)
  await change('certify', 'another', other.path('request'))
  return change('revoke-master', 'another')
}

t.test(
  'nodes follow a root that is replaced: those that are on, and those that were off for two replacements',
  async (t) => {
    const port = await freePort()
    const [first, on, off, empty, fresh] = Array.from({ length: 5 }, () => machine(t, port)) as [
      Machine,
      Machine,
      Machine,
      Machine,
      Machine,
    ]
    let master = await first.serve(FIRST)
    const key = join(folder(t), 'root.pub')
    copyFileSync(first.path('state/root.pub'), key)
    await (await on.follow([FIRST], key)).logged('following')
    const before = await off.follow([FIRST], key)
    await before.logged('following')
    const { digest } = await off.status()
    await before.end()
    const isOn = async (number: number): Promise<void> => {
      // A new generation is news: nodes do not wait for their next proof.
      t.match(await first.scratch.ask('reload', '--force'), { code: 0 })
      await until(async () => (await listOf(on)) >= number, `trust list ${number}`, 60_000)
    }
    await rotated(t, first, port, isOn)
    const number = await rotated(t, first, port, isOn)
    t.notSame(readFileSync(first.path('state/root.pub')), readFileSync(key), 'control')
    t.notMatch((await first.keys('masters')).stdout, /^root .*\nroot /m, 'one root is left')

    for (const node of [off, empty]) {
      const late = await node.follow([FIRST], key)
      await late.logged('following')
      t.match(await node.status(), { digest, trust: { number }, following: { state: 'following' } })
      await late.end()
      t.same(
        readFileSync(node.path('state/root.pub')),
        readFileSync(first.path('state/root.pub')),
        'it has the new root',
      )
      const again = await node.follow([FIRST], key)
      await again.logged('following')
      await again.logged('is of a root that was replaced')
      await again.end()
    }
    t.match(await first.status(), { other_keys: [] }, 'nobody believes another key')
    await (await fresh.follow([FIRST], first.path('state/root.pub'))).logged('following')

    await master.end()
    master = await first.serve(FIRST)
    rmSync(empty.path('state'), { recursive: true })
    await (await empty.follow([FIRST], key)).logged('following')
    t.equal(await listOf(empty), number, 'the master leads there after a restart too')

    // Without the lists between the roots nothing leads there.
    const bare = machine(t, port)
    await master.end()
    rmSync(first.path('state/trust.bridge'))
    await first.serve(FIRST)
    const lost = await bare.follow([FIRST], key)
    await lost.logged('master is lost')
    t.match(await bare.status(), { following: { reason: /not signed by a root key that is believed/ } }, 'control')
  },
)

/** A private key of a file, as it signs. */
function keyOf(file: string): ClusterKey {
  const pem = readFileSync(file, 'utf8')
  const privateKey = privateKeyOf(pem)
  const key = createPublicKey(privateKey)
  const publicKey = key.export({ type: 'spki', format: 'pem' }).toString()
  return { pem: { privateKey: pem, publicKey }, privateKey, key, sign: signerOf(privateKey) }
}

t.test(
  'who has a root key that was replaced has nothing: no master and no node that was there believes it',
  async (t) => {
    const port = await freePort()
    const [first, node, thief, unaware] = Array.from({ length: 4 }, () => machine(t, port)) as [
      Machine,
      Machine,
      Machine,
      Machine,
    ]
    await first.serve(FIRST)
    const [key, stolen] = [join(folder(t), 'root.pub'), join(folder(t), 'root.key')]
    copyFileSync(first.path('state/root.pub'), key)
    copyFileSync(first.path('state/root.key'), stolen)
    const number = await rotated(t, first, port)
    const follower = await node.follow([FIRST], key)
    await follower.logged('following')
    await follower.end()

    // It certifies a master of its own, with the greatest numbers, and says that this leads on from what was believed.
    const pem = newSigningKeys()
    mkdirSync(thief.path('state'))
    writeFileSync(thief.path('state/signing.key'), pem.privateKey, { mode: 0o600 })
    writeFileSync(thief.path('state/signing.pub'), pem.publicKey)
    const [root, own] = [keyOf(stolen), keyOf(thief.path('state/signing.key'))]
    const list = trustList({ number: number + 1_000_000, roots: [root], signers: [[own, 'thief']] })
    writeFileSync(thief.path('state/trust'), list)
    writeFileSync(thief.path('state/trust.bridge'), trustList({ number: number + 999_999, roots: [root], by: [root] }))
    copyFileSync(key, thief.path('state/root.pub'))
    await thief.serve(SECOND)
    const fooled = await unaware.follow([SECOND], key)
    await fooled.logged('following')
    t.equal(await listOf(unaware), number + 1_000_000, 'control: who never heard of the new root believes the old one')

    const late = await node.follow([SECOND], key)
    await late.logged('master is lost')
    const { following, trust } = await node.status()
    const rogue = following.masters.find(({ master }: { readonly master: string }) => master.startsWith(SECOND))
    t.match(rogue, { state: 'lost', reason: /not signed by a root key that is believed/ })
    t.notMatch(following.master, SECOND)
    t.equal(trust.number, number)
    thief.scratch.write('request', (await thief.keys('request')).stdout)
    for (const words of [
      ['certify', 'thief', thief.path('request')],
      ['revoke-master', 'x'],
      ['rotate', 'root'],
      ['rotate', 'root', 'finish'],
    ]) {
      t.match(await first.keys(...words, '--root-key', stolen), { code: 1, stderr: /root/ }, words.join(' '))
    }
    t.equal((await first.status()).trust.number, number)
  },
)
