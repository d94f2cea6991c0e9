import t from 'tap'
import { unusedExports } from './exports.ts'
import { factsOf } from './facts.ts'

type Files = Record<string, string>

const NONE = { 'test/none.ts': '' }
const unused = (files: Files, tests: Files = NONE, programs: Files = NONE) =>
  unusedExports(factsOf(files), factsOf(programs), factsOf(tests))

t.test('a function, constant or type that nobody imports is found, by its name', async (t) => {
  const files = {
    'src/a.ts': 'export const one = 1, two = 2\nexport function three() {}\nexport type Four = 4\n',
    'src/b.ts': "import { two } from './a.ts'\nvoid two\n",
  }
  t.same(unused(files).byAnybody, ['src/a.ts: one', 'src/a.ts: three', 'src/a.ts: Four'])
})

t.test('a name counts where it arrives, through any index and under any name', async (t) => {
  const files = {
    'src/a.ts': 'export const one = 1, two = 2, three = 3, four = 4\n',
    'src/b.ts': "export { one, two, four } from './a.ts'\n",
    'src/index.ts': "export { one as uno, two, four } from './b.ts'\n",
    'src/c.ts': "import { uno } from './index.ts'\nvoid uno\n",
  }
  t.same(unused(files).byAnybody, [
    'src/a.ts: two',
    'src/a.ts: three',
    'src/a.ts: four',
    'src/b.ts: two',
    'src/b.ts: four',
    'src/index.ts: two',
    'src/index.ts: four',
  ])
})

t.test('an index that hands on all of a file hands on too much where one name is not wanted', async (t) => {
  const files = {
    'src/a.ts': 'export const one = 1, two = 2\n',
    'src/b.ts': "import { two } from './a.ts'\nvoid two\n",
    'src/index.ts': "export * from './a.ts'\n",
    'src/c.ts': "import { one } from './index.ts'\nvoid one\n",
  }
  t.same(unused(files).byAnybody, ['src/index.ts: two'])
})

t.test('what an index hands on is for programs: a test takes it from its file', async (t) => {
  const files = { 'src/a.ts': 'export const one = 1\nvoid one\n', 'src/index.ts': "export { one } from './a.ts'\n" }
  const user = { 'test/a.ts': "import { one } from '../src/index.ts'\nvoid one\n" }
  t.same(unused(files, user).byAnybody, ['src/index.ts: one'])
  t.same(unused(files, NONE, user).byAnybody, [])
})

t.test('namespaces and dynamic imports take the names that are written down, else all', async (t) => {
  const a = 'export const one = 1, two = 2\n'
  const b = (text: string) => unused({ 'src/a.ts': a, 'src/b.ts': text }).byAnybody
  t.same(b("import * as a from './a.ts'\nvoid a.one\n"), ['src/a.ts: two'])
  t.same(b("import * as a from './a.ts'\nvoid Object.keys(a)\n"), [])
  t.same(b("const { two } = await import('./a.ts')\nvoid two\n"), ['src/a.ts: one'])
  t.same(b("export const a = import('./a.ts')\n"), ['src/b.ts: a'])
})

t.test('what only tests use is found, unless its own file uses it', async (t) => {
  const files = { 'src/a.ts': 'export function dead() {}\nexport function part() {}\nexport const limit = part()\n' }
  const tests = { 'test/a.test.ts': "import { dead, limit, part } from '../src/a.ts'\nvoid [dead, limit, part]\n" }
  t.same(unused(files, tests), { byAnybody: [], byProgram: ['src/a.ts: dead', 'src/a.ts: limit'] })
})
