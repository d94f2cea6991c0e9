import t from 'tap'
import { nsswitch } from '../../../../src/cli/commands/setup/nsswitch.ts'
import { image } from '../../../setup/image.ts'
import { lockingUntilWanted } from '../../../setup/locks.ts'
import { type Given, invocationOf } from '../../invocation.ts'
import { Scratch } from '../../scratch.ts'

const CONF = '/etc/nsswitch.conf'
const PLAIN = 'passwd: files\nhosts: files dns\n'

/** Runs `kickback nsswitch` on a machine; what it said. */
async function ran(machine: Parameters<typeof nsswitch>[1], action: string, given: Given = {}) {
  const { invocation, said } = invocationOf(action, { runDir: ['/nowhere'], ...given })
  const code = await nsswitch(invocation, machine)
  return { code, ...said() }
}

t.test('on, on again, and off are told', async (t) => {
  const machine = image(t, { [CONF]: PLAIN })
  t.match(await ran(machine, 'on', { plan: ['true'] }), {
    out: /^would change \/etc\/nsswitch.conf: kickback answers passwd, hosts, /,
  })
  t.equal(machine.text(CONF), PLAIN)
  t.match(await ran(machine, 'on'), {
    code: 0,
    out: /^changed \/etc\/nsswitch.conf: kickback answers passwd, hosts, group,/,
  })
  t.match(await ran(machine, 'on'), { code: 0, out: /^\/etc\/nsswitch.conf stays as it is: kickback answers/ })
  t.match(await ran(machine, 'off'), {
    code: 0,
    out: 'changed /etc/nsswitch.conf: no database asks kickback any more\n',
  })
  t.match(await ran(machine, 'off'), { code: 0, out: '/etc/nsswitch.conf stays as it is: no database asks kickback\n' })
  t.equal(machine.text(CONF), PLAIN)
})

t.test('a machine that was set up as a master gets what a master has', async (t) => {
  const record = JSON.stringify({ version: 1, role: 'master', files: [] })
  const machine = image(t, { [CONF]: PLAIN, '/var/lib/kickback/setup.json': record })
  t.match(await ran(machine, 'on'), { out: /kickback answers hosts, ethers, netgroup\n/ })
  const other = image(t, { [CONF]: PLAIN })
  t.match(await ran(other, 'on', { asMaster: ['true'] }), { out: /kickback answers hosts, ethers, netgroup\n/ })
})

t.test('show prints the lines, or JSON, and what is wrong', async (t) => {
  const machine = image(t, { [CONF]: '# x\nhosts: dns kickback\nservices: files\n', '/run/nscd/socket': '' })
  const { code, out, err } = await ran(machine, 'show')
  t.equal(code, 0)
  t.equal(out, '/etc/nsswitch.conf: kickback answers hosts\n  hosts: dns kickback\n')
  t.match(err, /^kickback: warning: hosts: kickback comes after dns.*\nkickback: warning: nscd runs/)
  const { databases, warnings } = JSON.parse((await ran(machine, 'show', { json: ['true'] })).out)
  t.same([databases, warnings.length], [['hosts'], 2])
})

t.test('for programs on and off are JSON, whether something changes or not', async (t) => {
  const machine = image(t, { [CONF]: 'hosts: files dns\n', '/run/nscd/socket': '' })
  const json = ['true']
  const said = async (action: string, given: Given = {}) =>
    JSON.parse((await ran(machine, action, { json, asMaster: ['true'], ...given })).out)
  const databases = ['hosts', 'ethers', 'netgroup']
  t.match(await said('on', { plan: ['true'] }), { file: CONF, dry_run: true, changed: [CONF], databases })
  const on = await said('on')
  t.match(on, { file: CONF, dry_run: false, changed: [CONF], databases })
  t.match(on.warnings, [/^nscd runs/])
  t.match(await said('on'), { changed: [], databases })
  t.same(await said('off'), { file: CONF, dry_run: false, changed: [CONF], databases: [], warnings: [] })
  t.match(await said('off'), { changed: [], databases: [] })
})

t.test('nscd forgets what it has after a change', async (t) => {
  const machine = image(t, { [CONF]: PLAIN, '/run/nscd/socket': '' })
  await ran(machine, 'on')
  t.ok(machine.ran.includes('nscd -i passwd'))
})

t.test('a record that is none, and a module that is not there, are told in one line', async (t) => {
  t.match(await ran(image(t, { [CONF]: PLAIN, '/var/lib/kickback/setup.json': 'x' }), 'on'), {
    code: 1,
    err: /^kickback: \S+setup.json is not what kickback setup wrote: [^\n]+\n$/,
  })
  const machine = image(t, { [CONF]: PLAIN }, () => ({ stderr: 'libnss_kickback.so.2: no' }))
  t.match(await ran(machine, 'on'), { code: 1, err: /^kickback: [^\n]+ is not changed: [^\n]+\n$/ })
})

t.test('on and off wait for a command that changes the same machine; show and a dry run wait for nobody', async (t) => {
  const machine = image(t, { [CONF]: PLAIN })
  for (const action of ['on', 'off']) {
    const pid = await lockingUntilWanted(t, machine.folder, CONF)
    t.match(await ran(machine, 'show'), { code: 0, err: '' })
    t.match(await ran(machine, action, { plan: ['true'] }), { code: 0, err: '' })
    t.match(await ran(machine, action), {
      code: 0,
      out: /^changed/,
      err: new RegExp(`^kickback: waiting for process ${pid},`),
    })
  }
})

t.test('settings with an error do not keep kickback in nsswitch.conf', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('nsswitch.conf', 'passwd: files kickback\n')
  scratch.write('kickback.toml', 'nonsense = = 1\n')
  const { code } = await scratch.run(
    'nsswitch',
    'off',
    '--file',
    scratch.path('nsswitch.conf'),
    '--settings',
    scratch.path('kickback.toml'),
  )
  t.equal(code, 0)
  t.equal(scratch.read('nsswitch.conf'), 'passwd: files\n')
})
