import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { missing, ROOT } from '../nss/programs.ts'
import { SCRIPT } from './fetching.ts'
import { inParts } from './parts.ts'

t.test('shellcheck has nothing to say of the script', { skip: missing('shellcheck') }, async (t) => {
  t.equal(spawnSync('shellcheck', ['-s', 'sh', SCRIPT], { encoding: 'utf8' }).stdout, '')
})

t.test('mandoc has nothing to say of its manual', { skip: missing('mandoc') }, async (t) => {
  const page = join(ROOT, 'docs/man/kickback-fetch.8')
  const said = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', page], { encoding: 'utf8' })
  t.equal(said.stdout, '')
  t.equal(said.status, 0)
})

t.test('the manual and --help name each option and each setting', async (t) => {
  const page = readFileSync(join(ROOT, 'docs/man/kickback-fetch.8'), 'latin1')
  const help = inParts(t, 'usage').join('\n')
  const script = readFileSync(SCRIPT, 'latin1')
  const options = [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, option]) => option ?? '')
  t.ok(options.length > 10)
  for (const option of options) {
    t.match(page, `Fl -${option}`)
    t.match(script, new RegExp(`--${option}\\b`))
  }
  const settings = /^set_one\(\)[\s\S]*?^}/m.exec(script)?.[0].matchAll(/^ {4}([a-z_]+)\) /gm) ?? []
  const names = [...settings].map(([, name]) => name ?? '')
  t.ok(names.length > 8)
  for (const name of names) t.match(page, new RegExp(`^\\.Li .*\\b${name}\\b`, 'm'), name)
})

t.test('each unit can be enabled, and the services start the script', async (t) => {
  const units = readdirSync(join(ROOT, 'packaging/fetch')).filter((name) => /\.(service|timer)$/.test(name))
  t.equal(units.length, 3)
  for (const unit of units) {
    const text = readFileSync(join(ROOT, 'packaging/fetch', unit), 'latin1')
    t.match(text, /^\[Install\]$/m)
    // A proxy that has capabilities that the unit has not would be invisible, and the script would write beside it.
    t.notMatch(text, /^(ProtectProc|ProcSubset)=/m)
    if (unit.endsWith('.service')) t.match(text, /^ExecStart=\/usr\/sbin\/kickback-fetch /m)
  }
})
