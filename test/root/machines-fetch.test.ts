// A machine with the package of the module alone, which fetches from a master by kickback-fetch: at boot, and as news come.
import { basename } from 'node:path'
import t from 'tap'
import { MASTER, newMaster } from '../machines/cluster.ts'
import { packageFiles, packagesLacking } from '../machines/installation.ts'
import { letIn, prepareLogins, withRules } from '../machines/logins.ts'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'
import { bootKnew, cronHasRun, prepareBoot, usersWork } from '../machines/users.ts'
import { until } from '../patience.ts'

const isLong = process.env.KICKBACK_LONG !== undefined
const PORT = 3047

t.test('a node without Node.js', { timeout: 600_000 }, async (t) => {
  // Another tree, with curl and openssl, takes minutes to make.
  if (!isLong) return
  const lacking = machinesLacking() || packagesLacking('deb')
  if (lacking !== false) throw new Error(lacking)
  const site = await Site.make(t)
  const settings = `[objects]\nlisten = ["${MASTER}:${PORT}"]\n`
  const master = await newMaster(site, { tree: debianTree('bookworm'), kind: 'deb' }, settings)
  const node = site.add({
    name: 'n0',
    layers: [debianTree('bookworm', ['curl', 'openssl'])],
    address: '10.20.30.100/24',
  })
  const [module = ''] = packageFiles(['libnss-kickback'])
  await node.beside('cp "$1" "$ROOT/root/" && chroot "$ROOT" dpkg --install "/root/$2"', module, basename(module))
  await node.put('/etc/kickback/root.pub', await master.must('cat /var/lib/kickback/root.pub'))
  await node.put('/etc/kickback/fetch.conf', `master http://${MASTER}:${PORT}\n`)
  await node.prepare(`systemctl enable kickback-fetch.service kickback-follow.service
    sed -i -E 's/^((passwd|group|shadow|hosts|networks|ethers): +files|netgroup:)/\\1 kickback/' /etc/nsswitch.conf`)
  await prepareBoot(node)
  t.equal(await node.boot(), 'running')
  await cronHasRun(node)
  await bootKnew(t, node, ['unit', 'cron'])
  await usersWork(t, node, master)
  t.match(await node.must('kickback-fetch --check'), /^generation \d+\n[\s\S]*^trust \d+\n/m)
  t.equal(await node.must('cat /var/lib/kickback/trust'), await master.must('cat /var/lib/kickback/trust'))
  await master.must('useradd -u 1001 -U grace && kickback reload')
  await until(async () => (await node.run('id', '-u', 'grace')).stdout === '1001\n', 'news come as they are')
  t.equal(
    await node.must('systemctl is-failed kickback-fetch.service kickback-follow.service || true'),
    'inactive\nactive\n',
  )
  await prepareLogins(node)
  const here = (): Promise<readonly string[]> => letIn(master, node, ['root', 'keeper', 'ada'])
  await withRules(master, node, `${settings}[access]\n0 = []\n`, /^-:ALL:ALL$/m)
  t.same(await here(), ['root', 'keeper'])
  await withRules(master, node, `${settings}[access]\nall = ["%physics"]\n`, /^\+:\(physics\):ALL$/m)
  t.same(await here(), ['root', 'keeper', 'ada'])
  await withRules(master, node, `${settings}[access]\n0 = []\n`, /^\+:keeper:ALL\n# 0\n# Nobody else/m)
  await master.stop()
  await node.reboot()
  t.match(await node.must('cat /var/lib/kickback/access.conf'), /^-:ALL:ALL$/m)
  t.equal(await node.must('id -u grace'), '1001\n', 'without a master it has what it had')
  await node.must('dpkg --remove libnss-kickback')
  t.match(await node.must('cat /var/lib/kickback/access.conf'), /everybody may log in\.\n$/)
})
