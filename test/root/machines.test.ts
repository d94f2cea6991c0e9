// The harness of real machines itself: two machines of Debian on a switch.
import t from 'tap'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'
import { until } from '../patience.ts'

t.test('machines boot, do as they are told, and go off', { skip: machinesLacking(), timeout: 600_000 }, async (t) => {
  const site = await Site.make(t)
  const layers = [debianTree('bookworm')]
  const left = site.add({ name: 'left', layers, address: '10.9.8.1/24' })
  const right = site.add({ name: 'right', layers, address: '10.9.8.2/24' })
  await left.put('/etc/motd', 'written before the boot\n')
  t.same(await Promise.all([left.boot(), right.boot()]), ['running', 'running'])

  t.equal(await left.must('hostname'), 'left\n')
  t.equal(await left.must('cat /etc/motd'), 'written before the boot\n')
  t.match(await right.execute(['sh', '-c', 'cat; echo aside >&2; exit 7'], { stdin: 'given' }), {
    code: 7,
    stdout: 'given',
    stderr: 'aside\n',
  })
  await right.must('useradd --create-home bob')
  t.equal((await right.execute(['id', '-un'], { user: 'bob' })).stdout, 'bob\n')
  await left.put('/srv/deep/file', 'written while it runs\n', 0o600)
  t.equal(await left.must('stat -c "%a %U" /srv/deep/file && cat /srv/deep/file'), '600 root\nwritten while it runs\n')
  await t.rejects(left.must('cat /nowhere'), /left: cat \/nowhere: exit code 1: .*No such file/)

  const reaches = async (): Promise<boolean> => (await left.run('ping', '-c', '1', '-W', '1', '10.9.8.2')).code === 0
  await until(reaches, 'networkd has given both their addresses')
  t.test('packets are lost as they are to be, and a cable is pulled', async (t) => {
    await right.lose(1)
    t.notOk(await reaches())
    await right.lose(0.5)
    const { stdout } = await left.run('ping', '-c', '40', '-i', '0.002', '-W', '1', '10.9.8.2')
    const received = Number(/(\d+) received/.exec(stdout)?.[1])
    t.ok(received > 0 && received < 40, `${received} of 40 replies`)
    await right.lose(0)
    t.ok(await reaches())
    await right.cable(false)
    // Not /sys, whose eth0 may be that of the machine under all others.
    await until(async () => (await right.must('ip link show eth0')).includes('NO-CARRIER'), 'the cable is out')
    t.notOk(await reaches())
    await right.cable(true)
    await until(reaches, 'the cable is in again')
  })

  t.test('a reboot keeps the disk and the journal, and nothing else', async (t) => {
    await left.must('echo kept >/root/kept; echo gone >/run/gone; logger from the first boot; journalctl --sync')
    const mac = await left.must("ip -brief link show eth0 | awk '{print $3}'")
    const before = await left.must('cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1')
    t.equal(await left.reboot(), 'running')
    t.equal(await left.must('cat /root/kept'), 'kept\n')
    t.equal(await left.must("ip -brief link show eth0 | awk '{print $3}'"), mac)
    t.match(await left.run('cat', '/run/gone'), { code: 1 })
    t.match((await left.run('journalctl', '-b', '-1', '-o', 'cat', '--no-pager')).stdout, /from the first boot/)
    t.not(await left.must('cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1'), before)
    await until(reaches, 'its network is there again')
  })

  t.test('a power cut ends a machine without a word', async (t) => {
    await right.must('echo kept >/root/kept')
    await right.powerCut()
    t.equal(right.leader, 0)
    await t.rejects(async () => right.run('true'), /right is off/)
    await until(async () => !(await reaches()), 'the kernel has taken its network down')
    t.equal(await right.boot(), 'running')
    t.equal(await right.must('cat /root/kept'), 'kept\n')
    t.notMatch(await right.journal(undefined, '-b', '-1'), /Power-Off|Shutting down/)
  })

  t.test('one that is stopped shuts down in good order', async (t) => {
    await right.stop()
    t.equal(right.leader, 0)
    await right.boot()
    t.match(
      (await right.run('journalctl', '-b', '-1', '-o', 'cat', '--no-pager')).stdout,
      /Reached target .*Power.?Off/i,
    )
  })
})
