import t from 'tap'
import { layout } from '../../src/resolver/index.ts'
import { ip } from '../addresses.ts'
import { spellingSnapshot, spellings } from '../resolver/answers/spelling-table.ts'
import { contents, group, initgroupsOf, shadowContents, user } from './contents.ts'
import { type Answer, answerOf, asked, noCompiler, noNarrow } from './programs.ts'
import { RunDir } from './rundir.ts'

const EAGAIN = 11
const ERANGE = 34
const ECONNREFUSED = 111
const HOST_NOT_FOUND = 1
const NO_RECOVERY = 3
const NO_DATA = 4
const NETDB_INTERNAL = -1
const NETDB_SUCCESS = 0
const UNSET = -1

t.test('answers of the module, through the .so itself', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  run.publish(contents())
  run.publishShadow(shadowContents())

  const ask = (...questions: readonly string[]): Answer[] =>
    asked(
      run.path,
      questions.map((question) => `ask 65536 ${question}`),
      'address',
    ).map(answerOf)
  const texts = (...questions: readonly string[]): string[] => ask(...questions).map((one) => one.text)

  t.test('every database answers by every key', async (t) => {
    t.strictSame(texts('passwd:name:ada', 'passwd:id:1001'), [
      '1000:1000:ada:*:User ada:/home/ada:/bin/sh',
      '1001:1000:grace:*::/home/grace:/bin/sh',
    ])
    t.strictSame(texts('group:name:physics', 'group:id:2002', 'initgroups:grace'), [
      '2000:physics:*:[:ada:grace]',
      '2002:night-shift:*:[:grace]',
      ' 2000 2002',
    ])
    t.strictSame(texts('hosts:4:n15', 'hosts:plain:sw', 'hosts:6:six', 'hosts:address:10.9.1.3'), [
      ':n15:[:node-15] 10.0.0.15',
      ':switch:[:Core:sw] 10.9.1.1',
      ':six:[:vi] fd00::6',
      ':storage:[] 10.9.1.3',
    ])
    t.strictSame(texts('ethers:name:node-15', 'ethers:mac:2:0:0:0:1:f', 'ethers:name:SW'), [
      '02:00:00:00:00:0f:n15',
      '02:00:00:00:01:0f:n15',
      '00:a0:d1:e9:87:ca:switch',
    ])
    t.strictSame(
      texts('networks:name:private', 'networks:name:CLUSTER-net', 'networks:number:a9fe0000', 'networks:family:0'),
      [
        '0a090000:private:[:Cluster-Net]',
        '0a090000:private:[:Cluster-Net]',
        'a9fe0000:link:[]',
        '0a090000:private:[:Cluster-Net]',
      ],
    )
    t.strictSame(texts('netgroup:cluster', 'netgroup:mixed', 'shadow:ada'), [
      '(:n1,,)(:n1.cluster.internal,,)(:n15,,)',
      '(:n1:ada:)',
      ':ada:$6$salt$hash:20000:0:99999:7:-1:-1:18446744073709551615',
    ])
  })

  t.test('a short buffer is TRYAGAIN with ERANGE and NETDB_INTERNAL, at every size and alignment', async (t) => {
    const questions = [
      ...['passwd:name:ada', 'passwd:id:1002', 'group:name:physics', 'group:id:1000', 'shadow:ada', 'netgroup:mixed'],
      ...['hosts:4:storage', 'hosts:6:storage', 'hosts:plain:switch', 'hosts:chain:storage', 'hosts:chain:six'],
      ...['hosts:address:10.9.1.1', 'hosts:address:fd00::6', 'hosts:address:::ffff:10.0.0.1'],
      ...['ethers:name:n15', 'ethers:mac:2:0:0:0:0:f'],
      ...['networks:name:private', 'networks:number:a9fe0000'],
    ]
    for (const variant of noNarrow() ? (['address'] as const) : (['address', 'narrow'] as const)) {
      const lines = asked(
        run.path,
        questions.map((question) => `sweep 300 ${question}`),
        variant,
      )
      for (const [i, question] of questions.entries()) t.match(lines[i], /^\d+ /, `${question}, ${variant}`)
    }
  })

  t.test('not found, not there and not now are told apart, and NETDB_INTERNAL is for short buffers', async (t) => {
    const absent = ['passwd:name:nix', 'passwd:id:77', 'group:name:nix', 'group:id:77', 'ethers:name:nix', 'shadow:nix']
    for (const one of ask(...absent)) t.match(one, { status: 'NOTFOUND', error: UNSET, hostError: UNSET })
    const unnamed = ['networks:name:nix', 'networks:name:', 'networks:number:0a090001', 'networks:family:10']
    for (const one of ask('hosts:4:nix', 'hosts:6:nix', 'hosts:chain:nix', 'hosts:address:10.77.0.1', ...unnamed)) {
      t.match(one, { status: 'NOTFOUND', error: UNSET, hostError: HOST_NOT_FOUND })
    }
    const nowhere = new RunDir()
    t.teardown(() => nowhere.remove())
    const lines = ['passwd:name:ada', 'group:id:1000', 'hosts:4:n15', 'hosts:chain:n15', 'initgroups:ada', 'netgroup:x']
    const outage = asked(
      nowhere.path,
      lines.map((line) => `ask 1024 ${line}`),
    ).map(answerOf)
    t.ok(outage.every(({ status }) => status === 'UNAVAIL'))
    t.strictSame(
      outage.map(({ error }) => error),
      [ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, UNSET],
    )
    t.strictSame(
      outage.map(({ hostError }) => hostError),
      [UNSET, UNSET, NO_RECOVERY, NO_RECOVERY, UNSET, UNSET],
    )
    t.match(ask('hosts:4:n15')[0], { status: 'SUCCESS', error: UNSET, hostError: NETDB_SUCCESS })
    const short = answerOf(asked(run.path, ['ask 5 hosts:4:n15'])[0])
    t.match(short, { status: 'TRYAGAIN', error: ERANGE, hostError: NETDB_INTERNAL })
  })

  t.test('a name that we hold in another family ends the search', async (t) => {
    for (const one of ask('hosts:6:n15', 'hosts:4:six', 'hosts:plain:six')) {
      t.match(one, { status: 'RETURN', error: 0, hostError: NO_DATA })
    }
  })

  t.test('an enumeration gives the entry again that did not fit, and every entry once', async (t) => {
    const all = (database: string): string[] => asked(run.path, [`all ${database}`], 'address')
    t.strictSame(
      all('passwd').map((line) => line.split(':')[2] ?? line),
      ['4 NOTFOUND', 'ada', 'grace', 'empty', 'J\xe9r\xf4me'],
    )
    t.strictSame(
      all('group')
        .slice(1)
        .map((line) => line.split(':')[1]),
      ['ada', 'physics', 'night-shift'],
    )
    t.strictSame(all('hosts').slice(1), [
      ':master0:[] 10.9.0.1',
      ':switch:[:Core:sw] 10.9.1.1',
      ':storage:[] 10.9.1.2 10.9.1.3',
      ':storage:[] fd00::2',
      ':six:[:vi] fd00::6',
      ':n1:[:node-1] 10.0.0.1',
      ':n15:[:node-15] 10.0.0.15',
    ])
    t.equal(all('ethers')[0], '3 NOTFOUND')
    t.strictSame(all('networks').slice(1), ['0a090000:private:[:Cluster-Net]', 'a9fe0000:link:[]'])
    t.equal(all('shadow')[0], '1 NOTFOUND', "root's is left out")
    const withoutUsers = new RunDir()
    t.teardown(() => withoutUsers.remove())
    withoutUsers.publishShadow(shadowContents())
    t.equal(asked(withoutUsers.path, ['all shadow'])[0], '1 NOTFOUND', 'also where no users are known')
  })

  t.test('gethostbyname4_r gives all families in one chain, 3_r canonical name and ttl', async (t) => {
    t.strictSame(texts('hosts:chain:storage', 'hosts:chain:VI', 'hosts:chain:.15'), [
      ':storage 10.9.1.2:storage fd00::2:storage 10.9.1.3',
      ':six fd00::6',
      ':n15 10.0.0.15',
    ])
  })

  t.test('what can be no name is answered at once', async (t) => {
    const names = ['', 'x'.repeat(256), 'x'.repeat(5000)]
    const questions = names.flatMap((name) => [`hosts:4:${name}`, `ethers:name:${name}`, `hosts:chain:${name}`])
    for (const one of ask(...questions)) t.equal(one.status, 'NOTFOUND')
    for (const one of ask('passwd:name:', 'group:name:', 'initgroups:', 'shadow:', 'netgroup:')) {
      t.equal(one.status, 'NOTFOUND')
    }
  })

  t.test('empty strings are empty strings, and bytes of no encoding come through', async (t) => {
    t.strictSame(texts('passwd:name:empty', 'passwd:name:J\xe9r\xf4me'), [
      '1002:1002:empty:*:::',
      '1003:1003:J\xe9r\xf4me:*:User J\xe9r\xf4me:/home/J\xe9r\xf4me:/bin/sh',
    ])
  })

  t.test('uid 0, gid 0 and ids of -1 are never given, whatever the snapshot says', async (t) => {
    const evil = new RunDir()
    t.teardown(() => evil.remove())
    const none = 0xffffffff
    const groups = [group('wheel', 0, 'ada'), group('none', none, 'ada'), group('kernel', 3000, 'ada')]
    const passwd = [
      user('root', 0),
      user('toor', 5005, 0),
      user('nil', none, 7007),
      user('nul', 7007, none),
      user('ada', 1000),
    ]
    evil.publish(contents({ passwd, group: groups, initgroups: initgroupsOf(groups) }))
    const lines = [
      'passwd:name:root',
      'passwd:name:toor',
      'passwd:id:0',
      'passwd:id:5005',
      'group:name:wheel',
      'group:id:0',
      'passwd:name:nil',
      'passwd:name:nul',
      `passwd:id:${none}`,
      `group:id:${none}`,
      'group:name:none',
    ]
    const answers = asked(evil.path, [...lines.map((line) => `ask 999 ${line}`), 'ask 9 initgroups:ada', 'all passwd'])
    t.ok(answers.slice(0, lines.length).every((line) => answerOf(line).status === 'NOTFOUND'))
    t.equal(answerOf(answers[lines.length]).text, ' 3000')
    t.strictSame(answers.slice(lines.length + 1), ['1 NOTFOUND', '1000:1000:ada:*:User ada:/home/ada:/bin/sh'])
  })

  t.test('pw_passwd is x only where shadow was granted; any other content is no answer', async (t) => {
    const other = new RunDir()
    t.teardown(() => other.remove())
    other.publish(contents(), true)
    t.match(asked(other.path, ['ask 999 passwd:name:ada'])[0], /ada:x:/)
    other.publish(contents(), false)
    t.match(asked(other.path, ['ask 999 passwd:name:ada'])[0], /ada:\*:/)
    for (const passwd of ['', '$6$salt$hash', 'x']) {
      other.publish(contents({ passwd: [{ ...user('ada', 1000), passwd }] }))
      t.match(answerOf(asked(other.path, ['ask 999 passwd:name:ada'])[0]), { status: 'UNAVAIL' }, `'${passwd}'`)
    }
  })

  t.test('a group of 20,000 members and an entry of more than a MiB come whole', async (t) => {
    const big = new RunDir()
    t.teardown(() => big.remove())
    const members = Array.from({ length: 20_000 }, (_, i) => `member-with-a-long-name-${'x'.repeat(30)}-${i}`)
    big.publish(contents({ group: [group('everyone', 5000, ...members)] }))
    const [all, small] = asked(big.path, ['ask 4194304 group:name:everyone', 'ask 65536 group:id:5000']).map(answerOf)
    t.equal(all?.status, 'SUCCESS')
    t.match(small, { status: 'TRYAGAIN', error: ERANGE })
    t.equal(asked(big.path, ['ask 999 initgroups:nobody-at-all'])[0]?.split(' ')[0], 'NOTFOUND')
  })

  t.test('the first master of the masterorders stands in for master while no daemon says whose is which', async (t) => {
    const spellings = ['hosts:4:master', 'hosts:4:.-1', 'hosts:chain:n-1.cluster.internal']
    t.strictSame(texts(...spellings), ['', '', ''], 'without one nobody can say')
    const one = new RunDir()
    t.teardown(() => one.remove())
    const asks = (names: readonly string[]) =>
      asked(
        one.path,
        names.map((name) => `ask 999 ${name}`),
      )
    one.publish(contents({ masterorder: [{ ranges: [{ first: 0, last: 9 }], addresses: [ip('10.9.0.1')] }] }))
    for (const line of asks(spellings)) t.match(line, /:master0(:\[\])? 10\.9\.0\.1/)
    const master = { kind: 1 as const, number: -1, names: ['master'], addresses: [ip('10.9.0.9')] }
    one.publish(contents({ hosts: [master] }))
    t.match(asks(['hosts:4:n-1'])[0], /:master:\[\] 10\.9\.0\.9/)
  })

  t.test('a computed name means the machine of that kind and number alone', async (t) => {
    const other = new RunDir()
    t.teardown(() => other.remove())
    const { NODE, HOST } = layout.HOST_KINDS
    const addresses = [ip('192.0.2.7')]
    for (const [kind, number, status] of [
      [NODE, 7, 'SUCCESS'],
      [NODE, 8, 'NOTFOUND'],
      [HOST, layout.NO_NODE, 'NOTFOUND'],
      [HOST, 7, 'NOTFOUND'],
    ] as const) {
      other.publish(contents({ hosts: [{ kind, number, names: ['n7'], addresses }] }))
      t.match(answerOf(asked(other.path, ['ask 999 hosts:4:.7'])[0]), { status }, `kind ${kind}, number ${number}`)
    }
  })

  t.test('a database that does not hold everything asks the daemon, and is UNAVAIL without one', async (t) => {
    const partial = new RunDir()
    t.teardown(() => partial.remove())
    partial.publish(contents({ complete: new Set(['hosts', 'ethers', 'netgroup']) }))
    const lines = asked(partial.path, ['ask 999 passwd:name:ada', 'ask 999 passwd:name:nix', 'ask 999 hosts:4:nix'])
    t.strictSame(
      lines.map((line) => answerOf(line).status),
      ['SUCCESS', 'UNAVAIL', 'NOTFOUND'],
    )
    t.not(answerOf(lines[1]).error, EAGAIN)
  })
})

t.test(
  'the spellings of test/fixtures/spellings.tsv mean in C what they mean in TypeScript',
  { skip: noCompiler },
  async (t) => {
    const table = spellings()
    for (const config of new Set(table.map((one) => one.config))) {
      const run = new RunDir()
      t.teardown(() => run.remove())
      run.publishBytes(spellingSnapshot(config).bytes)
      const rows = table.filter((one) => one.config === config)
      const answers = asked(
        run.path,
        rows.map(({ name }) => `ask 9999 hosts:chain:${name}`),
        'address',
      ).map(answerOf)
      const meanings = answers.map(({ status, text }) => (status === 'SUCCESS' ? text.split(/[ :]/)[1] : status))
      // Without a daemon a master is the first one, and self is nobody.
      const expected = rows.map(({ meaning }) => (meaning === 'MASTER' ? /^(UNAVAIL|master0)$/ : meaning))
      for (const [i, { name }] of rows.entries()) {
        const meaning = expected[i] === 'SELF' ? 'UNAVAIL' : expected[i]
        t.match(meanings[i], meaning, `${config}: ${name}`)
      }
    }
  },
)
