import t from 'tap'
import { isLoginsFile, loginsFile, OPEN_LOGINS, passwdNames } from '../../../src/resolver/logins/pam-access.ts'
import type { LoginRule } from '../../../src/resolver/logins/rules.ts'

const rule = (more: Partial<LoginRule>): LoginRule => ({ key: 'gpu', nodes: [], users: [], groups: [], ...more })

/** The lines that pam_access looks at: it reads 1024 bytes at once where BUFSIZ is least, and takes what is left for a line. */
function linesRead(file: string): string[] {
  const pieces = file.split('\n').flatMap((line) => line.match(/.{1,1023}/gs) ?? [])
  return pieces.filter((line) => !line.startsWith('#'))
}

t.test('root comes first, then this machine, then the rules, and nobody else', async (t) => {
  const file = loginsFile(
    [rule({ users: ['ada'], groups: ['physics'] }), rule({ key: '0-3', users: ['grace'] })],
    ['sshd'],
  )
  t.same(linesRead(file), [
    '+:root:ALL',
    '+:ALL:LOCAL',
    '+:sshd:ALL',
    '+:ada:ALL',
    '+:(physics):ALL',
    '+:grace:ALL',
    '-:ALL:ALL',
  ])
  t.match(file, /^# gpu\n\+:ada:ALL/m)
  t.ok(file.endsWith('\n'), 'pam_access ignores a line without an end')
})

t.test('a rule that permits nobody leaves root and this machine', async (t) => {
  t.same(linesRead(loginsFile([rule({})], [])), ['+:root:ALL', '+:ALL:LOCAL', '-:ALL:ALL'])
})

t.test('whatever stands in a generation, no line is added but for plain names', async (t) => {
  const wild = [
    'ALL',
    'EXCEPT',
    'x\n+:ALL:ALL',
    'x:ALL',
    'a b',
    '@all',
    '(wheel',
    '1000',
    '#',
    'm@h',
    '',
    '\0',
    'e'.repeat(9999),
  ]
  const keys = ['x\n+:ALL:ALL', `${'x'.repeat(1100)}+:ALL:ALL`, '\0', '\r+:ALL:ALL', 'x'.repeat(101)]
  const rules = keys.map((key) => rule({ key, users: wild, groups: wild }))
  t.same(linesRead(loginsFile(rules, wild)), ['+:root:ALL', '+:ALL:LOCAL', '-:ALL:ALL'])
})

t.test('the open file has no line that decides, and both are known as ours', async (t) => {
  t.same(linesRead(OPEN_LOGINS), [])
  for (const ours of [OPEN_LOGINS, loginsFile([], [])]) t.ok(isLoginsFile(Buffer.from(ours)))
  for (const other of ['', '# Written by', '+:ALL:ALL\n']) t.notOk(isLoginsFile(Buffer.from(other)), other)
})

t.test("the names of a machine's own users are those of its passwd file, whatever else is in it", async (t) => {
  const passwd = 'root:x:0:0::/root:/bin/sh\n\n# no line\n+::::::\nadm\xe9n:x:1:1:::\nlast:x:2:2:::'
  t.same(passwdNames(Buffer.from(passwd, 'latin1')), ['root', '+', 'adm\xe9n', 'last'])
})
