// Under an AppArmor that enforces: programs whose profiles include the abstraction for names, with the packages' part of it and without.
import t from 'tap'
import { UNITS } from '../machines/cluster.ts'
import { packageFiles } from '../machines/installation.ts'
import { PACKAGES } from '../packages/made.ts'
import { until } from '../patience.ts'
import { Audit } from './audit.ts'
import { doorsOf, install, noDoor, setUp } from './cluster.ts'
import { virtualMachinesLacking } from './requirements.ts'
import { PATIENCE, VirtualMachine } from './virtual-machine.ts'

/** A program that may do no more than look names up, and print what it finds. */
const PROFILE = `abi <abi/3.0>,
include <tunables/global>
profile asker /usr/local/bin/asker {
  include <abstractions/base>
  include <abstractions/consoles>
  include <abstractions/nameservice>
}
`
const SNIPPET = '/etc/apparmor.d/abstractions/nameservice.d/kickback'

t.test('AppArmor enforces', { skip: virtualMachinesLacking(), timeout: 3_600_000 }, async (t) => {
  const machine = await VirtualMachine.boot(t, {
    kernel: 'security=apparmor apparmor=1',
    files: packageFiles(PACKAGES),
  })
  const audit = new Audit(machine)
  const chronyFinds = async (): Promise<void> => {
    await machine.must('systemctl restart chrony')
    await until(
      async () => /10\.9\.8\.101/.test((await machine.run('chronyc -n sources')).stdout),
      'its source',
      PATIENCE,
    )
  }
  await machine.must('cp /usr/bin/getent /usr/local/bin/asker')
  await machine.put('/etc/apparmor.d/asker', PROFILE)
  // All profiles are compiled again when the abstraction changes: only those that are asked here are left.
  const kept = ['asker', 'bin.ping', 'usr.sbin.chronyd'].map((name) => `! -name ${name}`).join(' ')
  await machine.must(`find /etc/apparmor.d -maxdepth 1 -type f ${kept} -delete`)
  // Debian's profile of ping complains only.
  await machine.must("sed -i 's/ flags=(complain)//' /etc/apparmor.d/bin.ping && systemctl reload apparmor")
  const profiles = await machine.must('cat /sys/kernel/security/apparmor/profiles')
  for (const name of ['asker', 'ping', '/usr/sbin/chronyd'])
    t.match(profiles, new RegExp(`^${name} \\(enforce\\)$`, 'm'))

  // Nor does this machine have the policy of the other one, which takes a minute to link again.
  await machine.must('rm -r /etc/selinux')
  await install(machine)
  await setUp(machine)
  await machine.put('/etc/chrony/sources.d/n1.sources', 'server n1 iburst\n')

  await audit.begin()
  for (const [door, { only, undo }] of Object.entries(doorsOf(UNITS.master))) {
    await t.test(`confined programs find names by ${door}`, async (t) => {
      await machine.must(only)
      t.match(await machine.must('asker passwd ada'), /^ada:[x*]:5000:5000:Ada Byron:/)
      t.equal(await machine.must('asker group physics'), 'physics:*:6000:ada\n')
      t.equal(await machine.must('asker hosts n1'), '10.9.8.101      n1\n')
      t.match(await machine.must('asker shadow ada'), /^ada:/, 'root may have what is in private/')
      t.match(await machine.run('ping -c 1 -W 1 n1'), { stdout: /^PING n1 \(10\.9\.8\.101\)/ })
      await chronyFinds()
      await machine.must(undo)
    })
  }

  await t.test('nothing of kickback was denied', async (t) => {
    t.same(await audit.ofKickback(), [])
  })

  await t.test('the same look-ups fail if there is no door', async (t) => {
    const { only, undo } = noDoor(UNITS.master)
    await machine.must(only)
    t.match(await machine.run('asker passwd ada'), { code: 2 })
    await machine.must(undo)
  })

  await t.test('a machine that boots has the rules from the beginning', async (t) => {
    await machine.reboot()
    t.match(await machine.must('asker passwd ada'), /^ada:/)
    await chronyFinds()
  })

  await t.test('without the rules they are denied', async (t) => {
    await machine.must(`rm ${SNIPPET} && systemctl reload apparmor`)
    await audit.begin()
    // This kernel does not ask AppArmor who may connect to a Unix socket: so the daemon is dead.
    await machine.must('systemctl stop kickback')
    t.match(await machine.run('id -u ada'), { stdout: '5000\n' }, 'who is not confined finds them')
    t.match(await machine.run('asker passwd ada'), { code: 2 })
    t.notMatch(await machine.run('ping -c 1 -W 1 n1'), { stdout: /10\.9\.8\.101/ })
    t.not((await audit.ofKickback()).length, 0)
  })

  await t.test('a removal of the package takes the rules out of the profiles', async (t) => {
    await machine.must(
      'kickback setup off; dpkg --purge kickback beonss-kickbackclient kickback-common libnss-kickback',
    )
    t.equal(await machine.must('systemctl reload apparmor && echo reloaded'), 'reloaded\n')
    t.match(await machine.run('asker passwd root'), { code: 0 })
  })
})
