import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { dhcpFiles } from '../../src/daemon/boot/dhcp/written-files.ts'
import { folder } from '../folder.ts'
import { environment, root, runIn } from './served.ts'

const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What systemd-analyze would have a unit do without, by the beginning of its name, and why it does not. */
const NEEDED: Readonly<Record<string, string>> = {
  'ProcSubset=': 'a node reads the number of the boot, /proc/sys/kernel/random/boot_id',
  'RestrictAddressFamilies=': 'it answers over the network and Unix sockets, and hears of new addresses',
  'PrivateNetwork=': 'it answers over the network',
  'IPAddressDeny=': 'the cluster has any addresses; who may ask is a setting',
  'CapabilityBoundingSet=': 'the unit says what for',
  'AmbientCapabilities=': 'port 53, as a user of its own',
  'User=/DynamicUser=': 'the module believes files of root alone',
  'PrivateUsers=': 'it gives files to the group shadow, or has a capability of the machine',
  'RootDirectory=/RootImage=': 'it reads files of the machine',
  'MemoryDenyWriteExecute=': 'Node compiles code while it runs',
  'SystemCallFilter=~@privileged': 'chown, setuid',
  'SystemCallFilter=~@resources': 'DNS has a priority',
  'DeviceAllow=': 'of ProtectClock',
  'UMask=': 'everybody reads the snapshot',
  'ReadWritePaths=': 'sss_cache marks what sssd keeps',
}

for (const name of ['kickback.service', 'beonss-kickbackclient.service', 'kickback-dns.service']) {
  t.test(name, async (t) => {
    const unit = readFileSync(join(root, 'packaging', name), 'utf8')
    const commands = [...unit.matchAll(/^Exec\w+=(\S+)/gm)].map((match) => match[1] ?? '')
    t.ok(commands.length > 0 && commands.every((command) => command in bin), 'it runs commands of the package')
    t.notMatch(unit, /^MemoryDenyWriteExecute=/m, 'Node would do without its compiler')
    const isOwner = !unit.includes('DynamicUser=yes')
    t.equal(
      /^ProcSubset=pid$/m.test(unit),
      name !== 'beonss-kickbackclient.service',
      'a node sees its boot, others do not',
    )
    t.equal(/^RuntimeDirectoryPreserve=yes$/m.test(unit), isOwner, 'what was published outlives the daemon')

    const dir = folder(t)
    writeFileSync(join(dir, name), unit.replace(/^(Exec\w+=)/gm, `$1${join(root, 'bin')}/`))
    const verified = runIn(dir, environment(dir), 'sh', ['-c', 'command -v systemd-analyze || exit 77'])
    if (verified.code === 77) return t.comment('no systemd-analyze here')
    const { code, stderr } = runIn(dir, environment(dir), 'systemd-analyze', ['verify', join(dir, name)])
    t.equal(code, 0, stderr)

    const words = ['security', '--offline=true', '--json=short', join(dir, name)]
    const security = runIn(dir, environment(dir), 'systemd-analyze', words)
    if (security.code !== 0) return t.comment('systemd-analyze is older than 250')
    const findings: { readonly name: string; readonly exposure: string | null }[] = JSON.parse(security.stdout)
    const open = findings.filter(({ exposure }) => Number(exposure) > 0).map((finding) => finding.name)
    t.not(open.length, 0, 'something is told')
    for (const each of open)
      t.ok(
        Object.keys(NEEDED).some((begin) => each.startsWith(begin)),
        `${each}: why not`,
      )
    return undefined
  })
}

t.test(
  'no unit has a lower priority than other work: a busy machine would hold up the news of the cluster',
  async (t) => {
    const names = globSync('packaging/**/*.service', { cwd: root })
    t.ok(names.length >= 5, 'they are found')
    for (const name of names)
      t.notMatch(readFileSync(join(root, name), 'utf8'), /^(?:Nice|CPUScheduling\w+|IOScheduling\w+|CPUWeight)=/m, name)
  },
)

t.test('the rights of a DHCP server are those of its unit, and of no other', async (t) => {
  for (const name of globSync('packaging/**/*.service', { cwd: root })) {
    const unit = readFileSync(join(root, name), 'utf8')
    const isDhcp = name.endsWith('kickback-dhcp.service')
    t.equal(/^\w+=.*CAP_NET_(?:ADMIN|RAW)/m.test(unit), isDhcp, name)
    if (!isDhcp) continue
    t.match(unit, /^CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID$/m)
    t.match(unit, /^PartOf=kickback\.service$/m, 'it ends with the daemon')
    t.ok(unit.includes(dhcpFiles('/run/kickback').main), 'it reads what the daemon writes')
    const dir = folder(t)
    const file = join(dir, 'kickback-dhcp.service')
    writeFileSync(file, unit.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true').replace('=+kill ', '=+/bin/kill '))
    if (runIn(dir, environment(dir), 'sh', ['-c', 'command -v systemd-analyze || exit 77']).code === 77) continue
    const { code, stderr } = runIn(dir, environment(dir), 'systemd-analyze', ['verify', file])
    t.equal(code, 0, stderr)
  }
})
