import t from 'tap'
import { typedBytes } from '../../src/cli/typed-bytes.ts'

const called = (...words: string[]) => Buffer.from(words.map((word) => `${word}\0`).join(''), 'latin1')
const asText = (word: string): string => Buffer.from(word, 'latin1').toString('utf8')

t.test('a word that is UTF-8 is its bytes, whatever the process was called with', async (t) => {
  t.same(typedBytes(['ada', 'jörg'], called('x')), ['ada', 'j\xc3\xb6rg'])
})

t.test('a word that is no UTF-8 is what was typed; two that read the same are told apart by their order', async (t) => {
  const words = ['j\xf6rg', 'ada', 'j\xf5rg', 'j\xf6rg']
  t.same(typedBytes(words.map(asText), called('node', 'main.js', 'query', 'passwd', ...words)), words)
})

t.test('where it is not known what was typed, the text stands for it', async (t) => {
  t.same(typedBytes(['j\ufffdrg'], undefined), ['j\xef\xbf\xbdrg'])
  t.same(typedBytes(['j\ufffdrg'], called('other')), ['j\xef\xbf\xbdrg'])
})
