import fc from 'fast-check'
import t from 'tap'
import {
  type BuildRules,
  configDiagnostics,
  type Reading,
  readCluster,
  unreadableSource,
} from '../../../src/daemon/candidate/reading.ts'
import { SOURCE_NAMES, type SourceContent, type Sources } from '../../../src/daemon/sources/source.ts'
import { FILE_DATABASE_NAMES } from '../../../src/resolver/index.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { parse } from '../../config/reading.ts'
import { absentFile, RULES, readFile, sourcesOf } from '../sources.ts'

const TODAY = 20_000
const nowhere = { addressesOf: () => [], before: () => [] }
const read = (sources: Sources, rules: Partial<BuildRules> = {}, known: Partial<typeof nowhere> = {}): Reading =>
  readCluster(sources, { ...RULES, ...rules }, { ...nowhere, ...known }, TODAY)
const told = ({ diagnostics }: Pick<Reading, 'diagnostics'>): string[] =>
  diagnostics.map(({ file, line, severity, code }) => `${file}:${line} ${severity} ${code}`)
const hidden = (origin: string): SourceContent => ({
  ...absentFile(origin),
  state: 'unreadable',
  reason: 'permission denied',
})

const CONFIG = 'nodes 2\niprange 10.0.0.10 10.0.0.11\n'
const configured = (more: string): Sources => sourcesOf(1, { config: readFile('config', CONFIG + more) })

/** The reading of an interface of a machine that has these addresses now, and had those before; and what was asked for them. */
function readingAt(more: string, now: readonly string[], before: readonly string[] = []) {
  const asked: string[] = []
  const here =
    (texts: readonly string[]) =>
    (name = 'before') => {
      asked.push(name)
      return texts.map(ip)
    }
  const known = { addressesOf: here(now), before: () => here(before)() }
  const reading = readCluster(configured(more), RULES, known, TODAY)
  const { interfaceAddresses, sharedAddresses, followedInterface, diagnostics } = reading
  const texts = {
    own: interfaceAddresses.map((address) => formatAddress(address)),
    shared: sharedAddresses.map((address) => formatAddress(address)),
  }
  return { ...texts, followed: followedInterface, asked, messages: diagnostics.map(({ message }) => message) }
}

t.test('each source is read, and its own name stands in what is told of it', async (t) => {
  const bad: Partial<Record<keyof Sources, string>> = {
    config: 'nodes x\n',
    shadow: 'u0\n',
    loginDefs: 'UID_MIN x\n',
    netgroup: 'half (\n',
  }
  for (const name of SOURCE_NAMES) {
    const origin = `/where/${name}.file`
    const { diagnostics } = read(sourcesOf(1, { [name]: readFile(origin, bad[name] ?? 'half\n') }))
    t.match(diagnostics, [{ file: origin, line: 1 }], name)
  }
})

t.test(
  'what is told comes in an order: sources that are missing, the configuration, its interface, accounts',
  async (t) => {
    const config = readFile('config', `${CONFIG}notes\ninterface eth7\n`)
    const sources = sourcesOf(1, { config, passwd: readFile('passwd', 'half\n'), group: absentFile('group') })
    t.same(
      told(read(sources)).map((line) => line.replace(/ .* /, ' ')),
      [
        'group:0 unreadable-file',
        'config:3 unknown-keyword',
        'config:4 no-interface-address',
        'passwd:1 account-malformed',
      ],
    )
  },
)

t.test('a configuration that is not there tells what to do, one that cannot be read only why', async (t) => {
  const messageOf = (config: SourceContent) => read(sourcesOf(1, { config })).diagnostics[0]?.message ?? ''
  t.match(messageOf(absentFile('config')), /^no such file or directory: .*--config; a node needs none: .*`master`/)
  t.equal(messageOf(hidden('config')), 'permission denied')
})

t.test('passwd and group must be read; files that may be missing must be readable where they are', async (t) => {
  for (const name of ['passwd', 'group'] as const) {
    for (const content of [absentFile(name), hidden(name)]) {
      const { diagnostics } = read(sourcesOf(1, { [name]: content }))
      t.match(diagnostics, [{ file: name, line: 0, severity: 'error', code: 'unreadable-file' }], content.reason)
      t.equal(diagnostics[0]?.message, content.reason)
    }
  }
  for (const name of ['loginDefs', ...FILE_DATABASE_NAMES] as const) {
    t.same(told(read(sourcesOf(1, { [name]: absentFile(name) }))), [], name)
    t.same(told(read(sourcesOf(1, { [name]: hidden(name) }))), [`${name}:0 error unreadable-file`])
  }
  for (const shadow of [absentFile('shadow'), hidden('shadow')]) {
    const { accounts, diagnostics } = read(sourcesOf(1, { shadow }))
    t.same(
      [accounts.passwd.length, accounts.shadow.length, diagnostics.length],
      [1, 0, 0],
      'without shadow there is none',
    )
  }
})

t.test('a source that was not read is told as a whole, with the reason that it has', async (t) => {
  const wanted = { file: '/etc/x', line: 0, column: 0, severity: 'error', code: 'unreadable-file' }
  t.match(unreadableSource(hidden('/etc/x')), { ...wanted, message: 'permission denied' })
})

t.test('users and groups of the rules are exported whatever their ids, by their names’ bytes in UTF-8', async (t) => {
  const sources = sourcesOf(0, {
    passwd: readFile('passwd', 'jörg:x:5:5::/:/bin/sh\ndaemon:x:6:6::/:/bin/sh\n'),
    group: readFile('group', 'bücher:x:7:\nadm:x:8:\n'),
  })
  const names = ({ accounts: { passwd, group } }: Reading) =>
    [...passwd, ...group].map(({ name }) => Buffer.from(name, 'latin1').toString())
  t.same(names(read(sources)), [])
  t.same(names(read(sources, { users: ['jörg'], groups: ['bücher'] })), ['jörg', 'bücher'])
})

t.test('the day decides which accounts have expired, and the rules what becomes of them', async (t) => {
  const line = (day: number): string => `u${day - TODAY + 1}:!:1:0:9:7::${day}:\n`
  const sources = sourcesOf(3, { shadow: readFile('shadow', [TODAY - 1, TODAY, TODAY + 1].map(line).join('')) })
  const users = (disabledUsers: BuildRules['disabledUsers']) =>
    read(sources, { disabledUsers }).accounts.passwd.map(({ name, shell }) => `${name} ${shell}`)
  t.same(users('omit'), ['u2 /bin/sh'])
  t.same(users('nologin'), ['u0 /usr/sbin/nologin', 'u1 /usr/sbin/nologin', 'u2 /bin/sh'])
  t.equal(users('keep').length, 3)
})

t.test('a machine that is written with the domain of the rules has the name before it', async (t) => {
  const sources = configured('hostrange 10.0.0.20 10.0.0.29\nhost - 10.0.0.20 disk.lab.example\n')
  const nameIn = (domain: string) => read(sources, { domain }).cluster.hosts.map(({ name }) => name)
  t.same(nameIn('lab.example'), ['disk'])
  t.same(nameIn('other.example'), ['disk.lab.example'])
})

t.test('addresses that the configuration writes are the interface’s, and nobody is asked', async (t) => {
  const written = 'interface eth7 10.0.0.1 255.255.255.0\n'
  const wanted = { own: ['10.0.0.1'], shared: ['10.0.0.1'], followed: undefined, asked: [], messages: [] }
  t.same(readingAt(written, ['10.9.9.9'], ['10.8.8.8']), wanted)
  t.same(readingAt(`${written}masterorder - 10.0.0.2\n`, ['10.9.9.9'], ['10.8.8.8']), wanted)
  t.same(readingAt(`interface eth7\n${written}`, ['10.9.9.9']), wanted, 'on another line of that name')
})

t.test('without an interface there is no address, and nobody is asked', async (t) => {
  const wanted = { own: [], shared: [], followed: undefined, asked: [], messages: [] }
  t.same(readingAt('', ['10.9.9.9'], ['10.8.8.8']), wanted)
})

t.test(
  'the first interface is followed where no address is written, and stays here where masters are named',
  async (t) => {
    const now = ['10.0.0.1', 'fd00::1']
    const wanted = { own: now, shared: now, followed: 'eth7', asked: ['eth7'], messages: [] }
    t.same(readingAt('interface eth7\ninterface eth8\n', now, ['10.8.8.8']), wanted)
    t.same(readingAt('interface eth7\nmasterorder - 10.0.0.2\n', now, ['10.8.8.8']), { ...wanted, shared: [] })
  },
)

t.test('an only master whose interface has no address keeps those that it had', async (t) => {
  const before = ['10.0.0.1', 'fd00::1']
  const message = 'interface eth7 has no address on this machine'
  const wanted = { followed: 'eth7', asked: ['eth7', 'before'] }
  t.same(readingAt('interface eth7\n', [], before), {
    ...wanted,
    own: before,
    shared: before,
    messages: [`${message}; the master keeps 10.0.0.1 and fd00::1`],
  })
  t.same(readingAt('interface eth7\n', []), { ...wanted, own: [], shared: [], messages: [message] })
})

t.test('masters that are named do not keep what the interface of this one had', async (t) => {
  const reading = readingAt('interface eth7\nmasterorder - 10.0.0.2\n', [], ['10.0.0.1'])
  const messages = ['interface eth7 has no address on this machine']
  t.same(reading, { own: [], shared: [], followed: 'eth7', asked: ['eth7'], messages })
})

t.test('an interface without an address is a warning at the line that names it', async (t) => {
  const [diagnostic, ...others] = read(configured('# the private one\n  interface eth7\n')).diagnostics
  t.match(diagnostic, { file: 'config', line: 4, severity: 'warning', code: 'no-interface-address' })
  t.same(others, [])
})

t.test(
  'lines in error are told as they are, or where they are skipped as warnings that they are left out',
  async (t) => {
    const parsed = parse('hostrange 10.0.0.1 10.0.0.2', 'host zz', 'host - 10.0.0.1 a_b', 'notes')
    const severities = parsed.diagnostics.map(({ severity }) => severity)
    t.same(severities, ['error', 'warning', 'note'])
    const [error, ...others] = parsed.diagnostics
    t.equal(configDiagnostics(parsed, false), parsed.diagnostics)
    const skipped = { ...error, severity: 'warning', message: `${error?.message}; left out` }
    t.same(configDiagnostics(parsed, true), [skipped, ...others])
    t.equal(error?.severity, 'error', 'what the parser said is not changed')
  },
)

t.test('bad lines of accounts and sources that are missing are told alike, skipped or not', async (t) => {
  const sources = sourcesOf(1, { passwd: absentFile('passwd'), group: readFile('group', 'half\n') })
  t.same(read(sources, { skipBadLines: true }).diagnostics, read(sources).diagnostics)
  t.same(told(read(sources)), ['passwd:0 error unreadable-file', 'group:1 warning account-malformed'])
})

t.test('whatever the sources hold is read, and nothing is thrown', async () => {
  const word = fc.constantFrom(
    'nodes',
    'iprange',
    'interface',
    'eth7',
    'host',
    'masterorder',
    '-',
    ':',
    '10.0.0.1',
    'x',
  )
  const blank = fc.constantFrom(' ', '\n', '\t', ':', '\0', 'é')
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(fc.oneof(word, blank), { maxLength: 40 }).map((words) => Buffer.from(words.join(''))),
  )
  const content = (origin: string) =>
    fc.oneof(
      bytes.map((one): SourceContent => ({ ...readFile(origin, ''), bytes: one })),
      fc.constantFrom(absentFile(origin), hidden(origin)),
    )
  const shape = Object.fromEntries(SOURCE_NAMES.map((name) => [name, content(name)]))
  fc.assert(
    fc.property(fc.record(shape), fc.boolean(), (parts, skipBadLines) => {
      const { diagnostics } = read(sourcesOf(0, parts), { skipBadLines })
      return diagnostics.every(({ file }) => SOURCE_NAMES.some((name) => name === file))
    }),
  )
})
