// The units under systemd, on real machines: readiness, reload, watchdog, restarts, addresses that come later.
import t, { type Test } from 'tap'
import { asked, CONFIG, MASTER, newMaster, newNode, UNITS } from '../machines/cluster.ts'
import { installed, packagesLacking } from '../machines/installation.ts'
import type { Machine } from '../machines/machine.ts'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'
import { until } from '../patience.ts'

const skip = machinesLacking() || packagesLacking()
const { master: MASTER_UNIT, node: NODE_UNIT, dns: DNS_UNIT } = UNITS
const state = (machine: Machine, unit: string): Promise<string> => machine.property(unit, 'ActiveState')
const mainPid = (machine: Machine, unit: string): Promise<string> => machine.property(unit, 'MainPID')

/** Has systemd use other values for a unit from its next start on. */
async function override(machine: Machine, unit: string, lines: string): Promise<void> {
  await machine.put(`/etc/systemd/system/${unit}.d/test.conf`, lines)
  await machine.must('systemctl daemon-reload')
}

/** The field of /proc/PID/status. */
async function field(machine: Machine, pid: string, name: string): Promise<string> {
  return (await machine.must(`sed -n 's/^${name}:\\s*//p' /proc/${pid}/status`)).trim()
}

async function masterUnit(t: Test, master: Machine): Promise<void> {
  t.match(await master.property(MASTER_UNIT, 'StatusText'), /^serves generation \d+$/)
  const pid = await mainPid(master, MASTER_UNIT)
  t.equal(await master.must(`cat /proc/${pid}/comm`), 'kickback\n', 'its name in ps and pgrep')
  t.notMatch(await master.must(`tr '\\0' '\\n' </proc/${pid}/environ; pgrep -a notify || true`), /systemd-notify/)

  t.test('DNS is a process without privileges, which cannot notify systemd', async (t) => {
    t.equal(await asked(master, MASTER, 'n0.cluster.internal'), '10.20.30.100')
    const child = (await master.must(`pgrep -P ${pid}`)).trim()
    t.equal(await field(master, child, 'Uid'), '65534\t65534\t65534\t65534')
    t.equal(await field(master, child, 'CapEff'), '0000000000000400', 'CAP_NET_BIND_SERVICE alone')
    const sockets = `find /proc/$1/fd -lname 'socket:*' -printf '%l\\n' | tr -dc '0-9\\n' | sort`
    const own = (await master.execute(['sh', '-c', sockets, 'sh', pid])).stdout.trim().split('\n')
    const its = (await master.execute(['sh', '-c', sockets, 'sh', child])).stdout.trim().split('\n')
    const datagrams = await master.must('awk \'$5 == "0002" { print $7 }\' /proc/net/unix')
    const notifying = own.filter((inode) => datagrams.split('\n').includes(inode))
    t.equal(notifying.length, 1, 'the daemon has one datagram socket')
    t.notOk(its.some((inode) => notifying.includes(inode)))
  })

  t.test('a reload is told to systemd, and one that is refused is in the state', async (t) => {
    const changed = (): Promise<string> => master.property(MASTER_UNIT, 'StateChangeTimestampMonotonic')
    const before = await changed()
    await master.must(`kill -HUP ${pid}`)
    await until(async () => (await changed()) !== before && (await state(master, MASTER_UNIT)) === 'active')
    await master.put('/etc/beowulf/config', `${CONFIG}host zz\n`)
    t.match(await master.run('systemctl', 'reload', MASTER_UNIT), { code: 1 })
    await until(async () => /refused: run kickback check/.test(await master.property(MASTER_UNIT, 'StatusText')))
    await master.put('/etc/beowulf/config', CONFIG)
    t.match(await master.run('systemctl', 'reload', MASTER_UNIT), { code: 0 })
    await until(async () => /^serves generation \d+$/.test(await master.property(MASTER_UNIT, 'StatusText')))
    t.equal(await mainPid(master, MASTER_UNIT), pid, 'it is the same process all the time')
  })

  t.test('systemd hears it after it has executed itself again', async (t) => {
    await master.must('systemctl daemon-reexec')
    await master.put('/etc/beowulf/config', 'host zz\n')
    await until(async () => /refused/.test(await master.property(MASTER_UNIT, 'StatusText')))
    await master.put('/etc/beowulf/config', CONFIG)
    await until(async () => !/refused/.test(await master.property(MASTER_UNIT, 'StatusText')))
    t.equal(await state(master, MASTER_UNIT), 'active')
  })
}

async function watchdog(t: Test, master: Machine): Promise<void> {
  await override(master, MASTER_UNIT, '[Service]\nWatchdogSec=2\n')
  await master.must(`systemctl restart ${MASTER_UNIT}`)
  const pid = await mainPid(master, MASTER_UNIT)
  const starts = (): Promise<string> => master.property(MASTER_UNIT, 'NRestarts')
  // Longer than the watchdog's time: a daemon that turns is left alone.
  await until(async () => Number(await master.must('cut -d. -f1 /proc/uptime')) > 0 && (await old(master)) > 5)
  t.equal(await starts(), '0')
  await master.must(`kill -STOP ${pid}`)
  await until(async () => (await starts()) === '1' && (await state(master, MASTER_UNIT)) === 'active')
  t.match(await master.journal(MASTER_UNIT), /Watchdog timeout/)
  t.match(await master.run('kickback', 'query', 'hosts', 'n0'), { stdout: '10.20.30.100    n0\n' })
}

/** How long the master's daemon has run, in seconds. */
async function old(master: Machine): Promise<number> {
  return Number(await master.must(`ps -o etimes= -p ${await mainPid(master, MASTER_UNIT)}`))
}

async function failures(t: Test, master: Machine): Promise<void> {
  await override(master, MASTER_UNIT, '[Service]\nRestartSec=100ms\n')
  await master.must(`systemctl stop ${MASTER_UNIT} && mv /var/lib/kickback /root/state && rm -r /run/kickback`)
  await master.put('/etc/beowulf/config', 'host zz\n')
  t.match(await master.run('systemctl', 'start', MASTER_UNIT), { code: 1 })
  await until(async () => Number(await master.property(MASTER_UNIT, 'NRestarts')) > 6, 'more than five failures')
  await master.must('rm -rf /var/lib/kickback && mv /root/state /var/lib/kickback')
  await master.put('/etc/beowulf/config', CONFIG)
  await until(async () => (await state(master, MASTER_UNIT)) === 'active', 'it recovers by itself')

  t.test('an error in the settings is not tried again', async (t) => {
    await master.put('/etc/kickback/kickback.toml', 'lisen = ["127.0.0.1:53"]\n')
    t.match(await master.run('systemctl', 'restart', MASTER_UNIT), { code: 1 })
    await until(async () => (await state(master, MASTER_UNIT)) === 'failed')
    t.same(
      [await master.property(MASTER_UNIT, 'ExecMainStatus'), await master.property(MASTER_UNIT, 'NRestarts')],
      ['64', '0'],
    )
    await master.put('/etc/kickback/kickback.toml', '')
    await master.must(`systemctl start ${MASTER_UNIT}`)
  })
}

async function noCompiler(t: Test, master: Machine): Promise<void> {
  await override(master, MASTER_UNIT, '[Service]\nMemoryDenyWriteExecute=yes\n')
  await master.must(`systemctl restart ${MASTER_UNIT}`)
  t.match(await master.journal(MASTER_UNIT), /the kernel refuses the memory in which Node compiles/)
  t.equal(await asked(master, MASTER, 'n0.cluster.internal'), '10.20.30.100')
  t.match(await master.run('systemctl', 'reload', MASTER_UNIT), { code: 0 }, 'its command runs so too')
  await override(master, MASTER_UNIT, '')
  await master.must(`systemctl restart ${MASTER_UNIT}`)
}

t.test('the unit of a master', { skip, timeout: 600_000 }, async (t) => {
  const site = await Site.make(t)
  const disks = { tree: debianTree('bookworm') }
  const master = await newMaster(site, disks, `dns.listen = ["${MASTER}:53"]\n`)
  await masterUnit(t, master)
  t.test('a daemon that hangs is started again', (t) => watchdog(t, master))
  t.test('a daemon that may not compile runs, and its reload', (t) => noCompiler(t, master))
  t.test('after more than five failures in a row it recovers', (t) => failures(t, master))

  t.test('a node is ready when it has a generation, and not before', async (t) => {
    const node = await newNode(site, disks, master, 0)
    await master.must(`systemctl stop ${MASTER_UNIT}`)
    await node.powerOn()
    await until(
      async () => (await node.property(NODE_UNIT, 'StatusText')) === 'no generation yet; no master is in step',
    )
    t.equal(await state(node, NODE_UNIT), 'activating')
    t.equal(await node.property('nss-user-lookup.target', 'ActiveState'), 'inactive', 'what wants users waits')
    await master.must(`systemctl start ${MASTER_UNIT}`)
    t.equal(await node.booted(), 'running')
    t.equal(await state(node, NODE_UNIT), 'active')
    await until(async () =>
      /^generation \d+; following 10\.20\.30\.1:3045$/.test(await node.property(NODE_UNIT, 'StatusText')),
    )
    t.equal(await node.must('getent passwd 1000'), 'ada:*:1000:1000:Ada Byron:/home/ada:/bin/bash\n')

    t.test(
      'a restart knows that the boot is the same: the age of the copy does not go by the wall clock',
      async (t) => {
        // That of the kernel: a container has another one at the path, which the unit's own /proc does not show.
        // A proxy writes it down when it ends.
        const bootOfRestarted = async () => {
          await node.must(`systemctl restart ${NODE_UNIT}`)
          return JSON.parse(await node.must('cat /var/lib/kickback/in-step')).boot
        }
        const boot = await bootOfRestarted()
        t.match(boot, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
        t.equal(await bootOfRestarted(), boot)
      },
    )

    t.test('DNS alone answers from its snapshot, as a user of its own', async (t) => {
      await node.put(
        '/etc/kickback/kickback.toml',
        `${await node.must('cat /etc/kickback/kickback.toml')}dns.listen = ["10.20.30.100:53"]\n`,
      )
      await node.must(`systemctl start ${DNS_UNIT}`)
      t.match(await node.property(DNS_UNIT, 'StatusText'), /^answers from generation \d+$/)
      t.equal(await asked(node, '10.20.30.100', 'n3.cluster.internal'), '10.20.30.103')
      t.equal(await field(node, await mainPid(node, DNS_UNIT), 'CapEff'), '0000000000000400')
    })
  })
})

t.test('addresses that come later', { skip, timeout: 600_000 }, async (t) => {
  const site = await Site.make(t)
  const master = site.add({ name: 'late', layers: installed(debianTree('bookworm'), 'master') })
  await master.put('/etc/beowulf/config', CONFIG.replace(` ${MASTER} 255.255.255.0`, ''))
  const places = { listen: '10.20.30.1:3045', dns: '10.20.30.1:53', http: '10.20.30.1:9100' }
  const settings = `listen = ["127.0.0.1:3045", "${places.listen}"]\ndns.listen = ["127.0.0.1:53", "${places.dns}"]\nhttp = "${places.http}"\n`
  await master.put('/etc/kickback/kickback.toml', settings)
  await master.prepare(`systemctl enable ${MASTER_UNIT}`)
  t.equal(await master.boot(), 'running')
  t.match(
    await master.property(MASTER_UNIT, 'StatusText'),
    /^serves generation \d+; waits for the address of 10\.20\.30\.1:3045$/,
  )
  const listening = async (): Promise<string[]> => {
    const all = await master.must("ss -Hltn | awk '{ print $4 }'")
    return Object.values(places).filter((place) => all.split('\n').includes(place))
  }
  t.same(await listening(), [])
  t.equal(await asked(master, '127.0.0.1', 'n0.cluster.internal'), '10.20.30.100', 'the addresses that are here answer')
  t.match(await master.run('kickback', 'query', 'hosts', 'master'), { code: 2 }, 'it does not know its own address')

  await master.must('ip addr add 10.20.30.1/24 dev eth0')
  await until(async () => (await listening()).length === 3, 'all three are open')
  await until(
    async () => (await master.run('kickback', 'query', 'hosts', 'master')).stdout === '10.20.30.1      master\n',
  )
  await until(async () => /^serves generation \d+$/.test(await master.property(MASTER_UNIT, 'StatusText')))

  const answers = async (): Promise<boolean> => (await asked(master, MASTER, 'n0.cluster.internal')) === '10.20.30.100'
  await until(answers, 'DNS answers at the new address')

  t.test('a cable that is pulled takes nothing from what is served', async (t) => {
    await master.cable(false)
    await master.must('useradd -u 1001 grace')
    t.match(await master.run('kickback', 'reload'), { code: 0 })
    t.match(await master.run('kickback', 'query', 'passwd', 'grace'), { code: 0 })
    t.match(await master.run('kickback', 'query', 'hosts', 'master'), { stdout: '10.20.30.1      master\n' })
    await master.must(`systemctl restart ${MASTER_UNIT}`)
    t.match(
      await master.run('kickback', 'query', 'hosts', 'master'),
      { stdout: '10.20.30.1      master\n' },
      'after a restart',
    )
  })
})
