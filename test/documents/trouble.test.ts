// docs/troubleshooting.md has what status says in capitals: it is what a reader has in hand.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')
const folder = join(root, 'src/cli/commands')

/** What needs no page: names of things, not states. */
const ORDINARY = new Set(['DNS', 'HTTP', 'TCP', 'UDP', 'TLS', 'EXIT', 'DATABASES', 'JSON', 'PINNED to'])

t.test('each state that status prints in capitals is in the page', async (t) => {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /status[^/]*\.ts$|^state\//.test(name),
  )
  const states = new Set(
    sources.flatMap((name) =>
      Array.from(
        readFileSync(join(folder, name), 'utf8').matchAll(/[`'] ?([A-Z]{2,}(?: [A-Z]{2,})*)[ :,`']/g),
        ([, state = '']) => state,
      ),
    ),
  )
  const wanted = [...states].filter((state) => !ORDINARY.has(state))
  t.ok(wanted.length > 8, wanted.join(', '))
  for (const state of wanted) t.ok(page.includes(state), state)
})
