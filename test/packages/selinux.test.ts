// The types that files have under SELinux from the moment they are made: restorecon comes later, if at all.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { pathsIn } from '../../src/daemon/backup/backup.ts'
import { IN_STEP } from '../../src/daemon/index.ts'
import { folder } from '../folder.ts'

const read = (name: string): string => readFileSync(new URL(`../../packaging/selinux/${name}`, import.meta.url), 'utf8')
const [rules, contexts] = [read('kickback.te'), read('kickback.fc')]

/** The type that a domain gives what it makes in a folder of names: by the name, else by the kind. */
function typeOf(domain: string, kind: 'file' | 'dir', name: string): string | undefined {
  const begin = `type_transition ${domain} kickback_names_t:${kind} kickback_`
  const lines = rules.split('\n').map((line) => line.trim())
  const line = lines.find((one) => one.startsWith(begin) && one.endsWith(` "${name}";`))
  const byKind = lines.find((one) => one.startsWith(begin) && /_t;$/.test(one))
  return /^([a-z]+)_t/.exec((line ?? byKind ?? '').slice(begin.length))?.[1]
}

/** Whether a file of the state dir is for everybody. */
function isPublic(path: string): boolean {
  const line = contexts
    .split('\n')
    .findLast((one) => new RegExp(`^${one.split(/\s/)[0]}$`).test(`/var/lib/kickback/${path}`))
  return line?.includes('kickback_names_t') ?? false
}

t.test('what is restored from a backup has the type of its place, whoever runs the command', async (t) => {
  const paths = await pathsIn(folder(t))
  t.ok(isPublic('signing.pub') && isPublic('snapshot.1') && !isPublic('signing.key'), 'control')
  const secret = [...paths.filter((path) => !path.includes('/') && !isPublic(path)), 'restored']
  t.ok(secret.includes('signing.key'))
  for (const domain of ['unconfined_t', 'sysadm_t']) {
    for (const path of secret) t.equal(typeOf(domain, 'file', `${path}.new`), 'secret', `${domain}: ${path}`)
    t.equal(typeOf(domain, 'dir', 'private'), 'shadow', domain)
  }
})

t.test('what a daemon writes for itself beside the snapshots is not labelled as names', async (t) => {
  for (const name of ['history', 'history.new', 'pin.new', `${IN_STEP}.new`])
    t.equal(typeOf('kickback_t', 'file', name), 'secret', name)
  t.equal(typeOf('kickback_t', 'file', 'snapshot.1'), undefined, 'control: it has the type of its folder')
})

t.test('a folder is secret whoever makes it: keys are begun in one', async (t) => {
  for (const domain of ['kickback_t', 'unconfined_t', 'sysadm_t'])
    t.equal(typeOf(domain, 'dir', 'any.key.Xa'), 'secret', domain)
})
