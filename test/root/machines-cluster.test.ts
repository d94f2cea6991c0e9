// A cluster of real machines, from its first boot on: accounts and names in logins, ssh, sudo, cron and early units, whatever is off.
import t from 'tap'
import { CONFIG, newMaster, newNode, UNITS } from '../machines/cluster.ts'
import { packagesLacking } from '../machines/installation.ts'
import { letIn, prepareLogins, withRules } from '../machines/logins.ts'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'
import { bootKnew, cronHasRun, forgetBoot, prepareBoot, prepareService, usersWork } from '../machines/users.ts'
import { until } from '../patience.ts'

const skip = machinesLacking() || packagesLacking()

t.test('a cluster with systemd', { skip, timeout: 600_000 }, async (t) => {
  const site = await Site.make(t)
  const disks = { tree: debianTree('bookworm') }
  const master = await newMaster(site, disks)
  const node = await newNode(site, disks, master, 0)
  await prepareBoot(node)
  await prepareService(master, node)

  t.test('on its first boot a node knows the users before what waits for them starts', async (t) => {
    await node.boot()
    await cronHasRun(node)
    await bootKnew(t, node, ['unit', 'cron'])
    await usersWork(t, node, master)
  })

  t.test('all machines are booted again, and the daemon of the master is off', async (t) => {
    await master.must(`systemctl disable ${UNITS.master}`)
    await forgetBoot(node)
    await Promise.all([master.reboot(), node.reboot()])
    t.equal(await master.property(UNITS.master, 'ActiveState'), 'inactive')
    t.equal(await node.property(UNITS.node, 'ActiveState'), 'active', 'a node with a copy is ready at once')
    await cronHasRun(node)
    await bootKnew(t, node, ['unit', 'tmpfiles', 'cron', 'service'])
    await usersWork(t, node, master)
    t.match(await node.property(UNITS.node, 'StatusText'), /^generation \d+; no master is in step$/)
  })

  t.test('the power goes, and no daemon starts: the module answers from the copy', async (t) => {
    await forgetBoot(node)
    await node.powerCut()
    await node.put(
      '/etc/systemd/system/beonss-kickbackclient.service.d/off.conf',
      '[Unit]\nConditionPathExists=/nowhere\n',
    )
    await node.boot()
    t.equal(await node.property(UNITS.node, 'ActiveState'), 'inactive')
    await bootKnew(t, node, ['unit', 'tmpfiles', 'service'])
    await usersWork(t, node, master)
    await node.must('rm -r /etc/systemd/system/beonss-kickbackclient.service.d && systemctl daemon-reload')
    await node.must(`systemctl start ${UNITS.node}`)
  })

  t.test('the master comes back after a power cut, and the node follows it, over a bad link too', async (t) => {
    await master.powerCut()
    await master.boot()
    await node.lose(0.1)
    await master.must(`systemctl enable --now ${UNITS.master}`)
    await master.put(
      '/etc/beowulf/config',
      `${CONFIG}hostrange devices 10.20.30.50 10.20.30.59\nhost 00:A0:D1:00:00:01 10.20.30.50 pdu1\n`,
    )
    await until(
      async () => (await node.run('getent', 'hosts', 'pdu1')).stdout === '10.20.30.50     pdu1\n',
      'the new host',
      60_000,
    )
    await node.lose(0)
    t.equal(await master.property(UNITS.master, 'NRestarts'), '0')
  })

  t.test('a proxy that is stopped leaves what it published, and starts again', async (t) => {
    await node.must(`systemctl stop ${UNITS.node}`)
    t.equal(await node.property(UNITS.node, 'Result'), 'success')
    t.equal(await node.must('getent hosts pdu1'), '10.20.30.50     pdu1\n')
    await node.must(`systemctl restart ${UNITS.node}`)
    await until(async () => /following/.test(await node.property(UNITS.node, 'StatusText')))
    t.equal(await node.property(UNITS.node, 'NRestarts'), '0')
  })

  t.test(
    'the account of a service that a node has with another id is named on the master until it is mended',
    async (t) => {
      const seen = async (): Promise<string> => (await master.run('kickback', 'status')).stdout
      t.notMatch(await seen(), /OTHER ID/)
      await node.must("echo 'slurm:x:777:450::/:/bin/false' >>/etc/passwd && id -u slurm | grep -x 777")
      const said = /^OTHER ID {5}n0 \(10\.20\.30\.100\): user "slurm" has the id 777 there, and 450 in the cluster$/m
      await until(async () => said.test(await seen()), 'the master names it')
      await node.must('usermod -o -u 450 slurm')
      await until(async () => !/OTHER ID/.test(await seen()), 'it is mended')
      t.match(await master.must('journalctl -u kickback.service -o cat'), /slurm.* has the id 777 there/)
      await node.must('sed -i /^slurm:/d /etc/passwd')
    },
  )

  t.test('the rules of the master decide who logs in by ssh, also while no daemon runs', async (t) => {
    const everybody = ['root', 'keeper', 'ada']
    const here = (): Promise<readonly string[]> => letIn(master, node, everybody)
    await prepareLogins(node)
    t.same(await here(), everybody, 'no rule, no file')
    await withRules(master, node, '[access]\n0 = []\n', /^-:ALL:ALL$/m)
    t.same(await here(), ['root', 'keeper'])
    t.equal(await node.must('stat -c "%a %U" /var/lib/kickback/access.conf'), '644 root\n')
    t.match(await node.must('su - ada -c "id -un"'), /^ada$/m, 'who comes from no other machine')
    await node.must(`systemctl stop ${UNITS.node}`)
    t.same(await here(), ['root', 'keeper'], 'the last rules count')
    await node.must(`systemctl start ${UNITS.node}`)
    await withRules(master, node, '[access]\nall = ["%physics"]\n', /^\+:\(physics\):ALL$/m)
    t.same(await here(), everybody)
    await withRules(master, node, '[access]\nall = ["nosuch"]\n', /^\+:nosuch:ALL$/m)
    t.same(await here(), ['root', 'keeper'])
    await withRules(master, node, '', /everybody may log in\.$/m)
    t.same(await here(), everybody, 'the rules are gone')
    await withRules(master, node, '[access]\nall = []\n', /^-:ALL:ALL$/m)
    await node.must('kickback setup off')
    // Without the module the node does not know ada any more.
    await node.must('useradd -M -u 1000 -d /home/ada -s /bin/bash ada')
    t.same(await here(), everybody, 'nor is there a rule on what is no node')
  })
})
