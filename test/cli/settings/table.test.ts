import t from 'tap'
import { resolveSettings } from '../../../src/cli/settings/given.ts'
import { SETTING_ROWS, SETTINGS } from '../../../src/cli/settings/table.ts'
import { SETTING_TYPES } from '../../../src/cli/settings/types.ts'

t.test('every setting has a value when nothing is given, and the promised defaults are those', async (t) => {
  const settings = resolveSettings([])
  for (const [name] of SETTING_ROWS) t.not(settings[name], undefined, name)
  t.match(settings, {
    config: '/etc/beowulf/config',
    passwd: '/etc/passwd',
    group: '/etc/group',
    shadow: '/etc/shadow',
    runDir: '/run/kickback',
    stateDir: '/var/lib/kickback',
    domain: 'cluster.internal',
    listen: [],
    dns: [],
    logLevel: 'info',
  })
})

t.test('the first source that gives a setting counts, whole', async (t) => {
  const argv = new Map([['domain', ['a.internal']]] as const)
  const file = new Map([
    ['domain', ['b.internal']],
    ['runDir', ['/tmp/run']],
  ] as const)
  const settings = resolveSettings([argv, file])
  t.equal(settings.domain, 'a.internal')
  t.equal(settings.runDir, '/tmp/run')
})

t.test('the rows of the table are in order', async (t) => {
  const flags = SETTING_ROWS.flatMap(([, { flag, commands }]) => commands.map((command) => `${command} ${flag}`))
  t.equal(new Set(flags).size, flags.length, 'no flag stands twice with one command')
  const keys = SETTING_ROWS.map(([, row]) => row.key).filter((key) => key !== null)
  t.equal(new Set(keys).size, keys.length, 'no key stands twice')
  for (const [name, row] of SETTING_ROWS) {
    t.match(row.doc, /^[A-Z].*\.$/, `${name} has a sentence`)
    t.ok(row.commands.length > 0, `${name} belongs to a command`)
    t.equal(row.placeholder === '', row.type === 'switch', `${name} has a placeholder unless it is a switch`)
    t.ok(row.default.length <= 1 || SETTING_TYPES[row.type].isList, `${name} has a default of its type`)
    if (row.key !== null) t.match(row.key, /^[a-z_]+(\.[a-z_]+)?$/, `${name} has a key that TOML need not quote`)
  }
})

t.test('the settings that are promised for serve and proxy are there', async (t) => {
  const flagsOf = (command: 'serve' | 'proxy') =>
    SETTING_ROWS.filter(([, row]) => row.commands.includes(command)).map(([, row]) => row.flag)
  const serve = '--config --passwd --group --shadow --run-dir --state-dir --listen --dns --domain --allow --http'
  for (const flag of `${serve} --log-level --log-format --skip-bad-lines`.split(' ')) {
    t.ok(
      flagsOf('serve').some((one) => one === flag),
      `serve ${flag}`,
    )
  }
  for (const flag of '--master --key --insecure --run-dir --state-dir --log-level --log-format'.split(' ')) {
    t.ok(
      flagsOf('proxy').some((one) => one === flag),
      `proxy ${flag}`,
    )
  }
  t.equal(SETTINGS.json.key, null, 'what one call prints is no setting of the machine')
})
