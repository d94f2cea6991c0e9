import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { generated, MADE, stale } from '../../tools/generate.ts'
import { partsOf } from '../../tools/made.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

t.test('what is made from the tables of the code is not stale', async (t) => {
  t.same(stale(read), [], 'else: npm run generate')
})

t.test('every part of a page that says it is made is made, once', async (t) => {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const marked = pages.flatMap((name) => partsOf(read(`docs/${name}`)).map((part) => `docs/${name} ${part}`))
  const made = MADE.flatMap(({ path, part }) => (part === undefined ? [] : [`${path} ${part}`]))
  t.ok(made.length > 0)
  t.same(made.sort(), marked.sort())
})

const PAGE = 'before\n<!-- one: made from the table in the code -->\nold\n<!-- one: end -->\nafter\n'

t.test('a file and a part that differ from their table are stale; what stands around a part stays', async (t) => {
  const files: Readonly<Record<string, string>> = { page: PAGE, header: 'old' }
  const made = (text: string) => [
    { path: 'page', part: 'one', text: () => `${text}\n` },
    { path: 'header', text: () => text },
  ]
  const readIt = (path: string): string => files[path] ?? ''
  t.same(stale(readIt, made('old')), [])
  t.same(stale(readIt, made('new')), ['page', 'header'])
  t.equal(generated(readIt, made('new')).get('page'), PAGE.replace('old', 'new'))
})

t.test('a part that a page does not have is an error', async (t) => {
  t.throws(() => generated(() => PAGE, [{ path: 'page', part: 'two', text: () => '' }]), { message: /no part two/ })
})
