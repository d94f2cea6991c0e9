// Who may log in, as the real pam_access(8) reads the file, with users and groups that the module gives.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type LoginRule, loginsFile, OPEN_LOGINS } from '../../../src/resolver/index.ts'
import { folder } from '../../folder.ts'
import { contents, shadowContents, user } from '../../nss/contents.ts'
import { builtModule, missing, ROOT } from '../../nss/programs.ts'
import { RunDir } from '../../nss/rundir.ts'
import { guestMachine, place } from './machines.ts'

const skip = missing('pamtester') && 'needs Debian package pamtester'

/** The line of docs/logins.md. */
const LINE = readLine()
const FILE = '/var/lib/kickback/access.conf'
const PEOPLE = ['ada', 'ADA', 'bob', 'eve']

function readLine(): string {
  return /^account .*pam_access\.so.*$/m.exec(readFileSync(join(ROOT, 'docs/logins.md'), 'utf8'))?.[0] ?? ''
}

t.test('pam_access lets in whom the rules name, root and local users, and nobody else', { skip }, async (t) => {
  builtModule()
  const guest = await guestMachine(t)
  const run = new RunDir()
  t.teardown(() => run.remove())
  const passwd = PEOPLE.map((name, i) => user(name, 2000 + i))
  const group = [{ name: 'physics', passwd: '*', gid: 3000, members: ['bob'] }]
  run.publish(contents({ passwd, group }))
  run.publishShadow(shadowContents())
  place(guest, run, '/run/kickback')
  const draft = join(folder(t), 'access.conf')
  guest.must(`printf '%s\\n' '${LINE}' 'account required pam_permit.so' > /etc/pam.d/kickback-test`)
  guest.must(`printf '%s\\n' 'account required pam_access.so accessfile=${FILE}' > /etc/pam.d/kickback-plain`)
  guest.must('mkdir -p /var/lib/kickback')
  const put = (text: string): void => {
    writeFileSync(draft, text)
    guest.must(`cp ${draft} ${FILE} && chmod 644 ${FILE}`)
  }
  const lets = (who: string, from: string | undefined = '10.0.0.9', service = 'kickback-test'): boolean =>
    guest.run('pamtester', ...(from === '' ? [] : ['-I', `rhost=${from}`]), service, who, 'acct_mgmt').code === 0
  const rule = (more: Partial<LoginRule>): LoginRule => ({ key: 'gpu', nodes: [], users: [], groups: [], ...more })
  const everybody = ['root', 'daemon', ...PEOPLE]

  t.test('without a file, and with the open one, everybody may log in', async (t) => {
    t.same(
      everybody.filter((who) => lets(who)),
      everybody,
    )
    t.notOk(lets('root', undefined, 'kickback-plain'), 'control: required refuses all where there is no file')
    put(OPEN_LOGINS)
    t.same(
      everybody.filter((who) => lets(who)),
      everybody,
    )
    t.ok(lets('ada', undefined, 'kickback-plain'), 'hence the file stays')
  })

  t.test('users and groups of a rule', async (t) => {
    put(loginsFile([rule({ users: ['eve'], groups: ['physics'] })], ['daemon']))
    t.same(
      everybody.filter((who) => lets(who)),
      ['root', 'daemon', 'bob', 'eve'],
    )
    t.same(
      everybody.filter((who) => lets(who, '')),
      everybody,
      'who comes from no other machine',
    )
    put(loginsFile([rule({ groups: ['nosuch'] })], []))
    t.same(
      everybody.filter((who) => lets(who)),
      ['root'],
    )
  })

  t.test('upper and lower case are one to pam_access, which is why check names such users', async (t) => {
    put(loginsFile([rule({ users: ['ada'] })], []))
    t.same(
      everybody.filter((who) => lets(who)),
      ['root', 'ada', 'ADA'],
    )
  })

  t.test('a name that would be a word of pam_access opens nothing; written as it is it would', async (t) => {
    const wild = ['ALL', 'x\n+:ALL:ALL\n', 'x:ALL\n+:eve', 'ada eve', 'ada,eve', '@all', '2003', 'eve@10.0.0.9']
    const key = `${'x'.repeat(8189)}+:ALL:ALL`
    put(loginsFile([rule({ key, users: wild, groups: wild })], wild))
    t.same(
      everybody.filter((who) => lets(who)),
      ['root'],
    )
    for (const name of ['ALL', 'ada eve', 'ada,eve', 'x:ALL\n+:eve']) {
      put(`+:${name}:ALL\n-:ALL:ALL\n`)
      t.ok(lets('eve'), `control: ${JSON.stringify(name)}`)
    }
    put(`# ${key}\n-:ALL:ALL\n`)
    t.ok(lets('eve'), 'control: a long comment ends where the line that is read does')
  })
})
