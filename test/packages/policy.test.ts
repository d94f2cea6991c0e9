import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { LOGINS_FILE, layout } from '../../src/resolver/index.ts'
import { missing, ROOT } from '../nss/programs.ts'
import { made, noWayToMake, output } from './made.ts'

const SNIPPET = join(ROOT, 'packaging/apparmor/kickback')
const noParser =
  missing('apparmor_parser') ||
  (existsSync('/etc/apparmor.d/abstractions/nameservice') ? false : 'needs the abstractions of Debian package apparmor')

/** The rules of a profile that may look names up, as the parser reads them, with or without our file. */
function confined(withSnippet: boolean): {
  readonly rules: string
  readonly code: number | null
  readonly stderr: string
} {
  const base = mkdtempSync(join(tmpdir(), 'kickback-apparmor-'))
  try {
    cpSync('/etc/apparmor.d', base, { recursive: true })
    const place = join(base, 'abstractions/nameservice.d')
    rmSync(join(place, 'kickback'), { force: true })
    mkdirSync(place, { recursive: true })
    if (withSnippet) cpSync(SNIPPET, join(place, 'kickback'))
    const profile = join(base, 'test')
    writeFileSync(
      profile,
      '#include <tunables/global>\nprofile test /opt/test {\n  #include <abstractions/nameservice>\n}\n',
    )
    const words = ['--base', base, '--skip-kernel-load', '--skip-cache']
    const compiled = spawnSync('apparmor_parser', ['-QTK', ...words, profile], { encoding: 'utf8' })
    const rules = output('apparmor_parser', '--preprocess', ...words, profile)
    return { rules, code: compiled.status, stderr: compiled.stderr }
  } finally {
    rmSync(base, { recursive: true })
  }
}

t.test(
  'a profile with the abstraction for names may read the snapshots and ask the socket',
  { skip: noParser },
  async (t) => {
    const { rules, code, stderr } = confined(true)
    t.equal(code, 0, stderr)
    for (const folder of ['@{run}', '/var/lib', '/usr/share']) t.match(rules, `${folder}/kickback/snapshot.[0-9]* r,`)
    t.match(rules, '@{run}/kickback/socket rw,')
    t.match(rules, `/var/lib/kickback/${LOGINS_FILE} r,`)
    t.notMatch(confined(false).rules, 'kickback', 'without the file it may not')
  },
)

t.test('the file names what the layout names', async (t) => {
  const text = readFileSync(SNIPPET, 'utf8')
  const pattern = (name: string): string => name.replace(/\d+$/, '[0-9]*')
  t.match(text, `/kickback/${pattern(layout.FILES.PUBLIC)} r,`)
  t.match(text, `/kickback/private/${pattern(layout.FILES.SHADOW)} r,`)
  const places = [...readFileSync(join(ROOT, 'src/nss/trust.c'), 'utf8').matchAll(/\.path = "([^"]+)"/g)]
  t.equal(places.length, 3)
  for (const [, place = ''] of places) t.match(text, `${place.replace(/^\/run/, '@{run}')}/ r,`)
  const contexts = readFileSync(join(ROOT, 'packaging/selinux/kickback.fc'), 'utf8')
  for (const [, place = ''] of places) t.match(contexts, new RegExp(`^${place}(\\(/\\.\\*\\)\\?)?\\t`, 'm'))
})

t.test(
  'the module of SELinux is compiled, in a format that old policies read',
  { skip: noWayToMake('policy') },
  async (t) => {
    made('policy')
    const module = readFileSync(join(ROOT, 'build/packages/selinux/kickback.pp'))
    // A package: magic, version, sections; the first is the module, whose version follows its magic and name.
    t.equal(module.readUInt32LE(0), 0xf97cff8f)
    const first = module.readUInt32LE(12)
    t.equal(module.readUInt32LE(first), 0xf97cff8d)
    const nameLength = module.readUInt32LE(first + 4)
    t.equal(module.readUInt32LE(first + 8 + nameLength + 4), 19)
  },
)
