// Machines whose disks were made as images, with no systemd that ran: by rpm --root, and with the module alone.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { underLoad } from '../machines/caller.ts'
import { MASTER, newMaster, newNode, UNITS } from '../machines/cluster.ts'
import { PACKAGES_OF, packageFiles, packagesLacking } from '../machines/installation.ts'
import type { Machine } from '../machines/machine.ts'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'
import { bootKnew, cronHasRun, prepareBoot, usersWork } from '../machines/users.ts'
import { made, output, PACKAGES } from '../packages/made.ts'
import { until } from '../patience.ts'

const skip = machinesLacking() || packagesLacking('deb') || packagesLacking('rpm')

/** Gives a machine the snapshot that the master serves now, where images have it. */
async function giveSnapshot(node: Machine, master: Machine): Promise<void> {
  const text = await master.must('base64 /var/lib/kickback/snapshot.1')
  await node.put('/usr/share/kickback/snapshot.1', Buffer.from(text, 'base64'))
}

/** What is asked of the users of the cluster from the first boot on. */
async function works(t: Test, node: Machine, master: Machine): Promise<void> {
  await prepareBoot(node)
  t.equal(await node.boot(), 'running')
  await cronHasRun(node)
  await bootKnew(t, node, ['unit', 'cron'])
  await usersWork(t, node, master)
}

t.test('images', { skip, timeout: 600_000 }, async (t) => {
  const site = await Site.make(t)
  const tree = debianTree('bookworm')
  const ofRpms = { tree, kind: 'rpm' } as const
  const master = await newMaster(site, ofRpms)

  t.test('rpm --root and setup make a node, and rpm --erase leaves nothing of it in nsswitch.conf', async (t) => {
    const node = await newNode(site, ofRpms, master, 0)
    await works(t, node, master)
    t.equal(await node.property(UNITS.node, 'ActiveState'), 'active')
    const names = PACKAGES_OF.node
    await underLoad(t, [node], async () => {
      const words = ['--root', `/proc/${node.leader}/root`, '--nodeps', '--upgrade', '--replacepkgs']
      output('env', '-u', 'NODE_OPTIONS', 'rpm', ...words, ...packageFiles(names, 'rpm'))
    })
    await node.stop()
    const verify = 'rpm --root "$ROOT" --verify --nodeps "$@" || true'
    const changed = await node.beside(verify, ...names)
    t.match(changed, /^S.5\S* +c \/etc\/kickback\/kickback.toml\n$/, 'the files, modes and owners of the packages')
    await node.beside('rpm --root "$ROOT" --nodeps --erase "$@"', ...names)
    t.equal(await node.prepare('cat /etc/nsswitch.conf'), readFileSync(join(tree, 'etc/nsswitch.conf'), 'utf8'))
    t.equal(await node.prepare('systemctl list-unit-files --state=enabled | grep -c kickback || true'), '0\n')
    const left = `find / -xdev -name "*kickback*" ! -path "/var/log/*" ! -path "/proc/*" ! -path "/etc/kickback/*" | sort`
    t.equal(await node.prepare(left), '/etc/kickback\n/var/lib/kickback\n', 'settings and state, as the page says')
  })

  t.test('with the module alone a node has what the snapshot has that it was given', async (t) => {
    const node = site.add({ name: 'n1', layers: [tree], address: '10.20.30.101/24' })
    const [module = ''] = packageFiles(['libnss-kickback'])
    await node.beside('cp "$1" "$ROOT/run/" && chroot "$ROOT" dpkg --install "/run/$2"', module, basename(module))
    await giveSnapshot(node, master)
    await node.beside('"$1" nsswitch on --root "$ROOT"', join(made('image'), 'image/usr/bin/kickback'))
    await works(t, node, master)
    t.match(await node.run('sh', '-c', 'command -v kickback || command -v node || pgrep kickback'), { code: 1 })
    t.match(await node.run('id', 'grace'), { code: 1 })
    await master.must('useradd -u 1001 -U grace && kickback reload')
    await giveSnapshot(node, master)
    await until(async () => (await node.run('id', '-u', 'grace')).stdout === '1001\n', 'the new snapshot is used')

    const removed = await node.run('dpkg', '--remove', 'libnss-kickback')
    t.equal(removed.code, 0)
    t.match(removed.stderr, /\/etc\/nsswitch\.conf still names kickback/, 'the program that would edit it is not there')
    t.match(await node.run('getent', 'hosts', MASTER), { code: 2 })
    t.equal(await node.must('getent passwd root | wc -l'), '1\n', 'the machine works on')
  })

  t.test('a removal undoes the set-up for its package, whatever became of the unit since', async (t) => {
    const node = site.add({ name: 'n2', layers: [tree] })
    await node.beside('cp "$@" "$ROOT/root/"', ...packageFiles(PACKAGES))
    const install = 'dpkg --install --force-unsafe-io /root/*.deb'
    const state = (): Promise<string> =>
      node.prepare('cat /etc/nsswitch.conf /etc/kickback/kickback.toml; ls -A /etc/kickback')
    await node.prepare(install)
    const stock = await state()
    for (const since of ['systemctl disable beonss-kickbackclient', 'mv /usr/bin/systemctl /root']) {
      await node.prepare('kickback setup node --master 127.0.0.1 --insecure')
      await node.prepare(`${since}; dpkg --remove kickback`)
      t.match(await state(), /^passwd: +files kickback$/m, 'the machine is a node, and stays one')
      await node.prepare('dpkg --remove beonss-kickbackclient')
      t.equal(await state(), stock, since)
      await node.prepare(`test ! -e /etc/.kickback.lock; ${install}`)
    }
    await node.prepare('kickback setup node --master 127.0.0.1 --insecure')
    t.match(await state(), /^passwd: +files kickback$/m, 'without systemd too')
  })
})
