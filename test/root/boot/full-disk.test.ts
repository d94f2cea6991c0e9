// A master without room on its disks: machines keep their addresses and their stages, and go on when there is room again.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lacking } from '../../dns/programs.ts'
import { until } from '../../patience.ts'
import { dhcpCluster, MASTER } from '../dhcp.ts'
import { placesIn } from './client.ts'

const skip = lacking('dnsmasq', 'busybox')

/** A node of the example, by its number and its card; the one that is added, and the one that boots. */
const OLD = { card: '00:a0:d1:e5:c4:6e', lease: /^10\.20\.30\.100 n0 / }
const NEW = { card: '02:00:00:00:01:01', lease: /^10\.20\.30\.121 n21 / }
const BOOTS = { number: 22, card: '02:00:00:00:01:02', address: '10.20.30.122' }

t.test(
  'on a full disk machines keep their addresses and their stages, and go on when there is room again',
  { skip },
  async (t) => {
    const { serve, lease, dir, log, master, node, pid } = await dhcpCluster(t)
    const image = join(dir, 'image')
    writeFileSync(image, 'image')
    chmodSync(image, 0o644)
    const disks = ['/run/kickback', '/run/kickback-state', '/run/kickback-config']
    for (const disk of disks) master.must(`mkdir ${disk} && mount -t tmpfs -o size=2m,mode=755 small ${disk}`)
    const config = '/run/kickback-config/config'
    master.must(`cp ${dir}/examples/config ${config}`)
    const lines = [
      ...['kernel', 'initrd'].map((name) => `class i ${name}image ${image}`),
      `node ${BOOTS.number} i pxe+local pxe ${BOOTS.card}`,
    ]
    for (const line of lines) master.must(`echo '${line}' >>${config}`)
    await serve('--config', config, '--state-dir', '/run/kickback-state')
    t.match(lease(OLD.card), OLD.lease)

    // What iPXE asks is asked at the address of the node, with its card.
    const fetched = (path = '') => node.run('busybox', 'wget', '-q', '-O', '-', `http://${MASTER}:3048${path}`)
    const isMoved = () => master.must(`cat ${config}`).includes(`pxe+local local ${BOOTS.card}\n`)
    t.match(lease(BOOTS.card), `${BOOTS.address} n${BOOTS.number} `)
    node.must(`ip addr add ${BOOTS.address}/24 dev eth0`)
    const { kernel, initrd, report } = placesIn(fetched(`/boot/${BOOTS.card.replaceAll(':', '-')}`).stdout)
    for (const path of [kernel, initrd]) t.equal(fetched(path).stdout, 'image')

    master.must(`echo 'node 21 ${NEW.card}' >>${config}`)
    for (const disk of disks) master.run('dd', 'if=/dev/zero', `of=${disk}/filler`, 'bs=4k')
    t.not(fetched(report).code, 0, 'the stage cannot be written')
    t.notOk(isMoved())
    master.run('kickback', 'reload')
    await until(() => /no space left on device/i.test(log()), 'the log says why')
    t.match(lease(OLD.card), OLD.lease)
    t.equal(lease(NEW.card), '')
    t.equal(master.run('kickback', 'query', 'hosts', 'n0').code, 0)

    const before = pid()
    for (const disk of disks) master.must(`rm ${disk}/filler`)
    node.must(`ip addr add ${BOOTS.address}/24 dev eth0`)
    t.match(fetched(report).stdout, /boots stage local next/, 'the node asks again')
    t.ok(isMoved())
    master.must('kickback reload')
    await until(() => NEW.lease.test(lease(NEW.card)), 'the new one has its address')
    t.match(lease(OLD.card), OLD.lease)
    t.equal(pid(), before, 'dnsmasq ran all the time')
  },
)
