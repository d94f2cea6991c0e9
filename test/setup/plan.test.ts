import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { loginsFile, OPEN_LOGINS } from '../../src/resolver/index.ts'
import { setupSteps, undoSteps } from '../../src/setup/plan.ts'
import { runSteps, tellSteps } from '../../src/setup/steps.ts'
import { type Image, image, type Programs } from './image.ts'

const CONF = '/etc/nsswitch.conf'
const PLAIN =
  'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\nethers: files\nnetgroup: files\n'
const TOML = '/etc/kickback/kickback.toml'
const KEY = '/etc/kickback/signing.pub'
const UNIT = '/usr/lib/systemd/system/beonss-kickbackclient.service'
const REMOVAL = '/run/.kickback-removal.beonss-kickbackclient.service'
const STATE = '/var/lib/kickback'

/** What of ours nscd keeps. */
const NSCD = ['passwd', 'group', 'hosts', 'netgroup']

/** A systemd that keeps what is enabled and active, and fails one command. */
function systemd(failing?: string): Programs {
  const [enabled, active] = [new Set<string>(), new Set<string>()]
  return (line) => {
    const [program, verb, ...rest] = line.split(' ')
    const unit = rest.at(-1) ?? ''
    if (program !== 'systemctl') return undefined
    if (line === failing) return { code: 1, stderr: 'Job failed.\nSee the log.' }
    if (verb === 'is-enabled') return { code: enabled.has(unit) ? 0 : 1 }
    if (verb === 'is-active') return { code: active.has(unit) ? 0 : 3 }
    if (verb === 'enable') enabled.add(unit)
    if (verb === 'disable') enabled.delete(unit)
    if (verb === 'restart') active.add(unit)
    if (verb === 'stop') active.delete(unit)
    return { code: 0 }
  }
}

function node(t: Parameters<typeof image>[0], files = {}, failing?: string): Image {
  return image(t, { [CONF]: PLAIN, [UNIT]: '', '/run/systemd/system/x': '', ...files }, systemd(failing))
}

const wanted = (toml = 'master = ["10.0.0.1:3045"]\n') => [
  { path: KEY, content: Buffer.from('KEY'), what: 'the public key of the cluster' },
  { path: TOML, content: Buffer.from(toml), what: 'master, key' },
]
const steps = (machine: Image, files = wanted()) => setupSteps({ machine, role: 'node', stateDir: STATE, files })
const undo = (machine: Image) =>
  undoSteps({
    machine,
    stateDir: STATE,
    without: (path, content) =>
      path === TOML ? Buffer.from(content.toString().replace(/^master.*\n/m, '')) : undefined,
  })

function run(all: ReturnType<typeof steps>): string[] {
  const said: string[] = []
  runSteps(all, (line) => said.push(line))
  return said
}

const changes = (machine: Image): string[] => machine.ran.filter((line) => /^systemctl (?!is-)/.test(line))

t.test(
  'a node is set up: key, settings, unit, nsswitch.conf, in this order; a second time nothing is done',
  async (t) => {
    const machine = node(t)
    t.same(run(steps(machine)), [
      `wrote ${KEY}: the public key of the cluster`,
      `wrote ${TOML}: master, key`,
      'enabled beonss-kickbackclient.service',
      'started beonss-kickbackclient.service',
      `changed ${CONF}: kickback answers passwd, group, shadow, hosts, networks, ethers, netgroup`,
    ])
    t.same(changes(machine), [
      'systemctl enable beonss-kickbackclient.service',
      'systemctl restart beonss-kickbackclient.service',
    ])
    t.same(run(steps(machine)), [])
    t.equal(changes(machine).length, 2)
  },
)

t.test('nscd reads a changed nsswitch.conf, and forgets what it has, there and back', async (t) => {
  const machine = node(t, { '/run/nscd/socket': '' })
  const ofNscd = (): string[] => machine.ran.filter((line) => /\bnscd\b/.test(line))
  const wanted = ['systemctl try-restart nscd.service', ...NSCD.map((database) => `nscd -i ${database}`)]
  run(steps(machine))
  t.same(ofNscd(), wanted)
  run(steps(machine))
  t.same(ofNscd(), wanted, 'nothing was changed')
  run(undo(machine))
  t.same(ofNscd(), [...wanted, ...wanted])
})

t.test('where systemd does not run, nscd is started again by its script', async (t) => {
  const machine = image(t, { [CONF]: PLAIN, '/run/nscd/socket': '', '/etc/init.d/nscd': '' })
  run(steps(machine))
  t.same(machine.ran.filter((line) => /\bnscd\b/.test(line))[0], '/etc/init.d/nscd restart')
})

t.test('other settings are written, and the daemon that read the old ones is started again', async (t) => {
  const machine = node(t)
  run(steps(machine))
  t.same(run(steps(machine, wanted('master = ["10.0.0.2:3045"]\n'))), [
    `wrote ${TOML}: master, key`,
    'started beonss-kickbackclient.service',
  ])
})

t.test('off gives back every file, and stops and disables the unit', async (t) => {
  const machine = node(t, { [TOML]: '# ours\n' })
  run(steps(machine))
  run(steps(machine, wanted('master = ["10.0.0.2:3045"]\n')))
  t.same(run(undo(machine)), [
    `changed ${CONF}: no database asks kickback any more`,
    'stopped beonss-kickbackclient.service',
    'disabled beonss-kickbackclient.service',
    `undid the changes of ${TOML}`,
    `undid the changes of ${KEY}`,
    `removed ${STATE}/setup.json`,
  ])
  t.equal(machine.text(CONF), PLAIN)
  t.equal(machine.text(TOML), '# ours\n')
  t.equal(machine.text(KEY), undefined)
  t.equal(machine.text(`${STATE}/setup.json`), undefined)
  t.same(run(undo(machine)), [], 'nothing more')
})

t.test('the record, which holds what a file had, is read by nobody who could not read the file', async (t) => {
  const open = node(t, { [TOML]: '# ours\n' })
  run(steps(open))
  t.equal(open.mode(`${STATE}/setup.json`), 0o644)
  const closed = node(t, { [TOML]: '# ours\n' })
  chmodSync(closed.at(TOML), 0o600)
  run(steps(closed))
  t.equal(closed.mode(`${STATE}/setup.json`), 0o600)
  run(steps(closed, wanted('master = ["10.0.0.2:3045"]\n')))
  t.equal(closed.mode(`${STATE}/setup.json`), 0o600, 'a later set-up does not open it')
})

t.test('a file that somebody changed since loses what was set, and nothing else', async (t) => {
  const machine = node(t)
  run(steps(machine))
  machine.write(TOML, 'master = ["10.0.0.1:3045"]\ndomain = "x"\n')
  machine.write(KEY, 'ANOTHER')
  run(undo(machine))
  t.equal(machine.text(TOML), 'domain = "x"\n')
  t.equal(machine.text(KEY), 'ANOTHER')
})

t.test('what was added to a file between two set-ups stays', async (t) => {
  const machine = node(t)
  run(steps(machine))
  machine.write(TOML, 'master = ["10.0.0.1:3045"]\ndomain = "x"\n')
  run(steps(machine, wanted('master = ["10.0.0.2:3045"]\ndomain = "x"\n')))
  run(undo(machine))
  t.equal(machine.text(TOML), 'domain = "x"\n')
  t.equal(machine.text(KEY), undefined)
})

t.test('a way back that was cut off goes on, and takes nothing from a file that is as it was', async (t) => {
  const own = 'master = ["10.9.9.9:3045"]\n'
  const machine = node(t, { [TOML]: own })
  run(steps(machine))
  run(undo(machine).slice(0, 5))
  t.equal(machine.text(TOML), own)
  t.same(run(undo(machine)), [`undid the changes of ${KEY}`, `removed ${STATE}/setup.json`])
  t.equal(machine.text(TOML), own)
})

t.test('a set-up that was cut off between its record and a file is undone', async (t) => {
  const own = 'master = ["10.9.9.9:3045"]\n'
  const machine = node(t, { [TOML]: own })
  run(steps(machine))
  machine.write(TOML, own)
  run(undo(machine))
  t.equal(machine.text(TOML), own)
})

t.test('a unit that does not start leaves nsswitch.conf alone, and says what was done', async (t) => {
  const machine = node(t, {}, 'systemctl restart beonss-kickbackclient.service')
  t.throws(() => run(steps(machine)), {
    name: 'StepError',
    message:
      /^could not start beonss-kickbackclient.service: systemctl restart beonss-kickbackclient.service failed: Job failed. See the log.; journalctl -u beonss-kickbackclient.service says more\ndone before that: wrote .*signing.pub.*enabled beonss-kickbackclient.service; not done: change \/etc\/nsswitch.conf/,
  })
  t.equal(machine.text(CONF), PLAIN)
  run(undo(machine))
  t.equal(machine.text(TOML), undefined, 'what was done can be undone')
})

t.test('a missing module, or unit, is told before anything is changed', async (t) => {
  const without = image(t, { [CONF]: PLAIN, [UNIT]: '' }, () => ({ stderr: 'libnss_kickback.so.2: no' }))
  t.throws(() => steps(without), /the C library cannot load libnss_kickback.so.2/)
  t.equal(without.text(KEY), undefined)
  const unitless = image(t, { [CONF]: PLAIN, '/run/systemd/system/x': '' }, systemd())
  t.throws(
    () => steps(unitless),
    /systemd has no unit beonss-kickbackclient.service: cp \/.*\/packaging\/beonss-kickbackclient.service \/etc\/systemd\/system\/, and then run/,
  )
})

t.test(
  'where systemd does not run, the unit is enabled and not started; without units there is none to enable',
  async (t) => {
    const chroot = image(t, { [CONF]: PLAIN, [UNIT]: '' }, systemd())
    t.same(
      run(steps(chroot)).filter((line) => line.endsWith('.service')),
      ['enabled beonss-kickbackclient.service'],
    )
    const container = image(t, { [CONF]: PLAIN, [UNIT]: '' }, (line) =>
      line.startsWith('systemctl') ? { code: null, stderr: 'spawnSync systemctl ENOENT' } : undefined,
    )
    t.same(
      run(steps(container)).filter((line) => line.endsWith('.service')),
      [],
      'a container has the unit of the package, and no systemd',
    )
    t.match(run(undo(container)), [/^changed/, /^undid/, /^undid/, /^removed/])
    const bare = image(t, { [CONF]: PLAIN }, systemd())
    t.same(
      run(steps(bare)).filter((line) => line.endsWith('.service')),
      [],
    )
  },
)

t.test('a machine is one thing at a time', async (t) => {
  const machine = node(t)
  run(steps(machine))
  t.throws(
    () => setupSteps({ machine, role: 'master', stateDir: STATE, files: [] }),
    /is set up as a node: run kickback setup off first/,
  )
})

t.test('nothing is set up while the packages are removed, and all of it can be undone', async (t) => {
  const machine = node(t)
  run(steps(machine))
  mkdirSync(machine.at('/run'), { recursive: true })
  writeFileSync(machine.at(REMOVAL), '')
  t.throws(
    () => steps(machine),
    /package beonss-kickbackclient is being removed: install it, .* remove \/run\/\.kickback-removal\.beonss-kickbackclient\.service$/,
  )
  run(undo(machine))
  t.throws(() => steps(machine), /is being removed/)
  rmSync(machine.at(REMOVAL))
  t.ok(run(steps(machine)).length > 0)
})

t.test('a record that is none is told', async (t) => {
  for (const text of ['', '{}', '{"version":1,"role":"node","files":[{}]}'])
    t.throws(() => undo(node(t, { [`${STATE}/setup.json`]: text })), /is not what kickback setup wrote/)
})

t.test('a dry run changes nothing', async (t) => {
  const machine = node(t)
  const said: string[] = []
  tellSteps(steps(machine), (line) => said.push(line))
  t.equal(said.length, 6)
  t.match(said[0], /^would write \/etc\/kickback\/signing.pub/)
  t.same([machine.text(KEY), machine.text(CONF), changes(machine)], [undefined, PLAIN, []])
})

t.test(
  'a node that is none any more lets everybody in, once its proxy is off, and the file stays for PAM',
  async (t) => {
    const path = `${STATE}/access.conf`
    const closed = loginsFile([], ['keeper'])
    const machine = node(t)
    run(steps(machine))
    machine.write(path, closed)
    const said = run(undo(machine))
    t.ok(said.includes(`opened ${path}: everybody may log in`))
    t.ok(said.indexOf(`opened ${path}: everybody may log in`) > said.findIndex((line) => line.startsWith('stopped')))
    t.equal(machine.read(path)?.toString(), OPEN_LOGINS)
    t.same(run(undo(machine)), [], 'a second time nothing is done')
    machine.write(path, closed)
    t.same(run(undo(machine)), [`opened ${path}: everybody may log in`], 'of a proxy that was set up by hand too')
    machine.write(path, '-:ALL:ALL\n')
    t.same(run(undo(machine)), [], 'a file that is not ours is left alone')
  },
)
