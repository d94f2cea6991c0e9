import t from 'tap'
import { isSmall } from '../../../src/daemon/sources/source.ts'
import { readFile, sourcesOf } from '../sources.ts'

t.test('sources are small until all of them together have half a megabyte', async (t) => {
  t.ok(isSmall(sourcesOf(1000)))
  const half = 'x'.repeat(262_144)
  const more = { config: readFile('config', half), passwd: readFile('passwd', half) }
  t.notOk(isSmall(sourcesOf(1, more)), 'none of them is large by itself')
})

t.test('sources of few bytes are not small where they mean much', async (t) => {
  const nodes = (last: string) => ({ config: readFile('config', `iprange 10.0.0.0 ${last}\n`) })
  t.ok(isSmall(sourcesOf(1, nodes('10.0.63.255'))))
  t.notOk(isSmall(sourcesOf(1, nodes('10.0.64.0'))), 'a node more')
  t.notOk(isSmall(sourcesOf(1, { config: readFile('config', 'iprange 10.0.0.0 10.0.63.255\nnodename x%N\n') })))
  const netgroups = 'a b\n'.repeat(5000)
  t.notOk(isSmall(sourcesOf(1, { netgroup: readFile('netgroup', netgroups) })), 'each may have the triples of all')
})
