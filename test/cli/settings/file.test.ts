import t from 'tap'
import { parseSettingsFile } from '../../../src/cli/settings/file.ts'

const read = (text: string) => {
  const { values, diagnostics } = parseSettingsFile('k.toml', text)
  const told = diagnostics.map(({ line, column, message }) => `${line}:${column}: ${message}`)
  return { values: Object.fromEntries(values), problems: told }
}

t.test('a settings file gives text, lists and switches', async (t) => {
  const text = `# the master
config = "/srv/cluster"
listen = ["10.20.30.1:3045", "127.0.0.1:3045"]
allow = "10.0.0.0/8"
skip_bad_lines = true
`
  t.same(read(text), {
    values: {
      config: ['/srv/cluster'],
      listen: ['10.20.30.1:3045', '127.0.0.1:3045'],
      allow: ['10.0.0.0/8'],
      skipBadLines: ['true'],
    },
    problems: [],
  })
  t.same(read(''), { values: {}, problems: [] })
})

t.test('an unknown key is an error with its line, and the rest of the file still counts', async (t) => {
  const { values, problems } = read(`domain = "hpc"

# next line is wrong
rundir = "/run/kickback"
[dns]
ttl = 60
tttl = 30
`)
  t.same(values, { domain: ['hpc'], dnsTtl: ['60'] })
  t.same(problems, [
    "4:1: unknown key 'rundir'; did you mean 'run_dir'?",
    "7:1: unknown key 'dns.tttl'; did you mean 'dns.ttl'?",
  ])
})

t.test('a key that was renamed is an error that says how it is called now', async (t) => {
  const { values, problems } = read('metrics = "127.0.0.1:9100"\n')
  t.same([...Object.keys(values), ...problems], ["1:1: unknown key 'metrics': it is called 'http' now"])
})

t.test('a value of the wrong type or form is an error with its line', async (t) => {
  const { values, problems } = read(`config = 5
skip_bad_lines = "yes"
listen = [
  "head:3045",
]
log_level = "loud"
allow = ["10.0.0.0/8", 7]
state_dir = ""
dns.ttl = "30"
dns.ns = ["ns1.example.org=x"]
`)
  t.same(values, {})
  t.same(problems, [
    "1:10: 'config' must be a string",
    "2:18: 'skip_bad_lines' must be true or false",
    "4:3: 'listen': 'head:3045' is not ADDRESS:PORT with a numeric address, such as 10.0.0.1:3045 or [fd00::1]:3045",
    "6:13: 'log_level': 'loud' is not one of fatal, error, warn, info, debug, trace",
    "7:9: 'allow' must be a list of strings",
    "8:13: 'state_dir': a path is needed",
    "9:11: 'dns.ttl' must be a number",
    "10:11: 'dns.ns': 'ns1.example.org=x' is not NAME or NAME=ADDRESS",
  ])
})

t.test('a file that is no TOML is one error with its line', async (t) => {
  const { problems } = read('domain = "hpc"\nconfig = \n')
  t.equal(problems.length, 1)
  t.match(problems[0], /^2:9: /)
  t.match(read('domain = "a"\ndomain = "b"\n').problems, [/^2:1: /])
  t.match(read('domain = "a" x\r\n').problems, [/^1:14: /])
  t.match(read('allow = [\r\n  "10.0.0.0/8",\r\n').problems, [/^2:16: /])
  t.match(read(`allow = ${'['.repeat(10_000)}`).problems, [/^1:10009: /])
})

t.test('a key is only a key, whatever it is called', async (t) => {
  t.same(read('__proto__ = "a"\n"constructor".x = 1\n').problems, [
    "1:1: unknown key '__proto__'",
    "2:1: unknown key 'constructor.x'",
  ])
  t.same(read('"é𝄞" = 1 # €\r\n  x = {y = {z = 1}}\n[[dns]]\nttl = 1\n').problems, [
    "1:1: unknown key 'é𝄞'",
    "2:13: unknown key 'x.y.z'",
  ])
})

t.test('a table that holds nothing is an error unless settings could stand in it', async (t) => {
  t.same(read('[dns]\n# ttl = 60\n').problems, [])
  t.same(read('[dsn]\nx = {}\n[a]\n').problems, ["2:1: unknown key 'dsn.x'", "3:2: unknown key 'a'"])
})

t.test('what only one call can want is no key of the file', async (t) => {
  t.same(read('json = true\n').problems, ["1:1: unknown key 'json'"])
})

t.test('a setting of the master in the file of a proxy is an error with its line', async (t) => {
  const text = 'master = ["10.0.0.1"]\n[dns]\nlisten = ["127.0.0.54:53"]\nttl = 60\nns = ["ns.example.org"]\n'
  t.same(parseSettingsFile('k.toml', text, 'serve').diagnostics, [])
  const { values, diagnostics } = parseSettingsFile('k.toml', text, 'proxy')
  t.same([...values.keys()], ['master', 'dns'])
  t.match(diagnostics, [
    { line: 4, message: "'dns.ttl' is a setting of the master" },
    { line: 5, message: "'dns.ns' is a setting of the master" },
  ])
})

t.test('characters that nobody sees are told with line and column, outside comments', async (t) => {
  const told = (text: string) =>
    parseSettingsFile('f', text).diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`)
  t.match(told('domain\u00a0= "lan"\n'), [/^1:7 a no-break space \(U\+00A0\) is here;/])
  t.match(told('# first\nusers = ["ann\u200b"]\n'), [/^2:14 a zero width space \(U\+200B\) is here;/])
  t.match(told('\ufeffdomain = "lan"\n')[0], /^1:1 a byte order mark \(U\+FEFF\) is here;/)
  t.same(told('domain = "lan" # caf\u00e9\u00a0x\r\n'), [], 'CRLF is a line end of TOML')
  t.match(told('domain = "l#\u00a0an"\n')[1], /^1:13 /, 'a # in quotes starts no comment')
})

t.test('access is a table of rules, each with its place', async (t) => {
  const text = `[access]
gpu = ["ada", "%physics"]
"0-3,7" = "grace"
empty = []
"a.class" = ["%chem"]
`
  t.same(read(text), {
    values: { access: ['gpu=ada,%physics', '0-3,7=grace', 'empty=', 'a.class=%chem'] },
    problems: [],
  })
  const { locations } = parseSettingsFile('k.toml', text)
  t.same(
    [...locations].map(([place, { line, column }]) => [place, line, column]),
    [
      ['access.gpu', 2, 1],
      ['access.0-3,7', 3, 1],
      ['access.empty', 4, 1],
      ['access.a.class', 5, 1],
    ],
  )
  t.same(read('[access]\n'), { values: { access: [] }, problems: [] })
})

t.test('what is no rule is an error at the name that is wrong, and never another rule', async (t) => {
  t.match(read('access = ["gpu=ada"]\n').problems, [/^1:10: 'access' must be a table$/])
  t.match(read('[access]\ngpu = 5\n').problems, [/^2:7: 'access.gpu' must be a list of strings$/])
  for (const name of ['ALL', '%(wheel)', '@team', 'a b', 'a,b', 'x=ada', '', '%', '1000', 'ada@host', 'a\\n+:b']) {
    const { values, problems } = read(`[access]\ngpu = ["ada", "${name}"]\n`)
    t.match(problems, [/^2:15: 'access.gpu': .* cannot be named here/s], name)
    t.same(values, {}, name)
  }
})
