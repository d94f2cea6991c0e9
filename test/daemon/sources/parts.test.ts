import t from 'tap'
import { hasManyParts, LIMITED_PARTS } from '../../../src/daemon/sources/parts.ts'
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
