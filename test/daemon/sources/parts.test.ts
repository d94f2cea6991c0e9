import t from 'tap'
import { hasManyParts, isSmall, LIMITED_PARTS, namesIn } from '../../../src/daemon/sources/parts.ts'
import { readFile, sourcesOf } from '../sources.ts'

const isMany = (passwd: string): boolean => hasManyParts(sourcesOf(0, { passwd: readFile('passwd', passwd) }))

t.test('a source has many parts by its lines, by the members of its lists, and by the words of a line', async (t) => {
  for (const part of ['\n', 'a,', 'a ', 'a\t'])
    t.same(
      [isMany(part.repeat(LIMITED_PARTS)), isMany(part.repeat(LIMITED_PARTS + 1))],
      [false, true],
      JSON.stringify(part),
    )
  t.notOk(isMany('a b c\n'.repeat(LIMITED_PARTS / 2)), 'words of several lines are in no table together')
  t.notOk(isMany('x'.repeat(4 * LIMITED_PARTS)))
})

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

t.test('the names of a configuration are counted once for each content', async (t) => {
  const config = readFile('config', 'iprange 10.0.0.0 10.0.0.99\n')
  t.equal(namesIn(config), 100)
  // So it is seen whether the bytes are looked through again.
  config.bytes.fill(10)
  t.equal(namesIn({ ...config, time: 1 }), 100)
  t.equal(namesIn({ ...config, bytes: Uint8Array.from(config.bytes) }), 0, 'another content is another count')
})
