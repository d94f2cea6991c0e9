import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { helpOf, parseArgv } from '../../src/cli/argv.ts'
import { SETTING_ROWS } from '../../src/cli/settings/table.ts'
import { SETTING_TYPES } from '../../src/cli/settings/types.ts'
import { COMMANDS, LATER_COMMANDS, LATER_FLAGS } from '../../src/cli/synopsis.ts'

const parse = (line: string) =>
  parseArgv(
    line.split(' ').filter((word) => word !== ''),
    '1.2.3',
  )

t.test('a command line is a command, its arguments and the settings that were given', async (t) => {
  t.same(parse('query hosts n15 .15 --json --run-dir /tmp/run'), {
    kind: 'run',
    command: 'query',
    args: ['hosts', 'n15', '.15'],
    given: new Map([
      ['runDir', ['/tmp/run']],
      ['json', ['true']],
    ]),
  })
  t.match(parse('serve --listen 10.0.0.1:1 10.0.0.2:2 --listen [::1]:3'), {
    given: new Map([['listen', ['10.0.0.1:1', '10.0.0.2:2', '[::1]:3']]]),
  })
})

t.test('a setting that has several values takes them one after the other, as help says', async (t) => {
  const two: Readonly<Record<string, readonly [string, string]>> = {
    names: ['ada', 'bob'],
    zones: ['10.in-addr.arpa', 'home.arpa'],
    endpoints: ['10.0.0.1:53', '10.0.0.2:53'],
    networks: ['10.0.0.0/8', '10.1.0.0/16'],
    addresses: ['10.0.0.1', '10.0.0.2'],
    'DHCP networks': ['10.0.0.0/24=10.0.0.254', '10.1.0.0/16'],
    'name servers': ['a.example', 'b.example=10.0.0.1'],
    'reverse zones': ['10.1.0.0/16', 'fd00:1::/32'],
    secondaries: ['10.0.0.2', '10.0.0.3 key'],
    logins: ['gpu=ada,%physics', '0-3='],
    'password rules': ['gpu=ada,%physics', '0-3=*'],
    'node states': ['behind', 'gone'],
    words: ['0:0:0:0:0:1', '0:0:0:0:0:2'],
  }
  for (const [name, row] of SETTING_ROWS.filter(([, { type }]) => SETTING_TYPES[type].isList)) {
    const values = two[row.type] ?? []
    for (const command of row.commands) {
      const argument =
        { export: ['hosts'], import: ['hosts', 'file'], setup: ['node'], explain: ['hosts', 'n1'], set: ['node', '1'] }[
          command as string
        ] ?? []
      const request = parseArgv([command, ...argument, row.flag, ...values], '1.2.3')
      t.match(request, { kind: 'run', given: new Map([[name, values]]) }, `${command} ${row.flag}`)
    }
  }
})

t.test('a proxy that is given a setting of the master says whose it is', async (t) => {
  const ofMaster = SETTING_ROWS.filter(([, row]) => row.ofMaster).map(([, { flag }]) => flag)
  t.same(ofMaster, [
    ...['--exclude-users', '--exclude-groups', '--uids', '--gids'],
    ...['--accounts-source', '--accounts-services', '--accounts-lookups', '--accounts-refresh', '--accounts-deadline'],
    ...['--access', '--passwords', '--dns-ttl', '--dns-negative-ttl', '--dns-ns', '--dns-rname', '--dns-reverse-zones'],
  ])
  for (const flag of ofMaster) {
    for (const words of [[flag, '5'], [`${flag}=5`]]) {
      const request = parseArgv(['proxy', '--insecure', ...words], '1.2.3')
      t.match(request, { kind: 'say', error: true, exit: 64, text: `kickback: '${flag}' is a setting of the master` })
    }
    const ofServe = parseArgv(['serve', flag, '5'], '1.2.3')
    t.notMatch(ofServe, { text: /of the master/ }, 'a master is not told so')
  }
})

t.test('wrong usage is said on stderr with exit 64', async (t) => {
  const wrong = [
    '',
    'frobnicate',
    'serve extra',
    'serve --no-such-option',
    'serve --listen',
    'serve --listen head:3045',
    'serve --log-level loud',
    'serve --json',
    'query',
    'export',
    'export toml',
    'snapshot verify',
    'snapshot frob /tmp/x',
    'check a b',
  ]
  for (const line of wrong) {
    const request = parse(line)
    t.match(request, { kind: 'say', error: true, exit: 64 }, line)
    t.ok(request.kind === 'say' && request.text.length > 0, `${line}: something is said`)
  }
})

t.test('the message of wrong usage names what was wrong', async (t) => {
  t.match(parse('serve --listen head:3045'), { text: /--listen.*'head:3045'.*numeric address/ })
  t.same(parse('snapshot frob x'), {
    kind: 'say',
    error: true,
    exit: 64,
    text: "kickback: 'frob' is not one of verify, show.\nUsage: kickback snapshot [options] <action> <file>\nSee kickback snapshot --help.\n",
  })
  for (const line of ['explain n15', 'explain n15 hosts', 'remove pdu1', 'check a b'])
    t.match(
      parse(line),
      { text: /\nUsage: kickback (explain|remove|check) .*\nSee kickback / },
      `${line}: the order of the words`,
    )
  for (const line of ['serve extra', 'frobnicate', 'check --no-such-option', 'setup node --master head'])
    t.notMatch(parse(line), { text: /Usage/ }, `${line}: no words are missing`)
  t.match(parse('serve --log-level loud'), {
    text: /^kickback: option '--log-level <LEVEL>': 'loud' is not one of fatal, [a-z, ]+\nSee kickback serve --help\.\n$/,
  })
  t.match(parse('sreve'), { text: /unknown command 'sreve'[\s\S]*serve[\s\S]*\nSee kickback --help\.\n$/ })
})

t.test('the reference names what is promised and not there yet, and nothing else', async (t) => {
  const reference = readFileSync(join(import.meta.dirname, '../../docs/reference.md'), 'utf8')
  const [paragraph = ''] = /^These are not there yet:[\s\S]*?\n\n/m.exec(reference) ?? []
  const named = Array.from(paragraph.matchAll(/`(.+?)`/g), ([, name]) => name)
  t.same(named, [...LATER_COMMANDS, ...LATER_FLAGS.map((words) => words.join(' '))])
})

t.test('what is promised and not there yet says so, and is in no help', async (t) => {
  for (const command of LATER_COMMANDS) {
    t.match(parse(`${command} x`), { kind: 'say', error: true, exit: 64, text: /not there yet/ }, command)
    t.notMatch(parse('--help'), { text: new RegExp(`^ +${command} `, 'm') })
  }
  for (const [command, flag] of LATER_FLAGS) {
    t.match(parse(`${command} ${flag}=1`), { kind: 'say', error: true, exit: 64, text: /not there yet/ }, flag)
    t.notMatch(parse(`${command} --help`), { text: new RegExp(`${flag}\\b`) })
  }
})

t.test('an option that was renamed is an error that says how it is called now', async (t) => {
  for (const words of ['serve --metrics 127.0.0.1:9100', 'proxy --metrics=127.0.0.1:9100']) {
    const text = "kickback: the option '--metrics' is called '--http' now\n"
    t.same(parse(words), { kind: 'say', error: true, exit: 64, text })
  }
})

t.test('--version prints the version', async (t) => {
  t.same(parse('--version'), { kind: 'say', text: '1.2.3\n', error: false, exit: 0 })
})

t.test('help lists every command', async (t) => {
  const request = parse('--help')
  t.match(request, { kind: 'say', exit: 0, error: false })
  const text = request.kind === 'say' ? request.text.replaceAll(/\s+/g, ' ') : ''
  for (const { name, summary } of COMMANDS) t.ok(text.includes(` ${name} `) && text.includes(summary), name)
})

t.test('help of a command has its options with their sentences, its examples and its exit codes', async (t) => {
  for (const row of COMMANDS) {
    const request = parse(`${row.name} --help`)
    t.match(request, { kind: 'say', exit: 0, error: false }, row.name)
    const text = request.kind === 'say' ? request.text.replaceAll(/\s+/g, ' ') : ''
    for (const [, setting] of SETTING_ROWS.filter(([, setting]) => setting.commands.includes(row.name))) {
      t.ok(text.includes(setting.flag) && text.includes(helpOf(setting)), `${row.name} ${setting.flag}`)
    }
    for (const [line] of row.examples) t.ok(text.includes(line), line)
    for (const [code, meaning] of row.exits) t.ok(text.includes(`${code} ${meaning}`), meaning)
  }
})

t.test('the examples of help are right usage', async (t) => {
  for (const { examples } of COMMANDS) {
    for (const [line] of examples) t.match(parse(line.replace(/^kickback /, '')), { kind: 'run' }, line)
  }
})
