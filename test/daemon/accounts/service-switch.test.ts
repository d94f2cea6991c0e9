// Which services have the accounts of the master: nsswitch.conf as it was last read well.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ServiceSwitch } from '../../../src/daemon/accounts/service-switch.ts'
import { servicesOf } from '../../../src/daemon/accounts/services.ts'
import { FileSource } from '../../../src/daemon/sources/file-source.ts'
import { folder, type Tap } from '../../folder.ts'
import { until } from '../../patience.ts'

/** A switch over a file of the test. */
class Site {
  readonly path: string
  readonly logged: string[] = []
  readonly switch: ServiceSwitch

  constructor(t: Tap, chosen: readonly string[] = []) {
    this.path = join(folder(t), 'nsswitch.conf')
    const log = (_fields: object, message: string): void => void this.logged.push(message)
    this.switch = new ServiceSwitch({ chosen, file: new FileSource(this.path), log: { warn: log, info: log } })
    t.teardown(() => this.switch.close())
  }

  write(text: string): void {
    writeFileSync(this.path, text)
  }

  async names(database: 'passwd' | 'group' | 'initgroups' = 'passwd'): Promise<string> {
    return (await this.switch.servicesOf(database)).map(({ name }) => name).join(' ')
  }
}

const GOOD = 'passwd: files ldap\ngroup: files sss\nhosts: files dns\n'

/** What becomes of a file that was good. */
const FAULTS: readonly (readonly [string, (site: Site) => void])[] = [
  ['gone', ({ path }) => rmSync(path)],
  ['a folder', ({ path }) => [rmSync(path), mkdirSync(path)]],
  ['a line that the C library does not understand', (site) => site.write('passwd: files [NOTFOUND=\ngroup: files\n')],
]

for (const [fault, happens] of FAULTS)
  t.test(`a file that is ${fault} takes no service away, and is told once`, async (t) => {
    const site = new Site(t)
    site.write(GOOD)
    t.equal(await site.names(), 'files ldap')
    happens(site)
    await site.switch.read()
    t.equal(await site.names(), 'files ldap')
    t.equal(await site.names('group'), 'files sss')
    t.same(site.logged, ['cannot use the file; the services that it named last stay in use'])
    rmSync(site.path, { recursive: true, force: true })
    site.write('passwd: files\n')
    await site.switch.read()
    t.equal(await site.names(), 'files', 'a file that is good again counts')
    t.equal(site.logged.length, 2)
  })

t.test('a file that was never good leaves everybody unknown, and no file means the usual services', async (t) => {
  const site = new Site(t)
  mkdirSync(site.path)
  await t.rejects(site.switch.servicesOf('passwd'), {
    message: /nsswitch.conf names the services .* cannot be used: it is a directory/,
  })
  rmSync(site.path, { recursive: true })
  site.write('passwd: [\n')
  await site.switch.read()
  await t.rejects(site.switch.servicesOf('group'), { message: /does not understand the line 'passwd: \['/ })
  rmSync(site.path)
  await site.switch.read()
  t.equal(await site.names(), 'files')
  t.same(site.logged, [])
})

t.test('a change is told to all who follow, and the services of a setting need no file', async (t) => {
  const site = new Site(t)
  site.write(GOOD)
  await site.switch.read()
  const told: string[] = []
  for (const one of ['passwd', 'group']) site.switch.follow(() => void told.push(one))
  site.write('passwd: files ldap sss\n# longer than before, and whole\ngroup: files ldap\n')
  renameSync(site.path, `${site.path}.new`)
  renameSync(`${site.path}.new`, site.path)
  await until(() => told.length >= 2)
  t.same(told, ['passwd', 'group'])
  t.equal(await site.names(), 'files ldap sss')

  const chosen = new Site(t, ['ldap', 'kickback', 'sss'])
  mkdirSync(chosen.path)
  await chosen.switch.read()
  chosen.switch.follow(() => {})
  t.equal(await chosen.names(), 'ldap sss')
})

t.test('all services have groups of a user, unless nsswitch.conf has a line of its own for them', (t) => {
  const afterSuccess = (text: string, chosen: readonly string[] = []) =>
    servicesOf('initgroups', text, chosen).map(({ actions }) => actions.get('success') ?? 'return')
  t.same(afterSuccess('group: files [SUCCESS=return] ldap\n'), ['continue', 'continue'])
  t.same(afterSuccess('group: files\ninitgroups: files ldap\n'), ['return', 'return'])
  t.same(afterSuccess('initgroups: files [SUCCESS=continue] ldap\n'), ['continue', 'return'])
  t.same(afterSuccess('', ['files', 'ldap']), ['continue', 'continue'])
  t.end()
})
