import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../patience.ts'
import { connect, installModule, type Machine, machine } from './machine.ts'

/** Who listens on a machine: what it answers is what it says about itself. */
const MASTER = '10.20.30.1'
const PEM = { type: 'spki', format: 'pem' } as const
const CONFIG = `nodes 4
interface br0 ${MASTER} 255.255.255.0
iprange 10.20.30.11 10.20.30.14
`

/** The MAC address of a machine: /sys shows the interfaces of the machine that runs the test. */
const MAC = "ip -o link show eth0 | sed -n 's|.* link/ether \\([0-9a-f:]*\\).*|\\1|p'"

/** A master and two nodes of its cluster that ask for certificates. */
async function cluster(t: Test) {
  const dir = mkdtempSync(join(tmpdir(), 'certificates-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'config'), CONFIG)
  const [master, one, other] = [await machine(t, 'm1'), await machine(t, 'n0'), await machine(t, 'n1')]
  connect(
    [master, `${MASTER}/24`],
    [
      [one, '10.20.30.11/24'],
      [other, '10.20.30.12/24'],
    ],
  )
  master.start('kickback', 'serve', '--config', join(dir, 'config'), '--state-dir', join(dir, 'master'))
  const key = join(dir, 'master/root.pub')
  await until(() => existsSync(key) && master.run('kickback', 'status').code !== 1)
  const follow = (node: Machine, believed = key) => {
    const flags = ['--master', MASTER, '--key', believed, '--certificate', '--state-dir', join(dir, node.name)]
    return node.start('kickback', 'proxy', ...flags)
  }
  const certificate = (node: Machine): string =>
    /^certificate +(.*)$/m.exec(node.run('kickback', 'status').stdout)?.[1] ?? ''
  return { dir, master, one, other, follow, certificate }
}

t.test('a node gets a certificate once its key is approved, and none when it is revoked', async (t) => {
  const { dir, master, one, other, follow, certificate } = await cluster(t)
  follow(one)
  follow(other)
  const keys = () => master.run('kickback', 'keys', 'list').stdout
  await until(() => (keys().match(/pending/g) ?? []).length === 2)
  await until(() => certificate(one).startsWith('pending'))
  const mark = /key ([0-9a-f]{32})/.exec(certificate(one))?.[1] ?? ''
  t.match(keys(), new RegExp(`node 0  ${mark}  pending`), 'both sides show the same mark')
  t.match(master.run('kickback', 'keys', 'approve', 'n0', 'f'.repeat(32)), {
    code: 1,
    stderr: /no such key is pending/,
  })
  t.match(master.run('kickback', 'keys', 'approve', 'n0', mark), { code: 0 })
  await until(() => certificate(one).startsWith('valid'), 'the node has its certificate', 60_000)
  t.match(certificate(other), /^pending/, 'and no other node')
  t.match(master.run('kickback', 'keys', 'revoke', 'n0'), { code: 0, stdout: new RegExp(`${mark}  revoked`) })
  t.match(keys(), new RegExp(`node 0  ${mark}  revoked`))
  t.match(master.run('kickback', 'keys', 'approve', 'n0'), { code: 1 })
  t.equal(one.must(`stat -c %a '${join(dir, 'n0/node.key')}'`), '600\n')
  await t.test('a node that is set up by a token for its MAC address needs no approval', async (t) => {
    installModule(other)
    const [theirs, mac] = [one, other].map((node) => node.must(MAC).trim())
    const setUp = (node: Machine, ...bound: readonly string[]) => {
      const token = master.must(`kickback keys token ${bound.join(' ')} 2>/dev/null`).trim()
      const line = `echo ${token} | kickback setup node --master ${MASTER} --token-file - --certificate`
      return node.run('sh', '-c', line)
    }
    t.match(
      setUp(other, 'n0'),
      { code: 1, stderr: /this join token is for another machine/ },
      'not that of another node',
    )
    t.match(
      setUp(other, 'n1', theirs ?? ''),
      { code: 1, stderr: /for another machine/ },
      'nor that of another MAC address',
    )
    const letIn = setUp(other, 'n1', mac ?? '')
    t.match(letIn, { code: 0 }, letIn.stderr)
    t.match(master.must(`cat '${join(dir, 'master/audit')}'`), /keys token refused.*keys token used/s)
    t.match(keys(), /node 1 {2}[0-9a-f]{32} {2}approved/)
    t.match(other.must('cat /etc/kickback/kickback.toml'), /^certificate = true$/m)
  })
  const asked = (from: Machine) =>
    from.run('timeout', '5', 'openssl', 's_client', '-connect', `${MASTER}:3046`, '-alpn', 'kickback/1', '-tls1_2')
  t.not(asked(other).code, 0, 'nothing older than TLS 1.3 is spoken')
})

/** Nodes ask every half a minute while their keys are pending: it takes a minute, so it is part of the long tests. */
const longTest = process.env.KICKBACK_LONG === undefined ? () => {} : t.test.bind(t)

longTest(
  'the certificate of a node lasts while the root is replaced, on a node that is off meanwhile too',
  async (t: Test) => {
    const { dir, master, one, other, follow, certificate } = await cluster(t)
    const atFirst = join(dir, 'first.pub')
    copyFileSync(join(dir, 'master/root.pub'), atFirst)
    const isValid = (node: Machine): Promise<void> =>
      until(() => certificate(node).startsWith('valid'), `${node.name} has its certificate`, 60_000)
    let off = follow(other, atFirst)
    follow(one, atFirst)
    for (const [node, name] of [
      [one, 'n0'],
      [other, 'n1'],
    ] as const) {
      await until(() => certificate(node).startsWith('pending'))
      master.must(`kickback keys approve ${name}`)
    }
    await Promise.all([one, other].map(isValid))
    off.kill('SIGTERM')
    await once(off, 'exit')
    const approved = master.must('kickback keys list')
    const mark = (): string => /key ([0-9a-f]{32})/.exec(certificate(one))?.[1] ?? ''

    const changed = async (...words: readonly string[]): Promise<void> => {
      const { code, stdout, stderr } = master.run('kickback', 'keys', ...words, '--state-dir', join(dir, 'master'))
      t.equal(code, 0, stderr)
      const number = Number(/trust list (\d+)/.exec(stdout)?.[1])
      // A new generation is news: nodes do not wait for their next proof.
      master.must('kickback reload --force')
      const listOf = (): number => JSON.parse(one.run('kickback', 'status', '--json').stdout).trust?.number
      await until(() => listOf() === number, `the node has list ${number}`, 60_000)
      t.match(certificate(one), /^valid/, words.join(' '))
    }
    await changed('rotate', 'root')
    await changed('rotate', 'root', 'finish')
    t.notSame(readFileSync(join(dir, 'master/root.pub')), readFileSync(atFirst), 'control: there is another root')
    t.equal(master.must('kickback keys list'), approved, 'nothing is to be approved again')

    // With its certificate a node takes another key, which nobody approves.
    const keyOf = (): string =>
      new X509Certificate(readFileSync(join(dir, 'n0/node.crt'))).publicKey.export(PEM).toString()
    const first = keyOf()
    one.must(`kickback keys rotate node --state-dir '${join(dir, 'n0')}'`)
    await until(() => keyOf() !== first, 'the master takes the new key by the certificate', 60_000)
    await isValid(one)
    t.match(master.must('kickback keys list'), new RegExp(`node 0  ${mark()}  approved`))

    off = follow(other, atFirst)
    await isValid(other)
    master.must('kickback keys revoke n1')
    t.match(master.must('kickback keys list'), /node 1 {2}[0-9a-f]{32} {2}revoked/)
  },
)
