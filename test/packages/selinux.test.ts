// The types that files have under SELinux from the moment they are made: restorecon comes later, if at all.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { pathsIn } from '../../src/daemon/backup/backup.ts'
import { IN_STEP } from '../../src/daemon/index.ts'
import { folder } from '../folder.ts'

const read = (name: string): string => readFileSync(new URL(`../../packaging/selinux/${name}`, import.meta.url), 'utf8')
const [rules, contexts] = [read('kickback.te'), read('kickback.fc')]

/** Whether what a domain makes under this name in a folder of names has this type. */
const makes = (domain: string, kind: 'file' | 'dir', type: string, name: string): boolean =>
  rules.includes(`type_transition ${domain} kickback_names_t:${kind} kickback_${type}_t "${name}";`)

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
    for (const path of secret) t.ok(makes(domain, 'file', 'secret', `${path}.new`), `${domain}: ${path}`)
    for (const name of ['generations', 'sources']) t.ok(makes(domain, 'dir', 'secret', name), `${domain}: ${name}`)
    t.ok(makes(domain, 'dir', 'shadow', 'private'), domain)
  }
})

t.test('what a daemon writes for itself beside the snapshots is not labelled as names', async (t) => {
  for (const name of ['history', 'history.new', 'pin.new', `${IN_STEP}.new`])
    t.ok(makes('kickback_t', 'file', 'secret', name), name)
})
