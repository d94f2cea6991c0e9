import { copyFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import { Scratch } from '../scratch.ts'

t.test('check is silent when there is nothing to say', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('group', 'ada:x:1000:\ngrace:x:1001:\nusers:x:1002:\nproject:x:2000:ada\n')
  scratch.write('passwd', 'ada:x:1000:1000::/home/ada:/bin/sh\n')
  const reachable = ['--listen', '10.20.30.1:3045']
  t.same(await scratch.run('check', ...scratch.files, ...reachable), { code: 0, stdout: '', stderr: '' })
  t.same(await scratch.run('check', scratch.path('config')), { code: 0, stdout: '', stderr: '' })
})

t.test('check prints each diagnostic with its line and a caret, and exits 1 for an error alone', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('bad', 'nodes 4\niprange 10.0.0.1 10.0.0.4\nhost zz\n')
  t.same(await scratch.run('check', scratch.path('bad')), {
    code: 1,
    stdout: `${scratch.path('bad')}:3:6: error: an argument is missing after this: host MAC IP [NAME...] [missing-argument]\nhost zz\n     ^~\n`,
    stderr: '',
  })
  scratch.write('note', 'nodes 4\niprange 10.0.0.1 10.0.0.4\nnoodes 5\n')
  t.match(await scratch.run('check', scratch.path('note')), { code: 0, stdout: /:3:1: note: .*did you mean nodes/ })
})

t.test('check says what is wrong with the accounts, and never shows a line of shadow', async (t) => {
  const scratch = new Scratch(t)
  scratch.append('passwd', 'ada:x:5000:5000::/home/other:/bin/sh\nbroken\n')
  scratch.append('shadow', 'ada:$6$secret$hash:x:y\n')
  const { code, stdout } = await scratch.run('check', ...scratch.files)
  t.equal(code, 0, 'one bad line of an account file costs no other')
  t.match(stdout, /passwd:\d+:1: warning: .*\[account-repeated\]/)
  t.match(stdout, /passwd:\d+:1: warning: .*\[account-malformed\]/)
  t.match(stdout, /shadow:\d+:1: warning: /)
  t.notMatch(stdout, /secret/)
})

t.test('check names files that cannot be read', async (t) => {
  const scratch = new Scratch(t)
  const absent = { code: 1, stdout: /absent: error: no such file or directory \[unreadable-file\]\n/ }
  t.match(await scratch.run('check', scratch.path('absent')), absent)
  t.match(await scratch.run('check', ...scratch.files, '--passwd', scratch.path('absent')), absent)
  const shadowless = await scratch.run('check', ...scratch.files, '--shadow', scratch.path('absent'))
  t.match(shadowless, { code: 0 }, 'shadow may be absent')
})

t.test('check --json is for programs', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('bad', 'host zz\n')
  const { code, stdout } = await scratch.run('check', '--json', scratch.path('bad'))
  t.equal(code, 1)
  t.match(JSON.parse(stdout), {
    ok: false,
    diagnostics: [{ file: scratch.path('bad'), line: 1, column: 6, severity: 'error', code: 'missing-argument' }],
  })
  t.match(JSON.parse((await scratch.run('check', '--json', scratch.path('config'))).stdout), {
    ok: true,
    diagnostics: [],
  })
})

t.test('check tells when the keys of DNS are missing', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('kickback.toml', 'dns.secondaries = ["10.0.0.2 some.key"]\n')
  const checked = await scratch.run('check', '--settings', scratch.path('kickback.toml'), ...scratch.files)
  t.match(checked, {
    code: 1,
    stdout: /kickback\.toml:1:19: error: there is no TSIG key some\.key .*\[unknown-tsig-key\]\n/,
  })
})

t.test('check tells what DNS could not serve, as a start would', async (t) => {
  const scratch = new Scratch(t)
  const domain = 'a23456789.'.repeat(26).slice(0, 250)
  for (const files of [scratch.files, [scratch.path('config')]]) {
    const { code, stdout } = await scratch.run('check', ...files, '--domain', domain)
    t.equal(code, 1)
    t.match(
      stdout,
      /config: error: the mailbox of the zones would be "hostmaster\.a23.*use a shorter domain \[dns-name-too-long\]\n/,
    )
    t.match(stdout, /config:\d+:1: error: the name of a host would be ".*\[dns-name-too-long\]\n/)
  }
  t.match(await scratch.run('serve', ...scratch.files, '--domain', domain, '--run-dir', scratch.path('run')), {
    code: 1,
    stderr: /the mailbox of the zones would be .*\n.*the name of a host would be /,
  })
})

t.test('check tells of a server to ask that is the address of this server itself', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('kickback.toml', 'dns.listen = ["127.0.0.1:53"]\ndns.forward = ["127.0.0.1"]\n')
  const checked = await scratch.run('check', '--settings', scratch.path('kickback.toml'), ...scratch.files)
  t.match(checked, {
    code: 1,
    stdout:
      /kickback\.toml:2:15: error: --forward 127\.0\.0\.1:53 is the address of this server itself .*\[own-server\]\n/,
  })
})

t.test('check tells of more addresses of one name than every secondary takes', async (t) => {
  const scratch = new Scratch(t)
  const lines = Array.from(
    { length: 101 },
    (_, i) => `host 02:00:00:00:01:${i.toString(16).padStart(2, '0')} 10.99.1.${i} many\n`,
  )
  scratch.write('many', `hostrange 10.99.1.0 10.99.1.255\n${lines.join('')}`)
  t.match(await scratch.run('check', scratch.path('many')), {
    code: 0,
    stdout: /many:2:1: warning: "many" has 101 addresses: BIND .*\[many-addresses\]\n/,
  })
})

t.test('check warns of a master that no node can ask', async (t) => {
  const scratch = new Scratch(t)
  const warning = /config: warning: the master listens on loopback only.*\[loopback-only\]/
  t.match(await scratch.run('check', ...scratch.files), { code: 0, stdout: warning })
  t.match(await scratch.run('check', ...scratch.files, '--listen', '127.0.0.1:3045'), { stdout: warning })
  t.notMatch((await scratch.run('check', ...scratch.files, '--listen', '[2001:db8::1]:3045')).stdout, warning)
  scratch.append('config', 'interface eth1 10.20.30.1 255.255.255.0\n')
  t.match(await scratch.run('check', ...scratch.files), { stdout: warning }, 'that is another machine')
})

/** An address of this machine beside loopback, if it has one. */
const [OWN] = Object.values(networkInterfaces()).flatMap((all = []) =>
  all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
)

t.test('check knows a second master by its address in masterorder', { skip: OWN === undefined }, async (t) => {
  const scratch = new Scratch(t)
  scratch.append('config', `interface eth1 10.20.30.1 255.255.255.0\nmasterorder 0-31 10.20.30.1 ${OWN}\n`)
  t.notMatch((await scratch.run('check', ...scratch.files)).stdout, /loopback-only/)
})

t.test('check without a configuration says that there is none, and what to do', async (t) => {
  const scratch = new Scratch(t)
  const { code, stdout } = await scratch.run('check', ...scratch.files, '--config', scratch.path('none'))
  t.equal(code, 1)
  t.match(
    stdout,
    /none: error: no such file or directory: there is no configuration; write it here, .*--config; .*`master`/,
  )
  t.notMatch(stdout, /loopback-only/)
})

t.test('check tells of keys that do not belong together', async (t) => {
  const [scratch, other] = [new Scratch(t), new Scratch(t)]
  for (const one of [scratch, other]) await (await one.serve()).end()
  const check = () => scratch.run('check', ...scratch.files, '--state-dir', scratch.path('state'))
  t.notMatch((await check()).stdout, /key-pair|other-key/)
  copyFileSync(other.path('state/signing.pub'), scratch.path('state/signing.pub'))
  t.match(await check(), {
    code: 1,
    stdout: /state: error: .*signing\.pub does not belong to .*signing\.key: .*\[key-pair\]/,
  })
  t.match((await scratch.serve()).stderr, /<4>.*signing\.pub does not belong to/)
  copyFileSync(other.path('state/signing.key'), scratch.path('state/signing.key'))
  t.match(await check(), {
    code: 0,
    stdout: /signing\.pub: warning: the last good generation was signed by another key: /,
  })
})

t.test('check tells what the loss limit would refuse, lost or given another address', async (t) => {
  const scratch = new Scratch(t)
  await (await scratch.serve()).end()
  const state = ['--state-dir', scratch.path('state')]
  t.notMatch((await scratch.run('check', ...scratch.files, ...state)).stdout, /loss-limit/)
  scratch.write(
    'config',
    scratch.read('config').replaceAll('10.20.30.131', '10.20.30.132').replaceAll('10.20.30.100', '10.20.30.101'),
  )
  t.match(await scratch.run('check', ...scratch.files, ...state), {
    code: 1,
    stdout: /error: it would give \d+ of \d+ records of hosts another address; .*--force \[loss-limit\]/,
  })
})

t.test('on a node check looks at what a node has', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  const node = ['--config', scratch.path('none'), '--master', daemon.place, '--state-dir', scratch.path('node')]
  const pub = scratch.path('state/signing.pub')
  t.match(await scratch.run('check', ...node), { code: 1, stdout: /error: there is no key: .*\[no-key\]\n/ })
  t.match(await scratch.run('check', ...node, '--key', scratch.path('config')), {
    code: 1,
    stdout: /error: .*\[bad-key\]/,
  })
  t.match(await scratch.run('check', ...node, '--key', pub), {
    code: 0,
    stdout: /this node has not fetched a generation yet/,
  })
  t.match(await scratch.run('check', ...node, '--insecure'), { code: 0, stdout: /warning: insecure: / })
  const accounts = ['--passwd', scratch.path('passwd'), '--group', scratch.path('group')]
  const held = [
    ...accounts,
    '--config',
    scratch.path('none'),
    '--master',
    daemon.place,
    '--state-dir',
    scratch.path('state'),
  ]
  t.same(await scratch.run('check', ...held, '--key', pub), { code: 0, stdout: '', stderr: '' })
  scratch.write('own', 'root:x:0:0::/root:/bin/sh\nada:$6$secret:1500:1500::/:/bin/sh\nsshd:x:1001:65534::/:/bin/sh\n')
  const other = await scratch.run('check', ...held, '--key', pub, '--passwd', scratch.path('own'))
  t.equal(other.code, 0)
  t.match(
    other.stdout,
    /own:2:1: warning: user "ada" has the id 1500 on this machine, and 1000 in the cluster \[account-local-id\]\n/,
  )
  t.match(
    other.stdout,
    /own:3:1: warning: user "sshd" has the id 1001 on this machine, which is the id of "\w+" in the cluster/,
  )
  t.notMatch(other.stdout, /secret|root/)
})
