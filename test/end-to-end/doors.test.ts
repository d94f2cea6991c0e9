// One cluster through every door of one machine: getent through the module, kickback query, Python, dig.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort } from '../free-port.ts'
import { members, questions } from './questions.ts'
import { type Outcome, type Served, serve } from './served.ts'

const same = (t: Test, seen: Outcome, wanted: { stdout: string; code: number }, title: string): boolean =>
  t.same({ stdout: seen.stdout, code: seen.code }, { stdout: wanted.stdout, code: wanted.code }, title)

/** Runs Python with the kickback service forced for these databases, as getent -s does, and gives what it prints. */
function python(served: Served, databases: readonly string[], program: string): Outcome {
  const force = databases.map((db) => `assert ctypes.CDLL(None).__nss_configure_lookup(b'${db}', b'kickback') == 0\n`)
  return served.run('python3', '-c', `import ctypes, grp, pwd, os, socket\n${force.join('')}${program}`)
}

t.test('the loopback of IPv6 is a door as that of IPv4 is', async (t) => {
  const [tcp, dns] = [await freePort(), await freePort()]
  const served = await serve(t, { args: ['--listen', `[::1]:${tcp}`, '--dns', `[::1]:${dns}`] })
  const ask = (server: string, ...key: string[]): Outcome => served.run('kickback', 'query', '--server', server, ...key)
  for (const key of [['hosts', 'n15'], ['hosts', '10.20.30.115'], ['group', '2001'], ['passwd', 'nosuch'], ['hosts']]) {
    const four = ask(`127.0.0.1:${served.port}`, ...key)
    t.ok([0, 2].includes(four.code), four.stderr)
    same(t, ask(`[::1]:${tcp}`, ...key), four, key.join(' '))
  }
  const status = served.run('kickback', 'status', '--server', `[::1]:${tcp}`, '--json')
  t.match(JSON.parse(status.stdout), { role: 'master' }, status.stderr)
  const found = served.run('dig', '+short', '+tries=1', '+time=2', '-p', String(dns), '@::1', 'n15.cluster.internal')
  t.equal(found.stdout, '10.20.30.115\n')
  t.equal(ask(`[::1]:${tcp}`, 'shadow', 'ada').code, 5, 'hashes go through no network, not through loopback either')
})

t.test("the guide's example is answered through every door", async (t) => {
  const served = await serve(t)
  const getent = (...args: string[]): Outcome => served.run('getent', '-s', 'kickback', ...args)
  const query = (...args: string[]): Outcome => served.run('kickback', 'query', '--run-dir', served.runDir, ...args)

  t.test('getent through the module, and kickback query with the same bytes and exit codes', async (t) => {
    for (const question of questions) {
      same(t, getent(question.db, question.key), question, `getent ${question.db} ${question.key}`)
      same(t, query(question.db, question.key), question, `query ${question.db} ${question.key}`)
    }
  })

  t.test('kickback query over TCP says the same', async (t) => {
    for (const { db, key, stdout: here, code } of questions.filter((_, index) => index % 4 === 0)) {
      const server = `127.0.0.1:${served.port}`
      // Whether shadow entries are at hand is a fact of a machine: another one's passwords are shown as `*`.
      const stdout = db === 'passwd' ? here.replace(':x:', ':*:') : here
      same(t, served.run('kickback', 'query', '--server', server, db, key), { stdout, code }, `query ${db} ${key}`)
    }
  })

  t.test('initgroups is the same from getent and query', async (t) => {
    for (const user of members) same(t, query('initgroups', user), getent('initgroups', user), user)
    t.match(getent('initgroups', 'ada').stdout, /^ada +1000 2000 2001\n|^ada +2000 2001\n/)
  })

  t.test('several keys, a missing one among them, and databases that are none', async (t) => {
    const several = ['passwd', 'ada', 'nosuch', 'grace']
    same(t, query(...several), getent(...several), 'one of three is absent')
    same(t, query('nosuchdb', 'x'), { stdout: '', code: 1 }, 'an unknown database')
    t.equal(getent('nosuchdb', 'x').code, 1)
  })

  t.test('enumeration is the same from getent and query, where getent can', async (t) => {
    for (const db of ['hosts', 'passwd', 'group', 'ethers', 'initgroups', 'networks'])
      same(t, query(db), getent(db), db)
    t.match(getent('hosts').stdout, /10\.20\.30\.5 +smartswitch\n/)
    t.notMatch(getent('passwd').stdout, /^root:/m, 'system accounts are not exported')
  })

  t.test('addresses of both families: ahosts tells node 15 and no other', async (t) => {
    const lines = getent('ahostsv4', 'n15').stdout.split('\n').filter(Boolean)
    t.ok(lines.length > 0 && lines.every((line) => line.startsWith('10.20.30.115 ')), lines.join(';'))
    t.equal(
      getent('ahostsv6', 'smartswitch').stdout.includes('::ffff:10.20.30.5') ||
        getent('ahostsv6', 'smartswitch').code === 2,
      true,
    )
  })

  t.test("Python's pwd, grp and os.getgrouplist", async (t) => {
    const program = `
print(pwd.getpwnam('ada').pw_uid, pwd.getpwuid(1500).pw_name, grp.getgrnam('physics').gr_mem, grp.getgrgid(2001).gr_name)
print(sorted(os.getgrouplist('ada', 1000)))
print(len(pwd.getpwall()), 'root' in [p.pw_name for p in pwd.getpwall()])
try: pwd.getpwnam('root')
except KeyError: print('no root')
`
    const { stdout, stderr } = python(served, ['passwd', 'group', 'initgroups'], program)
    t.equal(stdout, "1000 pipeline ['ada', 'katherine'] compilers\n[1000, 2000, 2001]\n5 False\nno root\n", stderr)
  })

  t.test("Python's socket.getaddrinfo and its reverse", async (t) => {
    const program = `
print(socket.getaddrinfo('n15', 80, socket.AF_INET, socket.SOCK_STREAM, 0, socket.AI_CANONNAME))
print(socket.gethostbyaddr('10.20.30.5'), socket.getnameinfo(('10.20.30.115', 80), socket.NI_NUMERICSERV))
try: socket.getaddrinfo('nosuch', 80)
except socket.gaierror as e: print(e.errno == socket.EAI_NONAME)
`
    const { stdout, stderr } = python(served, ['hosts'], program)
    const lines = [
      "[(<AddressFamily.AF_INET: 2>, <SocketKind.SOCK_STREAM: 1>, 6, 'n15', ('10.20.30.115', 80))]",
      "('smartswitch', [], ['10.20.30.5']) ('n15', '80')",
      'True',
    ]
    t.equal(stdout, `${lines.join('\n')}\n`, stderr)
  })

  t.test('dig, over UDP and TCP, both ways', async (t) => {
    const dig = (...args: string[]): string =>
      served.run('dig', '@127.0.0.1', '-p', String(served.dnsPort), '+tries=1', '+time=5', ...args).stdout
    t.equal(dig('+short', 'n15.cluster.internal'), '10.20.30.115\n')
    t.equal(dig('+short', '+tcp', 'smartswitch.cluster.internal'), '10.20.30.5\n')
    t.equal(dig('+short', '-x', '10.20.30.115'), 'n15.cluster.internal.\n')
    t.match(dig('nosuch.cluster.internal'), /status: NXDOMAIN[\s\S]*AUTHORITY SECTION:\n\S+\s+\d+\s+IN\s+SOA/)
    t.match(dig('AAAA', 'n15.cluster.internal'), /status: NOERROR[\s\S]*ANSWER: 0[\s\S]*SOA/)
    t.match(dig('www.example.org'), /status: REFUSED/)
  })
})

t.test('when no daemon runs, the published file still answers, and query says that no service does', async (t) => {
  const served = await serve(t)
  t.equal(await served.end('SIGTERM'), 0, 'SIGTERM ends it cleanly')
  const smartswitch = { stdout: '10.20.30.5      smartswitch\n', code: 0 }
  same(t, served.run('getent', '-s', 'kickback', 'hosts', 'smartswitch'), smartswitch, 'getent')
  t.equal(served.run('kickback', 'query', '--run-dir', served.runDir, 'hosts', 'smartswitch').code, 4)
  t.equal(served.run('kickback', 'status', '--run-dir', served.runDir).code, 1)
  t.ok(readFileSync(join(served.runDir, 'snapshot.1')).length > 0)
})

t.test('a run directory has one owner: a second daemon names the first and exits 1', async (t) => {
  const served = await serve(t)
  const files = ['config', 'passwd', 'group', 'shadow'].flatMap((name) => [`--${name}`, `examples/${name}`])
  const second = served.run(
    'kickback',
    'serve',
    ...files,
    '--run-dir',
    'run',
    '--state-dir',
    'state',
    '--listen',
    '127.0.0.1:0',
  )
  t.equal(second.code, 1)
  t.match(second.stderr + second.stdout, String(served.daemon.pid))
})
