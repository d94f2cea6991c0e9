// Each release of Debian that the mirror has, as a master and a node: npm run test:long.
import t from 'tap'
import { until } from '../patience.ts'
import { newMaster, newNode, UNITS } from './cluster.ts'
import { packagesLacking } from './installation.ts'
import { machinesLacking } from './requirements.ts'
import { Site } from './site.ts'
import { debianTree, RELEASES, type Release, TreeError } from './tree.ts'

/** The tree of a release, or why the mirror does not have it. */
function treeOf(release: Release): string | TreeError {
  try {
    return debianTree(release)
  } catch (error) {
    if (error instanceof TreeError) return error
    throw error
  }
}

for (const release of RELEASES) {
  t.test(release, { skip: machinesLacking() || packagesLacking(), timeout: 900_000 }, async (t) => {
    const tree = treeOf(release)
    if (tree instanceof TreeError) {
      t.skip(tree.message, () => {})
      return
    }
    const site = await Site.make(t)
    const master = await newMaster(site, { tree }, 'dns.listen = ["10.20.30.1:53"]\n')
    t.match(await master.property(UNITS.master, 'StatusText'), /^serves generation \d+$/)
    const node = await newNode(site, { tree }, master, 0)
    await node.boot()
    t.equal(await node.must('id ada'), 'uid=1000(ada) gid=1000(ada) groups=1000(ada),2000(physics)\n')
    t.equal(await node.must('getent hosts master'), '10.20.30.1      master\n')
    await master.must('useradd -u 1001 -U grace && systemctl reload kickback')
    await until(async () => (await node.run('id', '-u', 'grace')).stdout === '1001\n', 'the new user')
    const unknown = /Unknown (?:key|lvalue|system call|section)[^\n]*/
    t.notMatch(await master.journal(), unknown, 'this systemd knows all that the unit says')
  })
}
