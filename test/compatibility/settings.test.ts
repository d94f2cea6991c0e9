// The settings of a release, and what its set-up left on a machine, under the program of today.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseSettingsFile } from '../../src/cli/settings/file.ts'
import { readSetting } from '../../src/cli/settings/given.ts'
import { SETTING_ROWS } from '../../src/cli/settings/table.ts'
import { databasesOn } from '../../src/setup/index.ts'
import { image } from '../setup/image.ts'
import { CLUSTER, recordings } from './recording.ts'
import { FILES, undo } from './set-up.ts'

const ROLES = { 'master.toml': 'serve', 'node.toml': 'proxy' } as const

t.test('the next recording will have each setting that a daemon may have', async (t) => {
  const given = Object.keys(ROLES).flatMap((name) => [
    ...parseSettingsFile(name, readFileSync(join(CLUSTER, name), 'utf8')).values.keys(),
  ])
  const wanted = SETTING_ROWS.filter(
    ([, row]) => row.key !== null && ['serve', 'proxy'].some((role) => row.commands.includes(role as 'serve')),
  )
  t.strictSame(
    wanted.map(([name]) => name).filter((name) => !given.includes(name)),
    [],
  )
})

for (const recording of recordings()) {
  const { release } = recording

  t.test(`every setting of ${release} is one today, with the same values`, async (t) => {
    for (const [name, command] of Object.entries(ROLES) as [keyof typeof ROLES, 'serve' | 'proxy'][]) {
      const file = parseSettingsFile(name, recording.text(name), command)
      t.strictSame(file.diagnostics, [], name)
      const keys = recording.lines(name).filter((line) => /^[a-z_]+ =/.test(line))
      t.equal(file.values.size, keys.length)
      for (const [setting, row] of SETTING_ROWS) {
        const texts = file.values.get(setting)
        if (texts !== undefined) t.doesNotThrow(() => readSetting(row, texts), setting)
      }
    }
  })

  t.test(`today's setup undoes what that of ${release} did to a machine, byte for byte`, async (t) => {
    const from = recording.unpacked(t, 'machine')
    const files = (when: string): Record<string, string> =>
      Object.fromEntries(
        FILES.filter((path) => existsSync(join(from, when, path))).map((path) => [
          path,
          readFileSync(join(from, when, path), 'utf8'),
        ]),
      )
    const [before, after] = [files('before'), files('after')]
    const machine = image(t, after)
    t.ok(databasesOn(machine.text('/etc/nsswitch.conf') ?? '').length > 5, 'it knows its entries again')
    await undo(machine)
    const now = Object.fromEntries(FILES.map((path) => [path, machine.text(path)]))
    t.strictSame(now, Object.fromEntries(FILES.map((path) => [path, before[path]])))
    t.notSame(before, after, 'control: there was something to undo')
  })
}
