// The types that files have under SELinux from the moment they are made: restorecon comes later, if at all.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { pathsIn } from '../../src/daemon/backup/backup.ts'
import { IN_STEP } from '../../src/kickback/index.ts'
import { folder } from '../folder.ts'

const read = (name: string): string => readFileSync(new URL(`../../packaging/selinux/${name}`, import.meta.url), 'utf8')
const [rules, contexts] = [read('kickback.te'), read('kickback.fc')]

/** The rules, line by line. */
const lines = rules.split('\n').map((line) => line.trim())
/** The daemons, and the commands of an administrator. */
const MAKERS = ['kickback_t', 'unconfined_t', 'sysadm_t']

/** The type that these domains give what they make in a folder of names: by the name, else by the kind. */
function typeOf(kind: 'file' | 'dir', name: string): string | undefined {
  const begin = `type_transition kickback_maker kickback_names_t:${kind} kickback_`
  const line = lines.find((one) => one.startsWith(begin) && one.endsWith(` "${name}";`))
  const byKind = lines.find((one) => one.startsWith(begin) && /_t;$/.test(one))
  return /^([a-z]+)_t/.exec((line ?? byKind ?? '').slice(begin.length))?.[1]
}

/** The line for a path: the last that fits. */
function contextOf(path: string): string {
  return contexts.split('\n').findLast((one) => new RegExp(`^${one.split(/\s/)[0]}$`).test(path)) ?? ''
}

/** Whether a file of the state dir is for everybody. */
function isPublic(path: string): boolean {
  return contextOf(`/var/lib/kickback/${path}`).includes('kickback_names_t')
}

t.test('the daemons and the commands of an administrator give files the same types', async (t) => {
  for (const domain of MAKERS) t.ok(lines.includes(`typeattribute ${domain} kickback_maker;`), domain)
  const of = lines.filter((line) => line.startsWith('type_transition') && line.includes(' kickback_names_t:'))
  t.same(
    of.filter((line) => !line.startsWith('type_transition kickback_maker ')),
    [],
    'a type stands once',
  )
})

t.test('what is restored from a backup has the type of its place', async (t) => {
  const paths = await pathsIn(folder(t))
  t.ok(isPublic('signing.pub') && isPublic('snapshot.1') && !isPublic('signing.key'), 'control')
  const secret = [...paths.filter((path) => !path.includes('/') && !isPublic(path)), 'restored']
  t.ok(secret.includes('signing.key'))
  for (const path of secret) t.equal(typeOf('file', `${path}.new`), 'secret', path)
  t.equal(typeOf('dir', 'private'), 'shadow')
})

t.test('what a daemon writes for itself beside the snapshots is not labelled as names', async (t) => {
  for (const name of ['history', 'history.new', 'pin.new', `${IN_STEP}.new`, 'boots.new', 'strangers.json.new'])
    t.equal(typeOf('file', name), 'secret', name)
  t.equal(typeOf('file', 'snapshot.1'), undefined, 'control: it has the type of its folder')
})

t.test(
  'dnsmasq may read what it is given, and write its process id and its log, and nothing else of kickback',
  async (t) => {
    t.equal(typeOf('dir', 'dhcp'), 'dhcp')
    t.match(contextOf('/run/kickback/dhcp/dnsmasq.conf'), /:kickback_dhcp_t:/)
    const allowed = lines.filter((line) => line.startsWith('allow dnsmasq_t '))
    t.same(allowed.map((line) => /kickback_(\w+)_t:(\w+)/.exec(line)?.slice(1).join(' ')).sort(), [
      'dhcp dir',
      'dhcp fifo_file',
      'dhcp file',
      'names dir',
    ])
  },
)

t.test(
  'the daemon may have systemd run the unit of dnsmasq, and write a configuration of an administrator',
  async (t) => {
    for (const type of ['systemd_unit_t', 'systemd_unit_file_t'])
      t.ok(lines.includes(`allow kickback_t ${type}:service { reload start status stop };`), type)
    t.ok(lines.includes('typeattribute kickback_t can_change_object_identity;'))
  },
)

t.test('a folder is secret: keys are begun in one', async (t) => {
  t.equal(typeOf('dir', 'any.key.Xa'), 'secret')
})

t.test('each program of the packages has the type of programs', async (t) => {
  const makefile = readFileSync(new URL('../../packaging/Makefile', import.meta.url), 'utf8')
  const installed = /^install -m 755 (.*) \$\$lib\/; \\$/m.exec(makefile)?.[1]?.split(' ') ?? []
  const programs = installed.map((path) => path.split('/').at(-1) ?? '')
  t.ok(programs.includes('node') && programs.includes('launcher'), 'control')
  for (const program of programs) t.match(contextOf(`/usr/lib/kickback/${program}`), /:(bin|kickback_exec)_t:/, program)
})
