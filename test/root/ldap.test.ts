// A master whose accounts come from a real LDAP server, by nslcd and by SSSD; and the same while that server hangs.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { root } from '../end-to-end/served.ts'
import { until } from '../patience.ts'
import { connect, installModule, type Machine, machine } from './machine.ts'

const SLAPD = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix dc=example
rootdn cn=admin,dc=example
rootpw secret
directory /run/ldap/db
`

const user = (name: string, uid: number): string => `dn: uid=${name},dc=example
objectClass: account
objectClass: posixAccount
cn: ${name}
uid: ${name}
uidNumber: ${uid}
gidNumber: 5000
homeDirectory: /home/${name}
loginShell: /bin/sh

`

const group = (name: string, gid: number, ...members: readonly string[]): string => `dn: cn=${name},dc=example
objectClass: posixGroup
cn: ${name}
gidNumber: ${gid}
${members.map((member) => `memberUid: ${member}\n`).join('')}
`

/** Many groups, all of which ann is a member of. */
const MANY = Array.from({ length: 300 }, (_, i) => 6000 + i)

const TREE = `dn: dc=example
objectClass: dcObject
objectClass: organization
dc: example
o: example

${user('ann', 3000)}${user('bob', 3001)}${group('lab', 5000)}${group('tools', 5001, 'ann', 'local')}${MANY.map((gid) => group(`g${gid}`, gid, 'ann')).join('')}`

const NSLCD = 'uri ldap://127.0.0.1\nbase dc=example\nbind_timelimit 3\ntimelimit 3\n'

const SSSD = `[sssd]
services = nss
domains = example
[domain/example]
id_provider = ldap
auth_provider = none
access_provider = permit
ldap_uri = ldap://127.0.0.1
ldap_search_base = dc=example
ldap_search_timeout = 20
ldap_opt_timeout = 3
ldap_network_timeout = 3
offline_timeout = 5
`

const CONFIG =
  'nodes 2\ninterface eth0 10.20.30.1 255.255.255.0\niprange 10.20.30.2 10.20.30.3\nhost 00:A0:D1:E9:87:CA 10.20.30.9 pdu1\nhostrange 10.20.30.9 10.20.30.9\n'

/** A master with an LDAP server and one of its clients, and a node of it. */
class Site {
  readonly master: Machine
  readonly node: Machine
  readonly service: 'ldap' | 'sss'

  private constructor(master: Machine, node: Machine, service: 'ldap' | 'sss') {
    this.master = master
    this.node = node
    this.service = service
  }

  static async start(t: Test, service: 'ldap' | 'sss'): Promise<Site> {
    const site = new Site(await machine(t, 'master'), await machine(t, 'node'), service)
    const { master, node } = site
    connect([master, '10.20.30.1/24'], [[node, '10.20.30.2/24']])
    for (const one of [master, node]) {
      installModule(one)
      one.must('mkdir -p /etc/beowulf /run/kickback /var/lib/kickback')
    }
    // The bridge has the master's address; the configuration writes it.
    site.write('/etc/beowulf/config', CONFIG)
    master.must('echo "local:x:2000:2000::/home/local:/bin/sh" >>/etc/passwd; echo "local:x:2000:" >>/etc/group')
    master.must('mkdir -p /run/ldap/db /run/nslcd /etc/sssd')
    site.write('/run/ldap/slapd.conf', SLAPD)
    site.write('/run/ldap/tree', TREE)
    master.must('/usr/sbin/slapadd -f /run/ldap/slapd.conf -l /run/ldap/tree')
    master.start(
      'sh',
      '-c',
      'echo $$ >/run/slapd.pid; exec /usr/sbin/slapd -f /run/ldap/slapd.conf -h ldap://127.0.0.1 -d 0',
    )
    await until(
      () => master.run('ldapsearch', '-x', '-H', 'ldap://127.0.0.1', '-b', 'dc=example', 'uid=ann').code === 0,
    )
    await site.#client()
    await site.#daemons()
    return site
  }

  write(path: string, content: string): void {
    this.master.must(`cat >'${path}' <<'END'\n${content}END`)
    this.master.must(`chmod 644 '${path}'`)
  }

  async #client(): Promise<void> {
    const { master, service } = this
    this.write('/etc/nslcd.conf', NSLCD)
    this.write('/etc/sssd/sssd.conf', SSSD)
    master.must('chmod 600 /etc/sssd/sssd.conf')
    if (service === 'ldap') master.start('/usr/sbin/nslcd', '--nofork')
    else master.start('/usr/sbin/sssd', '-i', '--logger=stderr')
    await until(() => master.run('getent', '-s', service, 'passwd', 'ann').code === 0)
  }

  async #daemons(): Promise<void> {
    const { master, node, service } = this
    const services = ['--accounts-services', 'files', '--accounts-services', service]
    // What nslcd lists could be cut off by a limit of the server, as far as anybody knows.
    const lookups = service === 'ldap' ? ['--accounts-lookups', 'always'] : []
    const times = ['--accounts-deadline', '5', '--accounts-refresh', '86400']
    const nss = ['--accounts-source', 'nss', ...services, ...lookups, ...times]
    master.start(join(root, 'bin/kickback'), 'serve', '--listen', '10.20.30.1:3045', ...nss)
    await until(() => master.run('kickback', 'query', 'hosts', 'n1').code === 0)
    node.must(`echo '${master.must('cat /var/lib/kickback/signing.pub')}' >/etc/kickback.pub`)
    node.start(join(root, 'bin/kickback'), 'proxy', '--master', '10.20.30.1:3045', '--key', '/etc/kickback.pub')
    await until(() => getent(node, 'hosts', 'n1').code === 0)
  }

  /** Has the LDAP server hang, and go on. */
  hang(): void {
    this.master.must('kill -STOP $(cat /run/slapd.pid)')
  }

  goOn(): void {
    this.master.must('kill -CONT $(cat /run/slapd.pid)')
  }
}

/** What a program of a machine finds by the module alone. */
const getent = (on: Machine, ...words: readonly string[]) => on.run('getent', '-s', 'kickback', ...words)
/** The gids of the groups of a user, besides the primary one, in order. */
function gidsOf(on: Machine, service: string, name: string): number[] {
  const [, ...gids] = on.run('getent', '-s', service, 'initgroups', name).stdout.trim().split(/\s+/)
  return gids.map(Number).sort((a, b) => a - b)
}

/** How long SSSD may take to go offline, in milliseconds: its time limits, several times. */
const OFFLINE_PATIENCE = 120_000
/** The exit code of query for what is not there. */
const EXIT_NOT_FOUND = 2
/** NSS_STATUS_TRYAGAIN of nss.h. */
const TRYAGAIN = -2

/** How the module answers a question for a user: getent(1) does not tell an outage from an answer. */
function statusOf(on: Machine, name: string): number {
  const buffers = 'e, r, b = ctypes.c_int(), ctypes.create_string_buffer(256), ctypes.create_string_buffer(4096)'
  const call = `ctypes.CDLL("libnss_kickback.so.2")._nss_kickback_getpwnam_r(b"${name}", r, b, 4096, ctypes.byref(e))`
  const { stdout } = on.run('python3', '-c', `import ctypes\n${buffers}\nprint(${call})`)
  return Number(stdout)
}

/** What is looked up at first. */
const FIRST = [
  ['passwd', 'ann'],
  ['passwd', '3000'],
  ['group', 'lab'],
  ['passwd', 'bob'],
] as const

/** How long so many look-ups of one kind take on the node, in milliseconds: the least of three rounds. */
function duration(on: Machine, database: string, key: string): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now()
    on.must(`i=0; while [ $i -lt 50 ]; do getent -s kickback ${database} ${key} >/dev/null; i=$((i + 1)); done`)
    return performance.now() - start
  })
  return Math.min(...times)
}

/** By SSSD in the long run alone: it takes its time to find out that the server hangs. */
const SERVICES = process.env.KICKBACK_LONG === undefined ? (['ldap'] as const) : (['ldap', 'sss'] as const)

for (const service of SERVICES) {
  t.test(
    `accounts of an LDAP server reach a node by ${service}, and a server that hangs takes none away`,
    async (t) => {
      const site = await Site.start(t, service)
      const { master, node } = site
      const query = (...words: readonly string[]) => master.run('kickback', 'query', ...words)
      // The first look-up of each may take longer than a program waits.
      for (const [database, key] of FIRST)
        await until(() => getent(node, database, key).code === 0, `${database} ${key}`)
      await until(() => gidsOf(node, 'kickback', 'ann').length > 0, 'the groups of ann')
      // SSSD tells groups of its own users alone.
      if (service === 'ldap') await until(() => gidsOf(node, 'kickback', 'local').length > 0, 'the groups of local')
      t.match(getent(node, 'passwd', 'ann'), { code: 0, stdout: /^ann:\*:3000:5000:/ })
      t.match(getent(node, 'passwd', '3000'), { code: 0, stdout: /^ann:/ })
      t.match(getent(node, 'group', 'lab'), { code: 0, stdout: /^lab:\*:5000:/ })
      t.same(gidsOf(node, 'kickback', 'ann'), [5001, ...MANY], 'a user in many groups')
      for (const name of ['ann', 'local'])
        t.same(gidsOf(node, 'kickback', name), gidsOf(master, service, name), `the groups of ${name} as on the master`)
      t.same(gidsOf(node, 'kickback', 'local'), service === 'ldap' ? [5001] : [], 'a local user in a group of LDAP')
      t.match(getent(node, 'passwd', 'local'), { code: 0 })
      t.match(query('passwd', 'nobody-there'), { code: EXIT_NOT_FOUND })
      const listed = getent(node, 'passwd').stdout
      t.match(listed, /^local:/m)
      t.equal(/^ann:/m.test(listed), service === 'ldap', 'nslcd lists accounts, and SSSD does not')

      const kinds = [
        ['hosts', 'pdu1'],
        ['ethers', 'pdu1'],
        ['passwd', 'local'],
        ['passwd', 'ann'],
      ] as const
      const before = kinds.map(([database, key]) => duration(node, database, key))
      site.hang()
      t.match(query('passwd', 'eve'), { stderr: /did not answer in time/ }, 'with SSSD until it goes offline')
      t.equal(statusOf(node, 'eve'), TRYAGAIN, 'so a program on the node hears it')
      t.match(getent(node, 'passwd', 'ann'), { code: 0 })
      const after = kinds.map(([database, key]) => duration(node, database, key))
      const ratios = kinds.map((kind, i) => `${kind.join(' ')} ${((after[i] ?? 0) / (before[i] ?? 1)).toFixed(2)}`)
      t.comment(`times while the LDAP server hangs, by those before: ${ratios.join(', ')}`)

      if (service === 'ldap') {
        t.match(master.run('kickback', 'reload'), { code: 1, stderr: /the service ldap of nsswitch.conf/ })
        t.match(getent(node, 'passwd', 'ann'), { code: 0 }, 'the last listing stays')
      } else {
        await until(() => query('passwd', 'eve').code === EXIT_NOT_FOUND, 'SSSD goes offline', OFFLINE_PATIENCE)
        t.match(getent(node, 'passwd', 'ann'), { code: 0 }, 'an account that was found before stays')
        t.same(gidsOf(node, 'kickback', 'ann'), [5001, ...MANY])
      }
      site.goOn()
      await until(() => master.run('kickback', 'reload').code === 0)
      t.match(getent(node, 'passwd', 'ann'), { code: 0 })
      t.match(getent(node, 'passwd', 'bob'), { code: 0 })
    },
  )
}
