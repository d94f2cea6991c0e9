import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseSettingsFile } from '../../src/cli/settings/file.ts'

t.test('the example of kickback.toml(5) is a settings file', async (t) => {
  const text = readFileSync(new URL('../../docs/man/kickback.toml.5', import.meta.url), 'utf8')
  const example = /\.EX\n([\s\S]*)\.EE/.exec(text)?.[1] ?? ''
  t.same(parseSettingsFile('example', example).diagnostics, [])
  t.equal(parseSettingsFile('example', example).values.size, 3)
})
