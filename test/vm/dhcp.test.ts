// kickback-dhcp.service under a security module that enforces: dnsmasq reads what the daemon writes, and the daemon hears its log.
import t from 'tap'
import { bootsNodes, givesAddresses } from '../machines/dhcp.ts'
import { packageFiles } from '../machines/installation.ts'
import { PACKAGES } from '../packages/made.ts'
import { Audit } from './audit.ts'
import { install, setUp } from './cluster.ts'
import { virtualMachinesLacking } from './requirements.ts'
import { VirtualMachine } from './virtual-machine.ts'

const options = { skip: virtualMachinesLacking(), timeout: 3_600_000 }
const files = options.skip === false ? packageFiles(PACKAGES) : []

t.test('under SELinux dnsmasq runs in its own domain', options, async (t) => {
  const machine = await VirtualMachine.boot(t, { kernel: 'security=selinux selinux=1 enforcing=1', files })
  t.equal(await machine.must('getenforce'), 'Enforcing\n')
  await install(machine)
  await setUp(machine)
  const audit = new Audit(machine)
  await audit.begin()
  await bootsNodes(machine)
  await givesAddresses(t, machine, /^system_u:system_r:dnsmasq_t:s0 +nobody /m)
  t.same(await audit.ofKickback(), [])
  t.match(await machine.must('ls -dZ /run/kickback/dhcp /run/kickback/dhcp/*'), /^(?:\S+:kickback_dhcp_t:s0 \S+\n){5}$/)
})

t.test('under AppArmor the profile that Debian has for dnsmasq does not hold it up', options, async (t) => {
  const machine = await VirtualMachine.boot(t, { kernel: 'security=apparmor apparmor=1', files })
  // All profiles are compiled again when the abstraction changes; and Debian's of dnsmasq complains only.
  await machine.must('find /etc/apparmor.d -maxdepth 1 -type f ! -name usr.sbin.dnsmasq -delete; rm -r /etc/selinux')
  await machine.must("sed -i 's/complain,//' /etc/apparmor.d/usr.sbin.dnsmasq && systemctl reload apparmor")
  t.match(await machine.must('cat /sys/kernel/security/apparmor/profiles'), /^dnsmasq \(enforce\)$/m)
  await machine.must('echo port=0 >/root/some.conf')
  t.not((await machine.run('dnsmasq --test --conf-file=/root/some.conf')).code, 0, 'the profile is in force')
  await install(machine)
  await setUp(machine)
  const audit = new Audit(machine)
  await audit.begin()
  await bootsNodes(machine)
  await givesAddresses(t, machine, /^unconfined +nobody /m)
  t.same(await audit.ofKickback(), [])
})
