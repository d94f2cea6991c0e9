// The life of a cluster by the packages alone: set up from nothing as README says, upgraded and downgraded under load, removed, purged.
import t, { type Test } from 'tap'
import { Caller, underLoad } from '../machines/caller.ts'
import { MASTER, UNITS, USERS } from '../machines/cluster.ts'
import { handOver, NEXT, PACKAGES_OF, packageFiles, packagesLacking, type Role } from '../machines/installation.ts'
import { differences, inventory } from '../machines/inventory.ts'
import type { Machine } from '../machines/machine.ts'
import { setUpPage } from '../machines/page.ts'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'
import { bootKnew, cronHasRun, namesWork, prepareBoot, usersWork } from '../machines/users.ts'
import { PACKAGES, VERSION } from '../packages/made.ts'
import { until } from '../patience.ts'

const skip = machinesLacking() || packagesLacking()
const NSSWITCH = '/etc/nsswitch.conf'

/** Types lines of README into a shell of root, in the folder that has the packages; `answer` is what is typed when something is asked. */
async function typed(machine: Machine, lines: readonly string[], answer = ''): Promise<string> {
  const script = `cd /run && set -e\n${lines.join('\n')}\n`
  const { code, stdout, stderr } = await machine.execute(['sh', '-c', script], { stdin: answer })
  if (code !== 0) throw new Error(`${machine.name}: ${script}: ${stdout}${stderr}`)
  return stdout
}

/** Installs a version of the packages of a role over the one that is there. */
async function change(machine: Machine, role: Role, version: string): Promise<void> {
  const files = await handOver(machine, packageFiles(PACKAGES_OF[role], 'deb', version))
  await machine.must(`dpkg --install ${files} && rm ${files}`)
}

/** The daemon of a machine runs, and is this version. */
async function runsVersion(t: Test, machine: Machine, role: Role, version: string): Promise<void> {
  t.equal(await machine.property(UNITS[role], 'ActiveState'), 'active')
  const pid = await machine.property(UNITS[role], 'MainPID')
  t.equal(
    await machine.must(`readlink /proc/${pid}/exe`),
    '/usr/lib/kickback/node\n',
    'not a program that was replaced',
  )
  t.equal(await machine.must('kickback --version'), `${version}\n`)
  t.match(JSON.parse((await machine.run('kickback', 'status', '--json')).stdout), { software: `kickback ${version}` })
}

/** Removes the packages of a role. */
async function remove(machine: Machine, role: Role): Promise<void> {
  await machine.must(`apt-get remove -y ${PACKAGES_OF[role].join(' ')}`)
}

/** Removes the packages of a node while two shells set it up again and again, until the program is gone. */
async function removedDuringSetUps(t: Test, node: Machine): Promise<void> {
  const setUp = `kickback setup node --master ${MASTER} --key /root/root.pub`
  const loop = `while [ -x /usr/bin/kickback ]; do ${setUp} && echo done >>/run/set-ups || true; done`
  const shells = [1, 2].map(() => node.run('sh', '-c', loop))
  // Later than the removal a set-up is refused: the shells have to be in their stride before it begins.
  await until(async () => (await node.run('test', '-s', '/run/set-ups')).code === 0, 'a set-up that is done', 60_000)
  await remove(node, 'node')
  await Promise.all(shells)
  t.match(await node.must('cat /run/set-ups && rm /run/set-ups'), /^done$/m, 'one of them had its turn')
}

t.test('a cluster by the packages', { skip, timeout: 900_000 }, async (t) => {
  const site = await Site.make(t)
  const layers = [debianTree('bookworm')]
  const master = site.add({ name: 'master', layers, address: `${MASTER}/24` })
  const [byToken, byKey] = ['n0', 'n1'].map((name, i) => site.add({ name, layers, address: `10.20.30.${100 + i}/24` }))
  if (byToken === undefined || byKey === undefined) throw new Error('no nodes')
  const machines = [master, byToken, byKey]
  const page = setUpPage()
  await master.put('/etc/beowulf/config', page.config)
  // Nothing here has to outlive the kernel: dpkg need not wait for the disk.
  for (const machine of machines) await machine.put('/etc/dpkg/dpkg.cfg.d/fast', 'force-unsafe-io\n')
  await Promise.all(machines.map((machine) => machine.boot()))
  await master.must(USERS)
  for (const node of [byToken, byKey]) await prepareBoot(node)
  const before = await Promise.all(machines.map(inventory))
  const nsswitch = await Promise.all(machines.map((machine) => machine.must(`cat ${NSSWITCH}`)))
  for (const machine of machines) await handOver(machine, packageFiles(PACKAGES))

  t.test('what README says makes a master, and a node by a token; a copy of the key makes another node', async (t) => {
    const printed = await typed(master, page.master)
    const [token] = /^[0-9a-f-]{32,}$/m.exec(printed) ?? []
    t.ok(token, printed)
    t.match(await typed(byToken, page.node, `${token}\n`), /following[\s\S]*^10\.20\.30\.100 {4}n0$/m)
    const install = page.node.filter((line) => line.startsWith('apt install'))
    t.equal(install.length, 1)
    await byKey.put('/root/signing.pub', await master.must('cat /var/lib/kickback/signing.pub'))
    await typed(byKey, [...install, `kickback setup node --master ${MASTER} --key /root/signing.pub`])
    for (const machine of machines) await machine.must('rm /run/*.deb')
    for (const node of [byToken, byKey]) await usersWork(t, node, master)
    t.equal(await master.must('getent hosts n1'), '10.20.30.101    n1\n')
    t.equal(await master.must('getent passwd | grep -c ^ada:'), '1\n', 'the master lists each user once')
  })

  t.test('after a reboot all of it is as it was', async (t) => {
    t.same(await Promise.all(machines.map((machine) => machine.reboot())), ['running', 'running', 'running'])
    for (const node of [byToken, byKey]) {
      await cronHasRun(node)
      await bootKnew(t, node, ['unit', 'tmpfiles', 'cron'])
      await usersWork(t, node, master)
    }
  })

  for (const [what, version] of [
    ['an upgrade', NEXT],
    ['a downgrade', VERSION],
  ] as const) {
    t.test(`no look-up fails during ${what}`, async (t) => {
      packageFiles(PACKAGES, 'deb', version)
      await underLoad(t, [master, byToken], async () => {
        await Promise.all([change(master, 'master', version), change(byToken, 'node', version)])
        await runsVersion(t, master, 'master', version)
        await runsVersion(t, byToken, 'node', version)
      })
      await namesWork(t, byToken)
      await namesWork(t, byKey)
    })
  }

  t.test('a program that has the old module in memory keeps it; a copy over the file would end it', async (t) => {
    const maps = `cat /proc/$(pgrep -o -x caller)/maps`
    await underLoad(t, [byKey], async () => {
      t.notMatch(await byKey.must(maps), /\(deleted\)/)
      const module = await handOver(byKey, packageFiles(['libnss-kickback']))
      await byKey.must(`dpkg --install ${module} && rm ${module}`)
      t.match(await byKey.must(maps), /libnss_kickback\.so\.2 \(deleted\)/)
    })
    const victim = await Caller.start(byKey)
    await victim.counts()
    await byKey.must(': >/usr/lib/x86_64-linux-gnu/libnss_kickback.so.2')
    await t.rejects(async () => {
      for (;;) await victim.counts()
    }, /the program died/)
    await change(byKey, 'node', VERSION)
  })

  t.test(
    'a removal leaves nsswitch.conf as it was, where the unit was disabled before and during set-ups too',
    async (t) => {
      await byToken.put('/root/root.pub', await master.must('cat /var/lib/kickback/root.pub'))
      await removedDuringSetUps(t, byToken)
      await byKey.must(`systemctl disable --now ${UNITS.node}`)
      await remove(master, 'master')
      await remove(byKey, 'node')
      for (const [i, machine] of machines.entries()) {
        t.equal(await machine.must(`cat ${NSSWITCH}`), nsswitch[i])
        t.match(await machine.run('getent', 'hosts', 'n3'), { code: 2 })
        t.match(await machine.run('test', '-e', '/var/lib/kickback/snapshot.1'), { code: 0 }, 'the state stays')
      }
    },
  )

  t.test('a purge leaves nothing', async (t) => {
    for (const machine of machines) await machine.must('apt-get purge -y kickback-common libnss-kickback')
    for (const [i, machine] of machines.entries()) {
      t.same(differences(before[i] ?? [], await inventory(machine)), [], machine.name)
      t.notMatch(await machine.must('dpkg-query --list'), /kickback/)
    }
  })
})
