import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { ALL_DATABASES, DATABASES, type Role } from '../../../src/setup/nsswitch/databases.ts'
import { databasesOn, linesOf, switchedOff, switchedOn } from '../../../src/setup/nsswitch/edit.ts'
import { parseLine } from '../../../src/values/nsswitch-line.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/nsswitch/', import.meta.url))
const ROLES: readonly Role[] = ['node', 'master']
const fixture = (name: string): string => readFileSync(`${FOLDER}${name}`, 'latin1')

/** The sources of each line but ours, as the C library sees them: what must never change. */
const others = (text: string): string[] =>
  linesOf(text).flatMap((line) => {
    const parsed = parseLine(line)
    const names = parsed?.sources?.filter(({ name }) => name !== 'kickback').map(({ name }) => name)
    return parsed === undefined ? [] : [`${parsed.database}: ${names?.join(' ') ?? 'not understood'}`]
  })

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.conf'))) {
  const stock = fixture(file)
  for (const role of ROLES) {
    t.test(`${file} of a ${role}: on, on again, and off`, async (t) => {
      const golden = `${file.replace(/\.conf$/, '')}.${role}`
      const on = switchedOn(stock, role)
      if (process.env.KICKBACK_WRITE_FIXTURES === '1') writeFileSync(`${FOLDER}${golden}`, on, 'latin1')
      t.equal(on, fixture(golden))
      t.equal(switchedOn(on, role), on, 'on again')
      t.equal(switchedOff(on), stock, 'off')
      t.equal(switchedOff(stock), stock, 'off again')
    })
  }
  t.test(`${file}: a node that becomes a master, and back`, async (t) => {
    t.equal(switchedOn(switchedOn(stock, 'node'), 'master'), switchedOn(stock, 'master'))
    t.equal(switchedOff(switchedOn(switchedOn(stock, 'master'), 'node')), stock)
  })
}

t.test('a master gets no users, groups and networks from the cluster', async (t) => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.conf'))) {
    const on = databasesOn(switchedOn(fixture(file), 'master'))
    t.same([...on].sort(), ['ethers', 'hosts', 'netgroup'], file)
  }
})

t.test('lines that others change between on and off keep their changes', async (t) => {
  const on = switchedOn(fixture('debian-12.conf'), 'node')
  const changed = on
    .replace('hosts:          files', 'hosts:          myhostname files')
    .replace('rpc:            db files\n', '')
  const expected = fixture('debian-12.conf')
    .replace('hosts:          files', 'hosts:          myhostname files')
    .replace('rpc:            db files\n', '')
  t.equal(switchedOff(changed), expected)
})

t.test('a line that was added and got another source keeps that one', async (t) => {
  const on = switchedOn('passwd: files\n', 'node')
  const changed = on.replace('netgroup:       files kickback', 'netgroup:       files kickback ldap')
  t.equal(switchedOff(changed), 'passwd: files\nnetgroup:       files ldap\n')
})

t.test('what somebody wrote by hand goes with its actions', async (t) => {
  t.equal(switchedOff('hosts: dns kickback [NOTFOUND=return] files\n'), 'hosts: dns files\n')
  t.equal(switchedOff('hosts: files kickback kickback dns\n'), 'hosts: files dns\n')
  t.equal(switchedOff('passwd: files kickback # ours\n'), 'passwd: files # ours\n')
  t.equal(switchedOff('services: kickback files\n'), 'services: kickback files\n', 'no database of ours')
})

t.test('the source stays where somebody put it', async (t) => {
  const text = 'hosts: dns kickback\n'
  t.equal(switchedOn(text, 'node').split('\n')[0], 'hosts: dns kickback')
})

t.test('an empty file gets every line, and is empty again', async (t) => {
  const on = switchedOn('', 'node')
  t.same(
    databasesOn(on),
    ALL_DATABASES.filter((name) => name !== 'initgroups'),
  )
  t.equal(switchedOff(on), '')
})

const blank = fc.constantFrom(' ', '  ', '\t', ' \t ')
const name = fc.constantFrom(
  'files',
  'compat',
  'db',
  'systemd',
  'sss',
  'nis',
  'dns',
  'resolve',
  'myhostname',
  'mymachines',
  'mdns4_minimal',
  'ldap',
  'usrfiles',
  '\xe9t\xe9',
)
const status = fc.constantFrom('SUCCESS', 'NOTFOUND', 'UNAVAIL', 'TRYAGAIN', 'success', '!UNAVAIL', '!notfound', 'BAD')
const action = fc.constantFrom('return', 'continue', 'merge', 'RETURN', 'wrong')
const bracket = fc
  .array(fc.tuple(status, action), { minLength: 0, maxLength: 2 })
  .map((all) => `[${all.map(([s, a]) => `${s}=${a}`).join(' ')}]`)
const item = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 1, arbitrary: bracket },
  { weight: 1, arbitrary: fc.constantFrom('[', ']', '[SUCCESS=merge]', '[SUCCESS=continue]') },
)
const separated = fc
  .array(fc.tuple(fc.oneof(blank, blank, fc.constant('')), item), { maxLength: 6 })
  .map((all) => all.map(([b, i]) => b + i).join(''))
const database = fc.constantFrom(...ALL_DATABASES, 'services', 'gshadow', 'passwd_compat', 'x')
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', ' ', '\t'),
      database,
      fc.constantFrom(':', ': ', ' : ', ' '),
      separated,
      fc.constantFrom('', ' ', '\r', ' # comment', '#['),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('', '# passwd: files kickback', '   ', 'passwd', ':', 'hosts:kickbacks'),
)
const file = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, ends]) => lines.join('\n') + (ends ? '\n' : ''))

t.test('off gives back any file, byte for byte', async () => {
  fc.assert(
    fc.property(file, fc.constantFrom(...ROLES), (text, role) => switchedOff(switchedOn(text, role)) === text),
    { numRuns: 5000 },
  )
})

t.test('on is once, in any file', async () => {
  fc.assert(
    fc.property(file, fc.constantFrom(...ROLES), (text, role) => {
      const on = switchedOn(text, role)
      return switchedOn(on, role) === on
    }),
    { numRuns: 5000 },
  )
})

t.test('every other source keeps its line and its order, and lines are only added', async (t) => {
  fc.assert(
    fc.property(file, fc.constantFrom(...ROLES), (text, role) => {
      const before = others(text)
      const after = others(switchedOn(text, role))
      t.ok(
        before.every((one, i) => after.indexOf(one, i) >= i),
        'in order',
      )
      t.ok(
        DATABASES[role].every((wanted) => wanted === 'initgroups' || after.some((one) => one.startsWith(`${wanted}:`))),
      )
    }),
    { numRuns: 500 },
  )
})

t.test('another change to any other line survives off', async () => {
  fc.assert(
    fc.property(file, line, (text, extra) => {
      const more = linesOf(text).length > 0 && text.endsWith('\n') ? `${extra.replaceAll('kickback', 'x')}\n` : ''
      return switchedOff(more + switchedOn(text, 'node')) === more + text
    }),
    { numRuns: 2000 },
  )
})
