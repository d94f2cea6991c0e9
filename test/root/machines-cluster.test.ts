// A cluster of real machines, from its first boot on: accounts and names in logins, ssh, sudo, cron and early units, whatever is off.
import t, { type Test } from 'tap'
import { CONFIG, newMaster, newNode, UNITS } from '../machines/cluster.ts'
import { installed } from '../machines/installation.ts'
import type { Machine } from '../machines/machine.ts'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'
import { until } from '../patience.ts'

/** A unit that runs as a user of the cluster; `order` are lines of its first section. */
const unitOf = (order: string): string =>
  `[Unit]\n${order}[Service]\nType=oneshot\nRemainAfterExit=yes\nUser=ada\nExecStart=/usr/bin/id\n[Install]\nWantedBy=multi-user.target\n`

/** What wants the users of the cluster while the machine boots. */
async function prepareBoot(node: Machine): Promise<void> {
  await node.put('/etc/systemd/system/early.service', unitOf('After=nss-user-lookup.target\n'))
  node.enable('early.service')
  await node.put('/etc/cron.d/ada', '@reboot ada touch /var/tmp/cron-of-$(id -un)\n')
  await node.put('/etc/tmpfiles.d/ada.conf', 'd /var/tmp/tmpfiles 0755 ada physics -\n')
  await node.put('/etc/sudoers.d/physics', '%physics ALL=(ALL) NOPASSWD: ALL\n', 0o440)
}

/** What a user of the cluster can do on a node. */
async function usersWork(t: Test, node: Machine, master: Machine): Promise<void> {
  t.equal(await node.must('id ada'), 'uid=1000(ada) gid=1000(ada) groups=1000(ada),2000(physics)\n')
  t.equal(await node.must('getent hosts n0'), '10.9.8.100      n0\n')
  t.equal(await node.must('getent hosts 10.9.8.1'), '10.9.8.1        master\n')
  t.match(await node.run('getent', 'netgroup', 'cluster', 'n3', 'ada', ''), { code: 0 }, 'innetgr(3), as NFS asks it')
  t.match(await node.must('su - ada -c "sudo -n id -un"'), /^root$/m)
  await node.must('install -d -o ada -g ada -m 700 /home/ada /home/ada/.ssh')
  await node.put('/home/ada/.ssh/authorized_keys', await sshKey(master), 0o600)
  await node.must('chown ada:ada /home/ada/.ssh/authorized_keys')
  const ssh = 'ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -o LogLevel=ERROR'
  t.match(await master.execute(['sh', '-c', `${ssh} ada@10.9.8.100 'id -un; hostname'`], { user: 'ada' }), {
    code: 0,
    stdout: 'ada\nn0\n',
  })
}

/** The public key of ada on the master, which is made the first time. */
async function sshKey(master: Machine): Promise<string> {
  const make = '[ -f .ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519; cat .ssh/id_ed25519.pub'
  return (await master.execute(['sh', '-c', `mkdir -p .ssh && cd && ${make}`], { user: 'ada' })).stdout
}

/** What had to know the users of the cluster in this boot. */
async function bootKnew(t: Test, node: Machine, what: readonly string[]): Promise<void> {
  const seen = {
    unit: await node.property('early.service', 'Result'),
    tmpfiles: (await node.run('stat', '-c', '%U %G', '/var/tmp/tmpfiles')).stdout.trim(),
    cron: (await node.run('stat', '-c', '%U', '/var/tmp/cron-of-ada')).stdout.trim(),
  }
  const wanted = { unit: 'success', tmpfiles: 'ada physics', cron: 'ada' }
  for (const name of what as readonly (keyof typeof wanted)[]) t.equal(seen[name], wanted[name], name)
}

t.test('a cluster with systemd', { skip: machinesLacking(), timeout: 600_000 }, async (t) => {
  const site = await Site.make(t)
  const layers = [installed(t), debianTree('bookworm')]
  const master = await newMaster(site, layers)
  const node = await newNode(site, layers, master, 0)
  await prepareBoot(node)

  t.test('on its first boot a node knows the users before what waits for them starts', async (t) => {
    await node.boot()
    await until(async () => (await node.run('test', '-e', '/var/tmp/cron-of-ada')).code === 0, 'cron has run')
    await bootKnew(t, node, ['unit', 'cron'])
    await usersWork(t, node, master)
  })

  t.test('all machines are booted again, and the daemon of the master is off', async (t) => {
    await master.must(`systemctl disable ${UNITS.master}`)
    await node.must('rm -rf /var/tmp/cron-of-ada /var/tmp/tmpfiles')
    await Promise.all([master.reboot(), node.reboot()])
    t.equal(await master.property(UNITS.master, 'ActiveState'), 'inactive')
    t.equal(await node.property(UNITS.node, 'ActiveState'), 'active', 'a node with a copy is ready at once')
    await until(async () => (await node.run('test', '-e', '/var/tmp/cron-of-ada')).code === 0, 'cron has run')
    await bootKnew(t, node, ['unit', 'tmpfiles', 'cron'])
    await usersWork(t, node, master)
    t.match(await node.property(UNITS.node, 'StatusText'), /^generation \d+; no master is in step$/)
  })

  t.test('the power goes, and no daemon starts: the module answers from the copy', async (t) => {
    await node.powerCut()
    await node.put(
      '/etc/systemd/system/beonss-kickbackclient.service.d/off.conf',
      '[Unit]\nConditionPathExists=/nowhere\n',
    )
    await node.boot()
    t.equal(await node.property(UNITS.node, 'ActiveState'), 'inactive')
    await bootKnew(t, node, ['unit', 'tmpfiles'])
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
      `${CONFIG}hostrange devices 10.9.8.50 10.9.8.59\nhost 00:A0:D1:00:00:01 10.9.8.50 pdu1\n`,
    )
    await until(
      async () => (await node.run('getent', 'hosts', 'pdu1')).stdout === '10.9.8.50       pdu1\n',
      'the new host',
      60_000,
    )
    await node.lose(0)
    t.equal(await master.property(UNITS.master, 'NRestarts'), '0')
  })

  t.test('a proxy that is stopped leaves what it published, and starts again', async (t) => {
    await node.must(`systemctl stop ${UNITS.node}`)
    t.equal(await node.property(UNITS.node, 'Result'), 'success')
    t.equal(await node.must('getent hosts pdu1'), '10.9.8.50       pdu1\n')
    await node.must(`systemctl restart ${UNITS.node}`)
    await until(async () => /following/.test(await node.property(UNITS.node, 'StatusText')))
    t.equal(await node.property(UNITS.node, 'NRestarts'), '0')
  })
})
