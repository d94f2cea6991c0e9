// nodeassign append, with the real dnsmasq: a stranger becomes a node, has its address and no rights, until somebody approves it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lacking } from '../dns/programs.ts'
import { until } from '../patience.ts'
import { dhcpCluster, MASTER } from './dhcp.ts'
import { installModule } from './machine.ts'

const skip = lacking('dnsmasq', 'busybox')
const LINES = `interface br0 ${MASTER} 255.255.255.0\nnodeassign append\nignore 02:00:00:00:00:99\n`
const STRANGER = '02:00:00:00:00:77'
/** A client that does not wait long for nothing. */
const ONCE = ['-t', '1'] as const
const LINE = `node 16 unapproved ${STRANGER}\n`

t.test(
  'a stranger gets a line, its address at the next time it asks, and nothing else until a class approves it',
  { skip },
  async (t) => {
    const { serve, lease, config, master, node, dir, log } = await dhcpCluster(t, LINES)
    const before = readFileSync(config, 'utf8')
    await serve()
    installModule(master)
    const once = (mac: string): string => lease(mac, ...ONCE)
    t.equal(once('02:00:00:00:00:99'), '', 'who is ignored gets nothing')
    t.equal(once(STRANGER), '', 'at first')
    await until(() => once(STRANGER).startsWith('10.20.30.116 n16 '), 'it has its address')
    const after = readFileSync(config, 'utf8')
    t.equal(after, before.replace(/(?<=^node 15 .*\n)/m, LINE), 'one line more, behind the others')
    t.match(
      readFileSync(join(dir, `state-${master.name}`, 'audit'), 'utf8'),
      /node 16 appended: 2:0:0:0:0:77 asked on br0/,
    )
    const told = /became a node, which is unapproved: kickback set node 16 --class CLASS approves it/
    await until(() => told.test(log()), 'the log tells how it is approved')
    t.notMatch(readFileSync(config, 'utf8'), /node.*:99/)

    const isMember = () => master.must('getent netgroup cluster').includes('(n16,')
    const script = () =>
      node.must(
        `ip addr add 10.20.30.116/24 dev eth0 2>/dev/null; busybox wget -qO- http://${MASTER}:3048/boot/02-00-00-00-00-77`,
      )
    t.equal(master.must('getent hosts n16'), '10.20.30.116    n16\n')
    t.equal(master.must('getent netgroup cluster').includes('(n15,'), true)
    t.equal(isMember(), false)
    t.match(script(), /exit 1 \|\| exit 0\n$/, 'the default image is not for it')
    t.match(master.run('kickback', 'keys', 'token', '16'), { code: 1, stderr: /kickback set node 16 --class CLASS/ })
    t.match(master.run('kickback', 'keys', 'token', 'n16'), { code: 1, stderr: /node 16 is unapproved/ })
    t.match(master.run('kickback', 'keys', 'approve', '16', 'ab'.repeat(16)), { code: 1, stderr: /is unapproved/ })

    master.must(`kickback set node 16 --class genericboot --config ${config}`)
    t.equal(isMember(), true)
    t.match(master.must('getent netgroup genericboot'), /\(n16,/)
    master.must(`kickback set node 16 --class - --config ${config}`)
    t.equal(isMember(), true)
    await until(() => /^kernel /m.test(script()), 'now it is sent the default image')
    t.match(master.must('kickback keys token 16'), /\w/)
    t.match(lease(STRANGER), /^10\.20\.30\.116 n16 /)
  },
)

/** A test of the long run alone: it waits longer than it tells. */
const longTest = process.env.KICKBACK_LONG === undefined ? () => {} : t.test.bind(t)

longTest(
  'a file that cannot be written stays whole, which is told, and the machine is added when it can be',
  { skip },
  async (t) => {
    const { serve, lease, config, master, log } = await dhcpCluster(t, LINES)
    const folder = join(config, '..')
    master.must(`cp -r ${folder} /run/copy; mount -t tmpfs -o size=512k full ${folder}; cp -r /run/copy/. ${folder}`)
    const before = master.must(`cat ${config}`)
    await serve()
    master.must(`dd if=/dev/zero of=${folder}/ballast bs=4k 2>/dev/null; true`)
    await until(() => {
      lease(STRANGER, ...ONCE)
      return log().includes('cannot be added')
    }, 'the full disk is told')
    t.match(log(), /No space left on device|no space left/i)
    t.equal(master.must(`cat ${config}`), before)
    master.must(`rm ${folder}/ballast; mount -o remount,ro ${folder}`)
    const told = log().length
    await until(() => {
      lease(STRANGER, ...ONCE)
      return log().slice(told).includes('cannot be added')
    }, 'the read-only file system is told')
    t.match(log().slice(told), /read-only file system/i)
    t.equal(master.must(`cat ${config}`), before)
    master.must(`mount -o remount,rw ${folder}`)
    await until(() => lease(STRANGER, ...ONCE).startsWith('10.20.30.116 n16 '), 'it has its address')
    t.equal(master.must(`cat ${config}`), before.replace(/(?<=^node 15 .*\n)/m, LINE))
  },
)
