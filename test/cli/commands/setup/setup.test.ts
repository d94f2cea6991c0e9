import { createPublicKey } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lackIn } from '../../../../src/cli/commands/setup/names.ts'
import type { Questions } from '../../../../src/cli/commands/setup/questions.ts'
import { setUp } from '../../../../src/cli/commands/setup/setup.ts'
import { joinTokenText } from '../../../../src/kickback/index.ts'
import { Enrolment } from '../../../../src/kickback/service/enrolment.ts'
import { KickbackServer } from '../../../../src/kickback/service/server.ts'
import { tlsContext } from '../../../../src/kickback/transport/secure-socket.ts'
import { CertificateError, certificateKeyMark, certificateKeyOf, NodeKeys } from '../../../../src/resolver/index.ts'
import { monotonic } from '../../../../src/values/index.ts'
import { folder } from '../../../folder.ts'
import { clusterKey } from '../../../keys.ts'
import { bare, client, logOf, publicSnapshot, server } from '../../../kickback/cluster.ts'
import { loopbackSnapshot } from '../../../kickback/service/secure.ts'
import { authority, CLUSTER, certificate } from '../../../resolver/certificates/cluster.ts'
import { type Image, image } from '../../../setup/image.ts'
import { lockingUntilWanted } from '../../../setup/locks.ts'
import { type Given, invocationOf, TOML } from '../../invocation.ts'

const CONF = '/etc/nsswitch.conf'
const KEY = '/etc/kickback/signing.pub'
const PLAIN = 'passwd: files\nhosts: files dns\n'
const { pem: KEYS } = clusterKey()

/** Runs `kickback setup` with these options on a machine, as the command line would; what it said. */
async function ran(machine: Image, action: string, given: Given, answers: Partial<Questions> = {}) {
  const { invocation, said } = invocationOf(action, given, machine.text(TOML))
  const nobody: Questions = {
    canAsk: false,
    ask: async () => t.fail('nobody is there to be asked') as never,
    firstLine: async () => t.fail('no file was named') as never,
  }
  const code = await setUp(invocation, machine, { ...nobody, ...answers })
  return { code, ...said() }
}

/** A file with a key, outside the machine. */
function keyFile(t: Parameters<typeof folder>[0], content = KEYS.publicKey): string {
  const path = join(folder(t), 'key')
  writeFileSync(path, content)
  return path
}

t.test('a node with the key of its cluster, twice, with another master, and undone', async (t) => {
  const machine = image(t, { [CONF]: PLAIN, [TOML]: '# ours\ndomain = "x"\n' })
  const key = keyFile(t)
  const first = await ran(machine, 'node', { master: ['10.0.0.1:3045'], key: [key] })
  t.match(first, {
    code: 0,
    out: /^wrote \/etc\/kickback\/signing.pub: .*\nwrote \/etc\/kickback\/kickback.toml: master, key\nchanged/,
  })
  t.equal(machine.text(TOML), `# ours\ndomain = "x"\nmaster = ["10.0.0.1:3045"]\nkey = "${KEY}"\n`)
  t.equal(machine.text(KEY), KEYS.publicKey)
  t.match(await ran(machine, 'node', { master: ['10.0.0.1:3045'], key: [key] }), {
    code: 0,
    out: /^there is nothing to change\n/,
  })
  const second = await ran(machine, 'node', { master: ['10.0.0.2:3045', '[fd00::1]:3045'], key: [key] })
  t.match(second.out, /^wrote \/etc\/kickback\/kickback.toml: master, key\nthis machine/)
  t.match(machine.text(TOML), /^master = \["10.0.0.2:3045", "\[fd00::1\]:3045"\]$/m)
  t.match(await ran(machine, 'off', {}), { code: 0, err: '' })
  t.equal(machine.text(TOML), '# ours\ndomain = "x"\n')
  t.same([machine.text(KEY), machine.text(CONF)], [undefined, PLAIN])
  t.match(await ran(machine, 'off', {}), { code: 0, out: 'there is nothing to undo\n' })
})

t.test('settings that are in the file already need not be said again', async (t) => {
  const machine = image(t, { [CONF]: PLAIN, [TOML]: `master = ["10.0.0.1:3045"]\nkey = "${keyFile(t)}"\n` })
  t.match(await ran(machine, 'node', {}), { code: 0 })
  t.equal(machine.text(TOML), `master = ["10.0.0.1:3045"]\nkey = "${KEY}"\n`)
})

t.test('without a terminal what is missing is wrong usage', async (t) => {
  const machine = image(t, { [CONF]: PLAIN })
  t.match(await ran(machine, 'node', {}), {
    code: 64,
    err: 'kickback: setup node needs --master ADDRESS, the address of the master\n',
  })
  t.match(await ran(machine, 'node', { master: ['10.0.0.1'] }), {
    code: 64,
    err: /needs --token-file FILE \(.*\), or --key FILE/,
  })
  const both = await ran(machine, 'node', { master: ['10.0.0.1'], key: [keyFile(t)], insecure: ['true'] })
  t.match(both, { code: 64, err: /needs one of/ })
  t.equal(machine.text(TOML), undefined)
})

t.test('a key that is none, or that no node may have, is refused before anything is written', async (t) => {
  const machine = image(t, { [CONF]: PLAIN })
  const master = ['10.0.0.1']
  t.match(await ran(machine, 'node', { master, key: ['/nowhere/key'] }), {
    code: 1,
    err: /can't read the key \/nowhere\/key: no such file/,
  })
  t.match(await ran(machine, 'node', { master, key: [keyFile(t, 'nonsense')] }), {
    code: 1,
    err: /is not an Ed25519 key in PEM/,
  })
  t.match(await ran(machine, 'node', { master, key: [keyFile(t, KEYS.privateKey)] }), {
    code: 1,
    err: /is the private key of the cluster/,
  })
  t.same([machine.text(TOML), machine.text(CONF)], [undefined, PLAIN])
})

t.test('where systemd does not run, what is left to be started is said', async (t) => {
  const words = { master: ['10.0.0.1'], insecure: ['true'] }
  const NOTHING = 'nothing was started, because systemd does not run here: '
  const bare = await ran(image(t, { [CONF]: PLAIN }), 'node', words)
  t.ok(bare.out.endsWith(`\n${NOTHING}start kickback proxy, now and at each boot\n`), bare.out)
  const unit = '/usr/lib/systemd/system/beonss-kickbackclient.service'
  const asleep = await ran(image(t, { [CONF]: PLAIN, [unit]: '' }), 'node', words)
  t.ok(asleep.out.endsWith(`\n${NOTHING}beonss-kickbackclient.service starts when this system boots\n`), asleep.out)
  const dry = await ran(image(t, { [CONF]: PLAIN }), 'node', { ...words, plan: ['true'] })
  t.notMatch(dry.out, /nothing was started/)
})

t.test('a trial node believes anybody, and its settings say so', async (t) => {
  const machine = image(t, { [CONF]: PLAIN })
  t.match(await ran(machine, 'node', { master: ['10.0.0.1'], insecure: ['true'] }), { code: 0 })
  t.equal(machine.text(TOML), 'master = ["10.0.0.1:3045"]\ninsecure = true\n')
})

/** A master with a token, at an address of loopback. */
async function master(t: Parameters<typeof server>[0]) {
  const made = server(t, { keys: { signing: createPublicKey(KEYS.publicKey), list: undefined } })
  const place = await made.listen('network', { host: '127.0.0.1', port: 0 })
  const admin = await client(t, await made.listen('admin', { path: join(folder(t), 'admin') }))
  const { token } = await admin.ask('TOKEN', {})
  return { address: 'port' in place ? `127.0.0.1:${place.port}` : '', token: joinTokenText(token) }
}

t.test('a person at a terminal is asked for the master and the token', async (t) => {
  const { address, token } = await master(t)
  const machine = image(t, { [CONF]: PLAIN })
  const questions: string[] = []
  const ask = async (question: string): Promise<string> => {
    questions.push(question)
    return /address/.test(question) ? address : token
  }
  t.match(await ran(machine, 'node', {}, { canAsk: true, ask }), { code: 0, err: '' })
  t.equal(questions.length, 2)
  t.equal(machine.text(KEY), KEYS.publicKey)
  t.match(machine.text(TOML), `master = ["${address}"]`)
})

t.test('a token is used up by the set-up, and not by a dry run or a machine that lacks something', async (t) => {
  const { address, token } = await master(t)
  const firstLine = async (): Promise<string> => token
  const given = { master: [address], tokenFile: ['-'] }
  const lacking = image(t, { [CONF]: PLAIN }, () => ({ stderr: 'libnss_kickback.so.2: no' }))
  t.match(await ran(lacking, 'node', given, { firstLine }), { code: 1, err: /cannot load/ })
  const machine = image(t, { [CONF]: PLAIN })
  t.match(await ran(machine, 'node', { ...given, plan: ['true'] }, { firstLine }), {
    code: 0,
    out: /would write .*signing.pub/,
  })
  t.equal(machine.text(KEY), undefined)
  t.match(await ran(machine, 'node', given, { firstLine }), { code: 0 })
  t.equal(machine.text(KEY), KEYS.publicKey)
  const other = image(t, { [CONF]: PLAIN })
  t.match(await ran(other, 'node', given, { firstLine }), {
    code: 1,
    err: /did not give the key of the cluster: this join token was used before.*nothing was changed/,
  })
  t.same([other.text(KEY), other.text(CONF)], [undefined, PLAIN])
})

/** A master that issues certificates to node 0, which is this machine, and a token of it. */
async function certifying(t: Parameters<typeof server>[0]) {
  const { authority: issuer } = await authority()
  const { key, der } = await certificate(issuer, { kind: 'master', cluster: CLUSTER }, Date.now())
  const enrolment = new Enrolment({
    ...{ keys: new NodeKeys(), keep: () => {}, issue: async () => der, revoked: () => {}, changed: () => {} },
    ...{ clock: monotonic, wallClock: Date.now, log: logOf() },
  })
  const judge = (): never => {
    throw new CertificateError('nobody is judged here')
  }
  const context = tlsContext({ privateKey: key, certificate: der })
  const made = server(
    t,
    {
      ...{ keys: { signing: createPublicKey(KEYS.publicKey), list: undefined }, enrolment },
      tls: { context: () => context, judge, isRevoked: () => false, wallClock: Date.now },
    },
    loopbackSnapshot(1, (node) => (node === 0 ? '127.0.0.1' : `10.0.0.${node}`)),
  )
  const place = await made.listen('network', { host: '127.0.0.1', port: 0 })
  await made.listen('network', { host: '127.0.0.1', port: 0 }, { isSecure: true })
  const admin = await client(t, await made.listen('admin', { path: join(folder(t), 'admin') }))
  const { token } = await admin.ask('TOKEN', { node: 0 })
  return { address: 'port' in place ? `127.0.0.1:${place.port}` : '', token: joinTokenText(token), enrolment }
}

t.test('a node that wants a certificate is let in by its token, and its settings ask for one', async (t) => {
  const { address, token, enrolment } = await certifying(t)
  const machine = image(t, { [CONF]: PLAIN })
  const given = { master: [address], tokenFile: ['-'], certificate: ['true'] }
  t.match(await ran(machine, 'node', given, { firstLine: async () => token }), { code: 0, err: '' })
  t.match(machine.text(TOML), /^certificate = true$/m)
  const key = certificateKeyOf(machine.text('/var/lib/kickback/node.key') ?? '')
  t.match(enrolment.of(0), [{ state: 'approved', mark: certificateKeyMark(key) }])
})

t.test('who is not let in is told so: a master of an earlier release has no certificates', async (t) => {
  const { address, token } = await master(t)
  const machine = image(t, { [CONF]: PLAIN })
  const given = { master: [address], tokenFile: ['-'], certificate: ['true'] }
  const said = await ran(machine, 'node', given, { firstLine: async () => token })
  t.match(said, { code: 0, err: /warning: the key of this node is to be approved on a master/ })
  t.equal(machine.text(KEY), KEYS.publicKey, 'it has the public key')
})

t.test('of several masters the one that made the token gives the key', async (t) => {
  const [first, second] = [await master(t), await master(t)]
  const machine = image(t, { [CONF]: PLAIN })
  const firstLine = async (): Promise<string> => second.token
  const given = { master: ['127.0.0.1:1', first.address, second.address], tokenFile: ['-'] }
  t.match(await ran(machine, 'node', given, { firstLine }), { code: 0, err: '' })
  t.equal(machine.text(KEY), KEYS.publicKey)
  t.match(await ran(image(t, { [CONF]: PLAIN }), 'node', given, { firstLine }), {
    code: 1,
    err: /unknown, used or too old.*; .*was used before.*; no answer from 127.0.0.1:1: .*nothing was changed/s,
  })
})

/** The record of a master whose domain was set. */
const MASTER_RECORD = JSON.stringify({
  version: 1,
  role: 'master',
  files: [{ path: TOML, before: null, after: 'another' }],
})

t.test('off takes from the settings of a master what its set-up wrote, and not those of a node', async (t) => {
  const machine = image(t, { [CONF]: PLAIN, '/var/lib/kickback/setup.json': MASTER_RECORD })
  machine.write(TOML, 'domain = "x"\nmaster = ["10.0.0.2:3045"]\n')
  t.match(await ran(machine, 'off', {}), { code: 0, out: /undid the changes of/ })
  t.equal(machine.text(TOML), 'master = ["10.0.0.2:3045"]\n')
})

t.test('a master that does not answer is told, with its address', async (t) => {
  const machine = image(t, { [CONF]: PLAIN })
  const given = { master: ['127.0.0.1:1'], tokenFile: ['-'] }
  const firstLine = async (): Promise<string> => '00'.repeat(16)
  t.match(await ran(machine, 'node', given, { firstLine }), {
    code: 1,
    err: /no master answers \(127.0.0.1:1: .*\): is kickback.service running there/,
  })
})

t.test('for programs each set-up is one JSON text', async (t) => {
  const machine = image(t, { [CONF]: PLAIN })
  const given = { master: ['10.0.0.1'], key: [keyFile(t)], json: ['true'] }
  const said = async (action: string, more: Given = {}) =>
    JSON.parse((await ran(machine, action, action === 'off' ? { json: ['true'], ...more } : { ...given, ...more })).out)
  t.match(await said('node', { plan: ['true'] }), {
    action: 'node',
    dry_run: true,
    changes: [/^would write /],
    warnings: [],
  })
  t.match(await said('node'), { action: 'node', dry_run: false, changes: [/^wrote .*signing.pub/, /^wrote .*toml/] })
  t.match(await said('node'), { changes: [] })
  t.match(await said('off'), { action: 'off', changes: [/^changed /] })
  t.same(await said('off'), { action: 'off', dry_run: false, changes: [], warnings: [] })
})

/** A node under a systemd that starts everything; its daemon is the test's. */
function booted(t: Parameters<typeof image>[0]): Image {
  const unit = '/usr/lib/systemd/system/beonss-kickbackclient.service'
  return image(t, { [CONF]: PLAIN, [unit]: '', '/run/systemd/system/x': '' })
}

t.test('a node that has no names is set up, with a warning and an exit code of its own', async (t) => {
  const runDir = folder(t)
  const daemon = new KickbackServer({ ...bare(), role: 'proxy' })
  t.teardown(() => daemon.close())
  await daemon.listen('local', { path: join(runDir, 'socket') })
  const given = { master: ['10.0.0.1'], key: [keyFile(t)], runDir: [runDir] }
  const machine = booted(t)
  t.match(await ran(machine, 'node', given), {
    code: 3,
    out: /changed .*this machine is a node/s,
    err: /^kickback: warning: no master has given this node its names yet.*: see that the address is right, that kickback.service runs there/,
  })
  t.match(await ran(machine, 'node', given), { code: 3, out: /^there is nothing to change/ }, 'and so again')
  t.match(JSON.parse((await ran(machine, 'node', { ...given, json: ['true'] })).out).warnings, [/^no master has given/])
  t.match(await ran(machine, 'node', { ...given, plan: ['true'] }), { code: 0, err: '' }, 'a dry run asks nobody')
  daemon.serve(publicSnapshot(1))
  t.match(await ran(machine, 'node', given), { code: 0, err: '' }, 'and no more once it has names')
})

t.test('a daemon that does not answer leaves a node without names', async (t) => {
  const given = { master: ['10.0.0.1'], key: [keyFile(t)], runDir: [folder(t)] }
  t.match(await ran(booted(t), 'node', given), {
    code: 3,
    err: /^kickback: warning: the daemon of this node does not answer, so it has no names: no service answers at /,
  })
})

t.test('what each master said is told', async (t) => {
  const following = {
    ...{ master: 'a', state: 'searching' as const, seconds: 1, insecure: false, refusals: [] },
    masters: [
      { master: '10.0.0.1:3045', state: 'lost', reason: 'connection refused' },
      { master: '10.0.0.2:3045', state: 'trying' },
    ],
  } as const
  t.match(lackIn({ following }), /yet \(10\.0\.0\.1:3045: connection refused; 10\.0\.0\.2:3045: trying\): /)
  t.equal(lackIn({ generation: 1, following }), undefined)
})

t.test('a master without a configuration is told how to write one, by files that are there', async (t) => {
  const given = { config: [join(folder(t), 'config')] }
  const { code, err } = await ran(image(t, { [CONF]: PLAIN }), 'master', given)
  t.equal(code, 1)
  const [, guide = '', example = ''] = /first; (\S+) says how, and (\S+) is an example\n$/.exec(err) ?? []
  t.ok(existsSync(guide) && existsSync(example), err)
})

t.test('a set-up waits for another one of the same machine; a dry run waits for nobody', async (t) => {
  const machine = image(t, { [CONF]: PLAIN })
  const pid = await lockingUntilWanted(t, machine.folder, CONF)
  const given = { master: ['10.0.0.1'], key: [keyFile(t)] }
  t.match(await ran(machine, 'node', { ...given, plan: ['true'] }), { code: 0, err: '' })
  const waited = `kickback: waiting for process ${pid}, which is changing this machine\n`
  t.match(await ran(machine, 'node', given), { code: 0, err: waited })
  t.notOk(existsSync(join(machine.folder, 'etc/.kickback.lock')), 'it is given back')
  t.match(await ran(machine, 'off', {}), { code: 0, err: '' })
})
