import t from 'tap'
import { isSmall } from '../../../src/daemon/sources/source.ts'
import { readFile, sourcesOf } from '../sources.ts'

t.test('sources are small until all of them together have half a megabyte', async (t) => {
  t.ok(isSmall(sourcesOf(1000)))
  const half = 'x'.repeat(262_144)
  const more = { config: readFile('config', half), passwd: readFile('passwd', half) }
  t.notOk(isSmall(sourcesOf(1, more)), 'none of them is large by itself')
})
