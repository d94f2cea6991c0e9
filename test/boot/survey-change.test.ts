// What a survey of boot becomes where machines change, on its own. Builds that follow hold it against whole ones: test/daemon/candidate/following.
import t from 'tap'
import { DNSMASQ_MACS_MAX } from '../../src/boot/dhcp/leases.ts'
import { surveyBoot } from '../../src/boot/survey.ts'
import { outlineAfter } from '../../src/boot/survey-change.ts'
import { parseConfig } from '../../src/config/index.ts'

const FRAME = `nodes 4
iprange 10.0.0.10 10.0.0.13
hostrange 10.0.0.20 10.0.0.39
hostrange 10.0.1.20 10.0.1.39
interface eth0 10.0.0.1 255.255.255.0
class big kernelimage /boot/big
`
const clusterOf = (lines: string) => parseConfig(Buffer.from(FRAME + lines)).cluster
const BEFORE = surveyBoot(clusterOf('node 0 big 0:0:0:0:0:1\nnode 2 big 0:0:0:0:0:2\n')).outline

/** The outline after a change of lines, of so many leases before it. */
const after = (old: string, now: string, leases = BEFORE.leases) => {
  const [was, is] = [old, now].map((lines) => clusterOf(lines)) as [
    ReturnType<typeof clusterOf>,
    ReturnType<typeof clusterOf>,
  ]
  return outlineAfter({ ...BEFORE, leases }, { old: was, now: is, networks: [], lineNow: (line) => line })
}

t.test('a survey tells of each way to boot the first node, and how many leases there are', async (t) => {
  t.same(BEFORE, {
    shapes: [
      { kind: 'image', lines: [6, 0, 0], first: 0 },
      { kind: 'local', lines: [0, 0, 0], first: 1 },
    ],
    leases: 2,
  })
})

t.test('leases are counted', async (t) => {
  t.equal(after('', 'host 0:0:0:0:0:5 10.0.0.20 a\n').leases, 3)
  t.equal(after('host 0:0:0:0:0:5 10.0.0.20 a\n', 'host - 10.0.0.20 a\n').leases, 1)
})

t.test('what is told of all leases together is not told of some', async (t) => {
  const device = 'host 0:0:0:0:0:5 10.0.0.20 a\n'
  t.doesNotThrow(() => after('', device, DNSMASQ_MACS_MAX - 1))
  t.throws(() => after('', device, DNSMASQ_MACS_MAX), { message: /too many MAC/ })
  t.throws(() => after(device, '', DNSMASQ_MACS_MAX + 1), { message: /too many MAC/ })
  t.doesNotThrow(() => after(device, device.replace('0:5', '0:6'), DNSMASQ_MACS_MAX + 9), 'as many, at the same places')
  t.throws(() => after('', 'host 0:0:0:0:0:5 10.0.1.20 a\n'), { message: /in no network of DHCP/ })
})
