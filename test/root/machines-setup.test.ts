// From nothing to a cluster by `kickback setup` alone, on machines with systemd.
import t from 'tap'
import { CONFIG, MASTER, UNITS } from '../machines/cluster.ts'
import { installed } from '../machines/installation.ts'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'

t.test(
  'a master and a node are set up, booted again, and set back',
  { skip: machinesLacking(), timeout: 600_000 },
  async (t) => {
    const site = await Site.make(t)
    const layers = [installed(t), debianTree('bookworm')]
    const master = site.add({ name: 'master', layers, address: `${MASTER}/24` })
    const node = site.add({ name: 'n0', layers, address: '10.9.8.100/24' })
    await master.put('/etc/beowulf/config', CONFIG)
    await Promise.all([master.boot(), node.boot()])
    await master.must('useradd -u 1000 -U ada')
    const before = await node.must('cat /etc/nsswitch.conf')

    await master.must('kickback setup master')
    const token = await master.must('kickback keys token')
    const joined = await node.execute(['kickback', 'setup', 'node', '--master', MASTER, '--token-file', '-'], {
      stdin: token,
    })
    t.equal(joined.code, 0, joined.stderr)
    const works = async (): Promise<void> => {
      t.equal(await node.must('id -un 1000'), 'ada\n')
      t.equal(await node.must('getent hosts n0'), '10.9.8.100      n0\n')
      t.equal(await master.must('getent hosts n3'), '10.9.8.103      n3\n')
      t.equal(await master.must('getent passwd ada | wc -l'), '1\n')
      t.match(
        await node.run('getent', 'netgroup', 'cluster', 'n3', 'ada', ''),
        { code: 0 },
        'innetgr(3), as NFS asks it',
      )
    }
    await works()

    t.same(await Promise.all([master.reboot(), node.reboot()]), ['running', 'running'])
    await works()

    await node.must('kickback setup off')
    t.equal(await node.must('cat /etc/nsswitch.conf'), before)
    t.equal(await node.property(UNITS.node, 'ActiveState'), 'inactive')
    t.match(await node.run('id', 'ada'), { code: 1 })
  },
)
