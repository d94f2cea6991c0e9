import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FILE_DATABASE_NAMES } from '../../src/resolver/index.ts'
import { HANDLERS } from '../../src/values/index.ts'
import { unusedExports } from './exports.ts'
import { factsOf, readTree, type Tree } from './facts.ts'
import { fullFolders, largest, toolViolations, violations } from './rules.ts'

const root = join(import.meta.dirname, '../..')
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }
const source = factsOf(readTree(root, 'src'))
const tools = factsOf(readTree(root, 'tools'))
const packaging = factsOf(readTree(root, 'packaging'))
const tests = factsOf(readTree(root, 'test'))

t.test('the source tree keeps the rules of the house', async (t) => {
  t.ok(source.length > 0, 'files were read')
  t.same(violations(source, Object.keys(dependencies)), [])
})

t.test('the tools keep the rules that hold for them', async (t) => {
  t.ok(tools.length > 0, 'files were read')
  t.same(toolViolations(tools), [])
  t.ok(packaging.length > 0, 'and those of packaging')
  t.same(toolViolations(packaging, ['esbuild']), [])
})

/** What only tests use, and why it is there. */
const FOR_TESTS: Readonly<Record<string, string>> = {}

t.test('what nobody imports is private, and what only tests use has a reason', async (t) => {
  const programs = [...tools, ...packaging, ...factsOf(readTree(root, 'bench'))]
  const { byAnybody, byProgram } = unusedExports(source, programs, tests)
  t.same(byAnybody, [], 'take the word export away, or the name from the index; a test takes it from its file')
  t.same(byProgram, Object.keys(FOR_TESTS), 'remove it, or say why it is there')
})

t.test('no folder of src holds more files of code than a reader takes in', async (t) => {
  const paths = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  t.same(fullFolders(paths.map((path) => `src/${path}`)), [])
})

t.test(
  'a database that is a file of its own is named in that file of code and in the table, and nowhere on the way',
  async (t) => {
    const rooms = ['src/resolver', 'src/kickback', 'src/daemon', 'src/dns'].map((folder) => readTree(root, folder))
    for (const name of FILE_DATABASE_NAMES) {
      const naming = Object.entries(Object.assign({}, ...rooms) as Tree)
        .filter(([, text]) => new RegExp(`['"./]${name}\\b`).test(text))
        .map(([path]) => path)
      t.same(naming.sort(), [`src/resolver/databases/${name}.ts`, 'src/resolver/databases/table.ts'], name)
    }
  },
)

t.test('the bytes of a snapshot are counted in src/resolver, and by the module that its tables make', async (t) => {
  const counting = Object.entries(readTree(root, 'src')).filter(
    ([path, text]) =>
      !path.startsWith('src/resolver/') &&
      /\b(HEADER|SECTION|SLOT)\.at\b|\b(OWN_START|SIGNED_END|DIGESTED_END)\b/.test(text),
  )
  t.same(
    counting.map(([path]) => path),
    [],
  )
})

t.test('every handler of the list is registered somewhere, and no other is', async (t) => {
  const registered = new Set(source.flatMap(({ handlers }) => handlers))
  t.same([...registered].sort(), Object.keys(HANDLERS).sort())
})

t.test(
  'tests import tap, fast-check and the driver of the browser and no other package; the compiler serves this folder alone',
  async (t) => {
    const packages = tests.flatMap((file) => file.imports.map(({ name }) => ({ path: file.path, name })))
    const foreign = packages.filter(({ name }) => !/^(\.|node:|tap$|fast-check$|puppeteer-core$)/.test(name))
    t.same(
      foreign.filter(
        ({ path, name }) =>
          !(
            /^test\/architecture\/(facts|callbacks|exports|node-text)\.ts$/.test(path) && name.startsWith('typescript/')
          ),
      ),
      [],
    )
  },
)

t.test('large functions are listed', async (t) => {
  for (const line of largest(source)) t.comment(line)
})
