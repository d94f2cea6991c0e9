// The links of the pages lead somewhere, and the map of docs/README.md has every page.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')

/** The names of the headings of a page, as links have them. */
function anchorsOf(page: string): Set<string> {
  const titles = Array.from(textOf(page).matchAll(/^#+ (.*)$/gm), ([, title = '']) => title)
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** The links of a page to others of the repository: what they lead to, and the heading there. */
function linksOf(page: string): { readonly path: string; readonly anchor: string }[] {
  return Array.from(textOf(page).matchAll(/\]\(([^)\s:]*)\)/g), ([, link = '']) => {
    const [path = '', anchor = ''] = link.split('#')
    return { path: path === '' ? page : normalize(join(dirname(page), path)), anchor }
  })
}

for (const page of pages) {
  t.test(page, async (t) => {
    const dead = linksOf(page).filter(
      ({ path, anchor }) =>
        !existsSync(join(root, path)) || (anchor !== '' && path.endsWith('.md') && !anchorsOf(path).has(anchor)),
    )
    t.same(dead, [], 'no link is dead')
  })
}

t.test('the map has every page', async (t) => {
  const mapped = new Set(linksOf('docs/README.md').map(({ path }) => path))
  for (const page of pages.filter((each) => each.startsWith('docs/') && each !== 'docs/README.md'))
    t.ok(mapped.has(page), page)
})
