import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseSettingsFile } from '../../src/cli/settings/file.ts'
import { pages } from './manual.ts'

t.test('the pages hold what the tables say; else run: node test/cli/manual.ts', async (t) => {
  for (const [page, text] of pages()) t.equal(readFileSync(page, 'utf8'), text, page.pathname)
})

t.test('the example of kickback.toml(5) is a settings file', async (t) => {
  const text = pages().find(([page]) => page.pathname.endsWith('kickback.toml.5'))?.[1] ?? ''
  const example = /\.EX\n([\s\S]*)\.EE/.exec(text)?.[1] ?? ''
  t.same(parseSettingsFile('example', example).diagnostics, [])
  t.equal(parseSettingsFile('example', example).values.size, 3)
})
