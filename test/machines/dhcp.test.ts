// kickback-dhcp.service on a real machine: npm run test:long.
import t from 'tap'
import { newMaster } from './cluster.ts'
import { bootsNodes, givesAddresses } from './dhcp.ts'
import { packagesLacking } from './installation.ts'
import { machinesLacking } from './requirements.ts'
import { Site } from './site.ts'
import { debianTree } from './tree.ts'

t.test(
  'dnsmasq is a unit of its own, which the daemon starts, tells of changes, hears and ends',
  { skip: machinesLacking() || packagesLacking(), timeout: 900_000 },
  async (t) => {
    const site = await Site.make(t)
    const tree = debianTree('bookworm', ['dnsmasq-base', 'ipxe', 'busybox'])
    const master = await newMaster(site, { tree })
    const shell = {
      run: (line: string) => master.run('sh', '-c', line),
      must: (line: string) => master.must(line),
      put: (path: string, content: string) => master.put(path, content),
    }
    await bootsNodes(shell)
    await givesAddresses(t, shell, /^\S+ +nobody +dnsmasq --conf-file=\/run\/kickback\/dhcp\/dnsmasq\.conf$/m)
  },
)
