// Under an SELinux that enforces: what the packages install, the daemons, and confined programs that look names up.
import t, { type Test } from 'tap'
import { UNITS } from '../machines/cluster.ts'
import { packageFiles } from '../machines/installation.ts'
import { PACKAGES } from '../packages/made.ts'
import { until } from '../patience.ts'
import { Audit } from './audit.ts'
import { ADDRESS, becomeNode, doorsOf, install, noDoor, SOCKET_ALONE, setUp } from './cluster.ts'
import { virtualMachinesLacking } from './requirements.ts'
import { PATIENCE, VirtualMachine } from './virtual-machine.ts'

/** Domains of daemons that look names up through nsswitch.conf: they may read the file and ask the socket. */
const ASKING = ['chronyd_t', 'crond_t', 'httpd_t', 'named_t', 'ntpd_t', 'slapd_t', 'smbd_t', 'sshd_t']
/** Domains that do not: they may read the file. */
const READING = ['fsdaemon_t']

/** Whether root in a domain does a line of shell, as a service of systemd; the exit code of each domain. */
async function inDomains(
  machine: VirtualMachine,
  domains: readonly string[],
  line: string,
): Promise<Readonly<Record<string, number>>> {
  const service = `systemd-run --quiet --wait -p SELinuxContext=system_u:system_r:$domain:s0 /bin/sh -c ${quoted(line)}`
  const said = await machine.must(`for domain in ${domains.join(' ')}; do ${service}; echo $domain $?; done`)
  const rows = said
    .trim()
    .split('\n')
    .map((row) => row.split(' '))
  return Object.fromEntries(rows.map(([domain = '', code]) => [domain, Number(code)]))
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

const all = (domains: readonly string[], code: number): Readonly<Record<string, number>> =>
  Object.fromEntries(domains.map((domain) => [domain, code]))

const NODE = '/usr/lib/kickback/node'

/** The processes of a unit, each with its context and its user. */
const processesOf = (unit: string): string =>
  `ps -o label=,user= -p $(paste -sd, /sys/fs/cgroup$(systemctl show -P ControlGroup ${unit})/cgroup.procs)`

/** A user, a group with its members and a host of the cluster: exit code 0 if all are found, 2 if the first is not. */
const LOOK_UP = 'getent passwd ada >/dev/null && getent group physics >/dev/null && getent hosts n1 >/dev/null'

/** The daemon of a unit, and the processes of it that answer strangers: DNS and HTTP, as another user. */
async function hasDomains(t: Test, machine: VirtualMachine, unit: string): Promise<void> {
  const processes = async (): Promise<readonly string[]> =>
    (await machine.must(processesOf(unit))).trim().split('\n').sort()
  const isApart = async (): Promise<boolean> => (await processes()).filter((line) => / nobody$/.test(line)).length > 1
  await until(isApart, 'DNS and HTTP are processes of their own', PATIENCE)
  const users = ['nobody', 'nobody', 'root']
  t.same(
    await processes(),
    users.map((user) => `system_u:system_r:kickback_t:s0 ${user}`),
  )
  const status = `cat /proc/$(systemctl show -P MainPID ${unit})/status`
  t.match(await machine.must(status), /^NoNewPrivs:\s1$/m)
}

/** Public names have the type that every domain may read, and nothing else has it. */
async function hasTypes(t: Test, machine: VirtualMachine): Promise<void> {
  const listed = await machine.must("find /run/kickback /var/lib/kickback -exec stat -c '%A %C %n' {} +")
  const rows = listed
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  t.ok(rows.length > 6, listed)
  for (const [mode = '', context = '', path = ''] of rows) {
    const isPublic = mode[7] === 'r' && !/\/(admin|setup\.json)/.test(path)
    const kind = /\/private(\/|$)/.test(path) ? 'shadow' : isPublic ? 'names' : 'secret'
    t.match(context, `:kickback_${kind}_t:`, `${mode} ${path}`)
  }
}

t.test('SELinux enforces', { skip: virtualMachinesLacking(), timeout: 3_600_000 }, async (t) => {
  const machine = await VirtualMachine.boot(t, {
    kernel: 'security=selinux selinux=1 enforcing=1',
    files: packageFiles(PACKAGES),
  })
  const audit = new Audit(machine)
  const finds = async (t: Test, line: string, pattern: RegExp, what: string): Promise<void> => {
    await until(async () => pattern.test((await machine.run(line)).stdout), what, PATIENCE)
    t.pass(what)
  }
  t.equal(await machine.must('getenforce'), 'Enforcing\n')
  t.equal(await machine.must('id -Z'), 'unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023\n')

  await t.test('the packages install the policy, and label what they have', async (t) => {
    await install(machine)
    t.match(await machine.must('semodule -l'), /^kickback$/m)
    t.match(await machine.must('ls -Z /usr/lib/kickback/launcher'), /:kickback_exec_t:/)
    t.match(await machine.must('ls -ZL /usr/bin/kickback'), /:bin_t:/)
  })

  await audit.begin()
  await setUp(machine)

  await t.test(
    'the daemons of a master run in kickback_t, with NoNewPrivileges, and DNS and HTTP as another user',
    (t) => hasDomains(t, machine, UNITS.master),
  )
  await t.test('what a master makes has the type for who may read it', (t) => hasTypes(t, machine))

  for (const [door, { only, undo }] of Object.entries(doorsOf(UNITS.master))) {
    await t.test(`confined domains find names by ${door}`, async (t) => {
      await machine.must(only)
      t.match(await machine.run('id ada'), {
        stdout: /^uid=5000\(ada\) gid=5000\(ada\) groups=5000\(ada\),6000\(physics\)$/m,
      })
      t.same(await inDomains(machine, ASKING, LOOK_UP), all(ASKING, 0))
      if (!door.startsWith('the socket')) t.same(await inDomains(machine, READING, LOOK_UP), all(READING, 0))
      await machine.must(undo)
    })
  }

  await t.test('sshd lets a user of the cluster in, who has a systemd of her own', async (t) => {
    await machine.must(
      'install -d -o ada -g ada -m 700 /home/ada /home/ada/.ssh && ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id',
    )
    await machine.must(
      'install -o ada -g ada -m 600 /root/.ssh/id.pub /home/ada/.ssh/authorized_keys && restorecon -RF /home/ada',
    )
    const login = `ssh -i /root/.ssh/id -o StrictHostKeyChecking=no ada@${ADDRESS}`
    t.equal(await machine.must(`${login} id -un`), 'ada\n')
    const service = '[Service]\nType=oneshot\nExecStart=/bin/sh -c "getent hosts n1 >%h/looked"\n'
    await machine.put('/etc/systemd/user/look.service', service)
    await machine.must('loginctl enable-linger ada && systemctl start user@5000')
    await machine.must('runuser -u ada -- env XDG_RUNTIME_DIR=/run/user/5000 systemctl --user start look')
    t.match(await machine.must('cat /home/ada/looked'), /^10\.9\.8\.101 /)
  })

  await t.test('cron runs a job of a user of the cluster', async (t) => {
    await machine.must(`echo '* * * * * getent hosts n1 >/home/ada/job' | crontab -u ada -`)
    await finds(t, 'cat /home/ada/job', /^10\.9\.8\.101 /, 'the job')
  })

  await t.test('daemons of Debian find hosts and users of the cluster', async (t) => {
    await machine.put('/etc/chrony/sources.d/n1.sources', 'server n1 iburst\n')
    await machine.must('systemctl restart chrony')
    t.match(await machine.must('ps -o label= -C chronyd'), /:chronyd_t:/)
    await finds(t, 'chronyc -n sources', /10\.9\.8\.101/, 'chronyd has the address of its source')
    await machine.put('/etc/nginx/conf.d/n2.conf', 'server { listen 8080; location / { proxy_pass http://n2; } }\n')
    await machine.must('systemctl restart nginx')
    t.match(await machine.must('ps -o label= -C nginx'), /:httpd_t:/)
    await machine.put('/etc/tmpfiles.d/ada.conf', 'd /run/ada 0750 ada physics\n')
    await machine.must('systemd-run --quiet --wait systemd-tmpfiles --create /etc/tmpfiles.d/ada.conf')
    t.equal(await machine.must('stat -c %U:%G /run/ada'), 'ada:physics\n')
    await machine.put('/etc/sudoers.d/physics', '%physics ALL=(root) NOPASSWD: /usr/bin/id\n')
    t.equal(await machine.must('runuser -u ada -- sudo -n id -un'), 'root\n')
    await machine.must(
      "systemd-run --quiet --wait -p User=ada -p Group=physics sh -c 'test $(id -un):$(id -gn) = ada:physics'",
    )
  })

  await t.test('the daemons do all that they do elsewhere', async (t) => {
    await machine.must("echo 'grace:x:5001:5000:Grace:/home/grace:/bin/sh' >>/etc/cluster/passwd")
    await machine.must('systemctl reload kickback')
    t.equal(await machine.must('id -u grace'), '5001\n')
    t.match(await machine.must('kickback status'), /^generation/m)
    const resolver = `const r = new (require('node:dns').promises.Resolver)(); r.setServers(['${ADDRESS}']); r.resolve4('n1.cluster.internal').then(console.log)`
    t.match(await machine.must(`${NODE} --jitless -e "${resolver}"`), /10\.9\.8\.101/)
    const metrics = 'exec 3<>/dev/tcp/127.0.0.1/9145 && printf "GET /metrics HTTP/1.0\\r\\n\\r\\n" >&3 && cat <&3'
    t.match(await machine.must(`bash -c '${metrics}'`), /^kickback_generation/m)
  })

  await t.test('systemd ends a daemon that hangs, and starts it again', async (t) => {
    await machine.put('/etc/systemd/system/kickback.service.d/watchdog.conf', '[Service]\nWatchdogSec=20\n')
    await machine.must('systemctl daemon-reload && systemctl restart kickback')
    await machine.must('kill -STOP $(systemctl show -P MainPID kickback)')
    await finds(t, 'systemctl show -P NRestarts kickback', /^[1-9]/, 'it was started again')
    await machine.must(
      'rm -r /etc/systemd/system/kickback.service.d && systemctl daemon-reload && systemctl restart kickback',
    )
    await finds(t, 'systemctl is-active kickback', /^active$/m, 'it runs')
  })

  await t.test('nothing of kickback was denied', async (t) => {
    t.same(await audit.ofKickback(), [])
  })

  await t.test('what is not for everybody is not for confined domains, root in them too', async (t) => {
    const shadow = 'getent shadow ada >/dev/null'
    t.same(await inDomains(machine, ['sshd_t', 'httpd_t', 'named_t'], shadow), { sshd_t: 0, httpd_t: 2, named_t: 2 })
    for (const path of ['signing.key', 'sources/shadow', 'history', 'private/shadow.1'])
      t.same(await inDomains(machine, ['httpd_t'], `cat /var/lib/kickback/${path} >/dev/null`), { httpd_t: 1 }, path)
    t.same(await inDomains(machine, ['httpd_t'], 'cat /var/lib/kickback/snapshot.1 >/dev/null'), { httpd_t: 0 })
  })

  await t.test(
    'what is restored from a backup has the type for who may read it, before any daemon starts',
    async (t) => {
      await machine.must(`kickback backup /root/backup && systemctl stop ${UNITS.master}`)
      await machine.must(
        'find /var/lib/kickback -mindepth 1 ! -name setup.json -delete && kickback restore /root/backup',
      )
      await hasTypes(t, machine)
      await machine.must(`systemctl start ${UNITS.master}`)
      await hasTypes(t, machine)
    },
  )

  await t.test('a command runs where nobody may compile: Node by itself does not', async (t) => {
    t.not((await machine.run(`${NODE} -e 0`)).code, 0)
    t.equal((await machine.run('kickback --version')).code, 0)
    t.equal((await machine.run('runuser -u ada -- kickback query hosts n1')).stdout, '10.9.8.101      n1\n')
  })

  await audit.begin()
  await t.test('a node is the same', async (t) => {
    await becomeNode(machine)
    await hasDomains(t, machine, UNITS.node)
    await hasTypes(t, machine)
    for (const { only, undo } of Object.values(doorsOf(UNITS.node))) {
      await machine.must(only)
      t.same(await inDomains(machine, ['httpd_t', 'sshd_t'], LOOK_UP), { httpd_t: 0, sshd_t: 0 })
      await machine.must(undo)
    }
    t.same(await audit.ofKickback(), [])
  })

  await t.test('a machine that boots has names from the beginning', async (t) => {
    await machine.reboot()
    t.equal(await machine.must('getenforce'), 'Enforcing\n')
    await hasDomains(t, machine, UNITS.node)
    t.same(await inDomains(machine, ASKING, LOOK_UP), all(ASKING, 0))
    t.equal(await machine.must('stat -c %U:%G /run/ada'), 'ada:physics\n', 'tmpfiles had them before any daemon')
    t.same(await audit.ofKickback(), [])
  })

  await t.test('the same look-ups fail if there is no door', async (t) => {
    const { only, undo } = noDoor(UNITS.node)
    await machine.must(only)
    t.same(await inDomains(machine, ['httpd_t'], LOOK_UP), { httpd_t: 2 })
    await machine.must(undo)
  })

  await t.test('without the policy the daemons run too, but Node may not compile', async (t) => {
    // As a removal does it: the type of a process that runs must not go. Nothing below /run has a label by its path here.
    await machine.must(`systemctl stop ${UNITS.node} && semodule -r kickback && rm -r /run/kickback`)
    await machine.must(`restorecon -RF /var/lib/kickback /usr/lib/kickback && systemctl start ${UNITS.node}`)
    t.notMatch(await machine.must(processesOf(UNITS.node)), /kickback_t/)
    t.match(
      await machine.must(`journalctl -b -u ${UNITS.node} -o cat`),
      /the kernel refuses the memory in which Node compiles/,
    )
    await machine.must(SOCKET_ALONE.only)
    t.match(await machine.run('id -u ada'), { stdout: '5000\n' })
    await machine.must(SOCKET_ALONE.undo)
  })

  await t.test('without the policy confined domains are denied', async (t) => {
    await machine.must(`systemctl stop ${UNITS.node}`)
    await audit.begin()
    t.match(await machine.run('id -u ada'), { code: 0 }, 'who is not confined finds them')
    // Debian's httpd_t may read all of /var/lib.
    const asked = ['chronyd_t', 'named_t', 'ntpd_t']
    t.same(await inDomains(machine, asked, LOOK_UP), all(asked, 2))
    t.not((await audit.ofKickback()).length, 0)
  })
})
