import t from 'tap'
import { foldedText } from '../../../src/values/names/folded-names.ts'

const foldedNames = (names: readonly string[]): string[] => foldedText(names, 99).split(', ')

t.test('names in a row are one set; another prefix, suffix or padding begins a new one', async (t) => {
  t.equal(foldedText([], 9), '')
  t.same(foldedNames(['n0', 'n1', 'n2', 'n5', 'n9', 'n10']), ['n0-n2', 'n5', 'n9-n10'])
  t.same(foldedNames(['gpu01', 'gpu02', 'n3', 'login']), ['gpu01-gpu02', 'n3', 'login'])
  t.same(foldedNames(['n08', 'n09', 'n10', 'n11']), ['n08-n11'])
  t.same(foldedNames(['n9', 'n010', 'n11']), ['n9', 'n010', 'n11'])
  t.same(foldedNames(['n1-ib', 'n2-ib', 'n3']), ['n[1-2]-ib', 'n3'])
  t.same(foldedNames(['10.0.0.1', '10.0.0.2']), ['10.0.0.1-10.0.0.2'])
  t.same(foldedNames(['a', 'a', 'n1', 'n1']), ['a', 'a', 'n1', 'n1'])
})

t.test('of many sets the first are told, and how many names are in the others', async (t) => {
  t.equal(foldedText(['n0', 'n1', 'n3', 'n5', 'n6'], 2), 'n0-n1, n3 and 2 more')
  t.equal(foldedText(['n0', 'n1'], 1), 'n0-n1')
  const names = Array.from({ length: 100_000 }, (_, i) => `n${i * 2}`)
  t.match(foldedText(names, 10), /^n0, n2, .*, n18 and 99990 more$/)
})
