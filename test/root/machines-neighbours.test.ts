// The packages on a machine that has nscd, and the policy of SELinux with its tools.
import t from 'tap'
import { CONFIG, MASTER, USERS } from '../machines/cluster.ts'
import { handOver, PACKAGES_OF, packageFiles, packagesLacking } from '../machines/installation.ts'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'
import { output } from '../packages/made.ts'
import { until } from '../patience.ts'

const skip = machinesLacking() || packagesLacking()
const NEIGHBOURS = ['nscd', 'policycoreutils', 'selinux-utils', 'selinux-policy-default']

t.test('the module is told to nscd', { skip, timeout: 600_000 }, async (t) => {
  const site = await Site.make(t)
  const machine = site.add({ name: 'master', layers: [debianTree('bookworm', NEIGHBOURS)], address: `${MASTER}/24` })
  await machine.put('/etc/beowulf/config', CONFIG)
  // The policy takes ten seconds to link again.
  await machine.prepare('rm -r /etc/selinux')
  await machine.boot()
  await machine.must(USERS)
  await machine.must(`dpkg --install ${await handOver(machine, packageFiles(PACKAGES_OF.master))}`)
  await machine.must('kickback setup master')
  await machine.must('dpkg --remove kickback libnss-kickback && userdel ada')
  // Now only the snapshot has ada, and there is no module to read it.
  await machine.must("sed -i 's/^passwd:.*/& kickback/' /etc/nsswitch.conf && systemctl restart nscd")
  await until(async () => (await machine.run('nscd', '-g')).code === 0, 'nscd answers')
  t.match(await machine.run('getent', 'passwd', 'ada'), { code: 2 }, 'a negative answer, which nscd keeps')
  await machine.must(`dpkg --install /run/libnss-kickback_*.deb`)
  await until(async () => (await machine.run('getent', 'passwd', 'ada')).code === 0, 'nscd asks the module')
})

t.test(
  'the policy of SELinux takes the module, by the scripts of the package',
  { skip, timeout: 600_000 },
  async (t) => {
    const site = await Site.make(t)
    const machine = site.add({ name: 'confined', layers: [debianTree('bookworm', NEIGHBOURS)] })
    await machine.boot()
    const module = await handOver(machine, packageFiles(['libnss-kickback']))
    t.notMatch(await machine.must('semodule -l'), /^kickback$/m)
    await machine.must(`dpkg --install ${module}`)
    t.match(await machine.must('semodule -l'), /^kickback$/m)
    const paths = ['/usr/lib/kickback/launcher', '/run/kickback/snapshot.1', '/var/lib/kickback/private/shadow.1']
    // Else sshd could not read it, and what its line of PAM says of that case would happen: nobody or everybody may log in.
    const logins = await machine.must('matchpathcon /var/lib/kickback/access.conf /var/lib/kickback/access.conf.new')
    t.equal(logins.match(/:kickback_names_t:/g)?.length, 2)
    const labels = await machine.must(`matchpathcon ${paths.join(' ')}`)
    t.match(labels, /launcher\s+system_u:object_r:kickback_exec_t:s0/)
    t.match(labels, /snapshot\.1\s+system_u:object_r:kickback_names_t:s0/)
    t.match(labels, /shadow\.1\s+system_u:object_r:kickback_shadow_t:s0/)
    const policy = (await machine.must('ls /etc/selinux/default/policy/policy.*')).trim()
    const allows = (source: string, type: string, kind: string, permission: string): boolean => {
      const words = ['-s', source, '-t', type, '-c', kind, '-p', permission, `/proc/${machine.leader}/root${policy}`]
      return output('env', '-u', 'NODE_OPTIONS', 'sesearch', '--allow', ...words) !== ''
    }
    t.ok(allows('sshd_t', 'kickback_names_t', 'file', 'map'), 'sshd maps the snapshot')
    t.ok(allows('sshd_t', 'kickback_t', 'unix_stream_socket', 'connectto'), 'and asks the daemon')
    t.ok(allows('httpd_t', 'kickback_names_t', 'file', 'read'))
    t.ok(allows('chkpwd_t', 'kickback_shadow_t', 'file', 'map'), 'who checks passwords reads hashes')
    t.notOk(allows('httpd_t', 'kickback_shadow_t', 'file', 'read'), 'a web server does not')
    t.notOk(allows('httpd_t', 'kickback_secret_t', 'file', 'read'), 'nor the signing key')
    t.ok(allows('initrc_t', 'kickback_t', 'process2', 'nnp_transition'))
    await machine.must('dpkg --remove libnss-kickback')
    t.notMatch(await machine.must('semodule -l'), /^kickback$/m)
  },
)
