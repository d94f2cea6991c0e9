/** What the users of a cluster can do on a node, and what knows them while it boots. */
import type { Test } from 'tap'
import { until } from '../patience.ts'
import type { Machine } from './machine.ts'

/** A unit that runs as a user of the cluster; `order` are lines of its first section. */
const unitOf = (order: string): string =>
  `[Unit]\n${order}[Service]\nType=oneshot\nRemainAfterExit=yes\nUser=ada\nExecStart=/usr/bin/id\n[Install]\nWantedBy=multi-user.target\n`

/** What was seen of a boot, and what is to be seen. */
const WANTED = { unit: 'success', tmpfiles: 'ada physics', cron: 'ada', service: 'slurm slurm' } as const

/** Gives a node, on or off, what wants the users of the cluster in its next boot. */
export async function prepareBoot(node: Machine): Promise<void> {
  await node.put('/etc/systemd/system/early.service', unitOf('After=nss-user-lookup.target\n'))
  const enable = 'systemctl enable early.service'
  await (node.leader === 0 ? node.prepare(enable) : node.must(enable))
  await node.put('/etc/cron.d/ada', '@reboot ada touch /var/tmp/cron-of-$(id -un)\n')
  await node.put('/etc/tmpfiles.d/ada.conf', 'd /var/tmp/tmpfiles 0755 ada physics -\n')
  await node.put('/etc/sudoers.d/physics', '%physics ALL=(ALL) NOPASSWD: ALL\n', 0o440)
}

/** The uid and gid of the account of a service, below UID_MIN. */
const SERVICE = 450

/** Gives the cluster the account of a service, and a node, that is off, what wants it in its next boot. */
export async function prepareService(master: Machine, node: Machine): Promise<void> {
  await master.must(`groupadd -r -g ${SERVICE} slurm && useradd -r -M -u ${SERVICE} -g slurm slurm`)
  for (const machine of [master, node]) {
    const named = `printf '\\nusers = ["slurm"]\\ngroups = ["slurm"]\\n' >/tmp/named && touch /etc/kickback/kickback.toml && cat /tmp/named /etc/kickback/kickback.toml >/tmp/all && cat /tmp/all >/etc/kickback/kickback.toml`
    await (machine.leader === 0 ? machine.prepare(named) : machine.must(named))
  }
  await master.must('systemctl restart kickback.service')
  await node.put('/etc/tmpfiles.d/slurm.conf', 'd /var/tmp/slurm 0755 slurm slurm -\n')
}

/** Forgets what the boots until now have left. */
export async function forgetBoot(node: Machine): Promise<void> {
  await node.must('rm -rf /var/tmp/cron-of-ada /var/tmp/tmpfiles /var/tmp/slurm')
}

/** Waits until cron has done what it does after a boot. */
export async function cronHasRun(node: Machine): Promise<void> {
  await until(async () => (await node.run('test', '-e', '/var/tmp/cron-of-ada')).code === 0, 'cron has run')
}

/** Of what wants the users of the cluster in a boot, this had to know them. */
export async function bootKnew(t: Test, node: Machine, what: readonly (keyof typeof WANTED)[]): Promise<void> {
  const seen = {
    unit: await node.property('early.service', 'Result'),
    tmpfiles: (await node.run('stat', '-c', '%U %G', '/var/tmp/tmpfiles')).stdout.trim(),
    cron: (await node.run('stat', '-c', '%U', '/var/tmp/cron-of-ada')).stdout.trim(),
    service: (await node.run('stat', '-c', '%U %G', '/var/tmp/slurm')).stdout.trim(),
  }
  for (const name of what) t.equal(seen[name], WANTED[name], name)
}

/** The names and accounts, as programs of any kind look them up. */
export async function namesWork(t: Test, node: Machine): Promise<void> {
  t.equal(await node.must('id ada'), 'uid=1000(ada) gid=1000(ada) groups=1000(ada),2000(physics)\n')
  t.equal(await node.must('getent hosts n0'), '10.20.30.100    n0\n')
  t.equal(await node.must('getent hosts 10.20.30.1'), '10.20.30.1      master\n')
  // innetgr(3), as NFS asks it, with no user and no domain. The exit code of getent is 0 either way.
  t.match(await node.must('getent netgroup cluster n3 "*" "*"'), / = 1\n$/)
  t.match(await node.must('getent netgroup cluster n9 "*" "*"'), / = 0\n$/, 'n9 is not of the cluster')
  t.match(await node.must('getent netgroup cluster n3 ada ""'), / = 0\n$/, 'a netgroup of machines holds no user')
}

/** The same, and sudo on the node and ssh from the master, for which `prepareBoot` made the rules. */
export async function usersWork(t: Test, node: Machine, master: Machine): Promise<void> {
  await namesWork(t, node)
  t.match(await node.must('su - ada -c "sudo -n id -un"'), /^root$/m)
  await node.must('install -d -o ada -g ada -m 700 /home/ada /home/ada/.ssh')
  await node.put('/home/ada/.ssh/authorized_keys', await sshKey(master), 0o600)
  await node.must('chown ada:ada /home/ada/.ssh/authorized_keys')
  const ssh = 'ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -o LogLevel=ERROR'
  // The master knows the node by the name that it has from kickback.
  t.match(await master.execute(['sh', '-c', `${ssh} ${node.name} 'id -un; hostname'`], { user: 'ada' }), {
    code: 0,
    stdout: `ada\n${node.name}\n`,
  })
}

/** The public key of ada on the master, which is made the first time. */
async function sshKey(master: Machine): Promise<string> {
  const make = '[ -f .ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519; cat .ssh/id_ed25519.pub'
  return (await master.execute(['sh', '-c', `mkdir -p .ssh && cd && ${make}`], { user: 'ada' })).stdout
}
