// What a user of the machine can do to `kickback-fetch`: folders, links, the environment, settings, and daemons that run here.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { clusterKey } from '../keys.ts'
import { missing } from '../nss/programs.ts'
import { Fetching, SHELLS, signed } from './fetching.ts'
import { TestMaster } from './master.ts'

t.test('a folder that others can change, or that is a link, is not used', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  mkdirSync(machine.dir)
  for (const mode of [0o775, 0o757, 0o1777]) {
    chmodSync(machine.dir, mode)
    const run = await machine.run([master])
    t.strictSame([run.code, machine.names], [1, []], mode.toString(8))
    t.match(run.stderr, 'other users can change it')
  }
  rmSync(machine.dir, { recursive: true })
  const elsewhere = folder(t)
  symlinkSync(elsewhere, machine.dir)
  t.equal((await machine.run([master])).code, 1)
  t.notOk(existsSync(join(elsewhere, 'snapshot.1')))
  rmSync(machine.dir)
  t.equal((await machine.run([master])).code, 0, 'control')
})

t.test('links in the folder are replaced, and what they lead to stays as it is', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  mkdirSync(machine.dir)
  const target = join(folder(t), 'target')
  writeFileSync(target, Buffer.from(signed(key, 90).bytes))
  const before = readFileSync(target)
  for (const name of ['snapshot.1', 'trust', 'in-step']) symlinkSync(target, join(machine.dir, name))
  const run = await machine.run([master])
  t.equal(run.code, 0, run.stderr)
  t.strictSame(readFileSync(target), before)
  t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
})

for (const [name, shell] of Object.entries(SHELLS)) {
  t.test(`${name}: nothing in the environment counts`, { skip: missing(shell[0] ?? '') }, async (t) => {
    const key = clusterKey()
    const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
    const machine = new Fetching(t, key, { shell })
    const home = folder(t)
    const bin = join(home, 'bin')
    mkdirSync(bin)
    for (const tool of ['curl', 'openssl', 'awk', 'dd', 'sha256sum']) {
      writeFileSync(join(bin, tool), `#!/bin/sh\ntouch ${home}/pwned\n`, { mode: 0o755 })
    }
    writeFileSync(join(home, '.curlrc'), `output = "${home}/pwned"\n`)
    writeFileSync(join(home, 'openssl.cnf'), 'openssl_conf = nonsense\n')
    writeFileSync(join(home, 'startup'), `touch ${home}/pwned\n`)
    const proxy = 'http://127.0.0.1:1'
    const env = {
      ...{
        PATH: `${bin}:${process.env.PATH}`,
        HOME: home,
        CURL_HOME: home,
        XDG_CONFIG_HOME: home,
        TMPDIR: '/nonexistent',
      },
      ...{ http_proxy: proxy, ALL_PROXY: proxy, OPENSSL_CONF: join(home, 'openssl.cnf'), SSL_CERT_FILE: '/dev/null' },
      ...{
        IFS: '0123456789abcdef',
        ENV: join(home, 'startup'),
        LC_ALL: 'tr_TR.UTF-8',
        POSIXLY_CORRECT: '1',
        CDPATH: home,
      },
      ...{ 'BASH_FUNC_awk%%': `() { touch ${home}/pwned; }`, 'BASH_FUNC_[%%': '() { return 0; }' },
      ...{ masters: 'http://127.0.0.1:1', said: 'x', work: '/', draft: target(home), size: '1', held: '9' },
    }
    const run = await machine.start(['--master', master.url], env).ended
    t.equal(run.code, 0, run.stderr)
    t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
    t.notOk(existsSync(join(home, 'pwned')))
    t.ok(existsSync(target(home)))
  })
}

/** A file that a variable of the script could name. */
function target(home: string): string {
  const path = join(home, 'target')
  if (!existsSync(path)) writeFileSync(path, '')
  return path
}

t.test('wrong options and settings are said, with what to do', async (t) => {
  const key = clusterKey()
  const machine = new Fetching(t, key)
  const { settingsText } = machine
  const url = 'http://127.0.0.1:1'
  for (const [options, says] of [
    [['--nonsense'], 'there is no such option'],
    [['--master'], '--master needs a value'],
    [['--master', 'ftp://127.0.0.1'], 'that is no value of --master'],
    [['--master', 'http://127.0.0.1:1;id'], 'that is no value of --master'],
    [['--master', 'http://u@127.0.0.1:1'], 'that is no value of --master'],
    [['--patience', '08', '--master', url], 'that is no value of --patience'],
    [['--settings', '/nonexistent'], "can't read the settings"],
    [['--key', '/etc/passwd', '--master', url], 'has no public key of a cluster'],
    [['--key', '/nonexistent', '--master', url], "can't read the key"],
    [[], 'name a master'],
  ] as const) {
    const run = await machine.start(options).ended
    t.equal(run.code, 64, options.join(' '))
    t.match(run.stderr, says)
    t.equal(run.stderr.trim().split('\n').length, 1, 'one line')
  }
  for (const line of ['master $(id)', 'nonsense 1', 'size_max lots', 'user ann', 'dir state']) {
    machine.configure(`${settingsText}# a comment\n\n${line}\n`)
    const run = await machine.run([])
    t.equal(run.code, 64, line)
    t.match(run.stderr, 'line 6: ')
  }
  t.match((await machine.start(['--help']).ended).stdout, 'Usage: kickback-fetch')
  t.match((await machine.start(['--version']).ended).stdout, /^kickback-fetch /)
})

t.test('where a daemon keeps the copy, and on a master, nothing is fetched', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  mkdirSync(machine.dir)
  const start = readFileSync(`/proc/${process.pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')[19]
  writeFileSync(join(machine.dir, 'owner'), `${process.pid} ${start}\n`)
  const run = await machine.run([master])
  t.equal(run.code, 1)
  t.match(run.stderr, 'a kickback daemon runs here')
  writeFileSync(join(machine.dir, 'owner'), `${process.pid} 1\n`)
  t.equal((await machine.run([master])).code, 0, 'one that is gone is no obstacle')
  writeFileSync(join(machine.dir, 'signing.key'), '')
  t.match((await machine.run([master])).stderr, 'a master does not fetch')
})
