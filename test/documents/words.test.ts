import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { oddSentences, replacedWords, usesIn, withoutTable } from './words.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/words.md'), 'utf8')
const replaced = replacedWords(page)

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && statSync(join(root, folder, name)).isFile())
    .map((name) => `${folder}/${name}`)
}

const pages = ['README.md', 'CHANGELOG.md', ...filesIn('docs', /\.(md|[1-8])$/)]
const others = [
  ...filesIn('packaging', /\w$/),
  ...filesIn('examples', /\w$/),
  ...filesIn('src', /\.(ts|[ch])$|Makefile$/),
  ...filesIn('tools', /\.ts$/),
  ...filesIn('bench', /\.(ts|[ch]|md)$/),
  // This file has the words as an example.
  ...filesIn('test', /\.(ts|[ch])$/).filter((path) => path !== 'test/documents/words.test.ts'),
]

function textOf(path: string): string {
  const text = readFileSync(join(root, path), 'utf8')
  return path === 'docs/words.md' ? withoutTable(text) : text
}

t.test('the words that are not used are in no page, text or comment', async (t) => {
  t.ok(replaced.length > 10, 'the table was read')
  const uses = [...pages, ...others].flatMap((path) =>
    usesIn(textOf(path), replaced).map(({ phrase, instead, line }) => `${path}:${line}: ${phrase}; write: ${instead}`),
  )
  t.same(uses, [])
})

t.test('pages have no sentences such as "X is no Y"', async (t) => {
  const odd = pages.flatMap((path) => oddSentences(textOf(path)).map(({ text, line }) => `${path}:${line}: ${text}`))
  t.same(odd, [])
})

t.test('a phrase is found in any case, over the ends of lines, and in names that are taken apart', async (t) => {
  const words = replacedWords(
    '# Words\n\n## Words that are not used\n\n| not | but |\n| --- | --- |\n| `a no`, `shel~` | b |\n',
  )
  t.same(words, [
    { phrase: 'a no', instead: 'b' },
    { phrase: 'shel~', instead: 'b' },
  ])
  t.same(
    usesIn('/** Gives a\n * no. */\nclass Shelf {\n  isShelved = A_NO\n}\n', words).map(
      ({ phrase, line }) => `${phrase} ${line}`,
    ),
    ['a no 1', 'a no 4', 'shel~ 3', 'shel~ 4'],
  )
  t.same(usesIn('a node, a note, no a', words), [], 'whole words alone')
})

t.test('odd sentences are found, ordinary ones are not', async (t) => {
  t.same(
    oddSentences('what is no address\nThere is no address\nit is no longer so\nthat are none of these\n').map(
      ({ line }) => line,
    ),
    [1, 4],
  )
})
