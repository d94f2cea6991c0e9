import t from 'tap'
import { factsOf, type Tree } from './facts.ts'
import { fullFolders, largest, toolViolations, violations } from './rules.ts'

const dependencies = ['dns2', 'zod', '@scope/name']
const check = (tree: Tree): string[] => violations(factsOf(tree), dependencies)
const config = '/** A. */\nexport const a = 1\n'

t.test('a tree that keeps the rules has no violation', async (t) => {
  const tree = {
    'src/config/index.ts': "export { a } from './a.ts'\n",
    'src/config/a.ts': config,
    'src/resolver/index.ts':
      "import { createHash } from 'node:crypto'\nexport * from '../config/index.ts'\nvoid createHash\n",
    'src/dns/index.ts':
      "import dns2 from 'dns2'\nimport { a } from '../resolver/index.ts'\nvoid [dns2, a]\nprocess.hrtime()\n",
    'src/cli/main.ts': "import '../dns/index.ts'\nconsole.log(process.argv)\n",
  }
  t.same(check(tree), [])
})

t.test('a circle is found, through type imports and re-exports too', async (t) => {
  const tree = {
    'src/config/a.ts': "import type { B } from './b.ts'\n/** A. */\nexport type A = B\n",
    'src/config/b.ts': "export * from './c.ts'\n/** B. */\nexport type B = 1\n",
    'src/config/c.ts': "/** C. */\nexport type C = import('./a.ts').A\n",
  }
  t.same(check(tree), ['src/config/a.ts -> src/config/b.ts -> src/config/c.ts -> src/config/a.ts: a circle'])
})

t.test('a file that imports itself is a circle', async (t) => {
  t.same(check({ 'src/config/a.ts': "import './a.ts'\n" }), ['src/config/a.ts -> src/config/a.ts: a circle'])
})

t.test('an upward import is found, and so is a dynamic one', async (t) => {
  const tree = {
    'src/config/index.ts': "import '../resolver/index.ts'\n",
    'src/resolver/index.ts': "const later = await import('../cli/index.ts')\nvoid later\n",
    'src/cli/index.ts': '',
  }
  t.same(check(tree), [
    'src/config/index.ts:1: config imports upward from resolver',
    'src/resolver/index.ts:1: resolver imports upward from cli',
  ])
})

t.test('kickback and dns may not import each other', async (t) => {
  const tree = { 'src/dns/index.ts': '', 'src/kickback/server.ts': "\nimport '../dns/index.ts'\n" }
  t.same(check(tree), ['src/kickback/server.ts:2: kickback imports sideways from dns'])
})

t.test('the daemons know nothing of the command line', async (t) => {
  const tree = { 'src/cli/index.ts': '', 'src/daemon/store/snapshot-files.ts': "import '../../cli/index.ts'\n" }
  t.same(check(tree), ['src/daemon/store/snapshot-files.ts:1: daemon imports upward from cli'])
})

t.test('another stage is imported through its index alone', async (t) => {
  const tree = { 'src/config/a.ts': config, 'src/resolver/b.ts': "import { a } from '../config/a.ts'\nvoid a\n" }
  t.same(check(tree), ['src/resolver/b.ts:1: imports deep into config: src/config/a.ts'])
})

t.test('an import of something outside src is found', async (t) => {
  t.same(check({ 'src/cli/a.ts': "import '../../test/x.ts'\n" }), ['src/cli/a.ts:1: imports test/x.ts, outside src'])
})

t.test('a package is imported in one file only, whatever its subpath', async (t) => {
  const tree = { 'src/dns/a.ts': "import 'zod'\nimport '@scope/name/x'\n", 'src/cli/b.ts': "import 'zod/v4'\n" }
  t.same(check(tree), ['src/dns/a.ts, src/cli/b.ts: all import zod; one file should'])
})

t.test('a package that is no dependency is found, and a test package in src with it', async (t) => {
  const tree = { 'src/dns/a.ts': "import 'tap'\nimport 'fs'\n" }
  t.same(check(tree), [
    'src/dns/a.ts:1: imports tap, which is no dependency',
    'src/dns/a.ts:2: imports fs, which is no dependency',
  ])
})

t.test('an import that only the running program knows is refused', async (t) => {
  const tree = { 'src/dns/a.ts': 'const name = 1 + ""\nawait import(name)\n' }
  t.same(check(tree), ['src/dns/a.ts:2: imports what only the running program knows'])
})

t.test('config and resolver do no input or output', async (t) => {
  const tree = {
    'src/config/a.ts': "import 'node:fs'\nimport 'node:crypto'\nconsole.log(1)\n",
    'src/resolver/b.ts': "import 'node:net'\nimport 'node:crypto'\nprocess.hrtime()\n",
  }
  t.same(check(tree), [
    'src/config/a.ts:1: config is pure and imports node:fs',
    'src/config/a.ts:2: config is pure and imports node:crypto',
    'src/config/a.ts:3: uses console outside src/cli'.replace('console', 'console.log'),
    'src/resolver/b.ts:1: resolver is pure and imports node:net',
    'src/resolver/b.ts:3: uses process.hrtime outside src/cli',
  ])
})

t.test('argv, env and signals are read in src/cli only, however they are reached', async (t) => {
  const tree = {
    'src/dns/a.ts': "process.argv\nprocess.on\nconst { env } = process\nprocess['argv']\nvoid env\n",
    'src/dns/b.ts': 'export interface Process { process: number }\n'.replace('export ', ''),
  }
  t.same(check(tree), [
    'src/dns/a.ts:1: uses process.argv outside src/cli',
    'src/dns/a.ts:2: uses process.on outside src/cli',
    'src/dns/a.ts:3: uses process outside src/cli',
    'src/dns/a.ts:4: uses process outside src/cli',
  ])
})

t.test('time, timers and turns of the event loop come from the clock alone, however they are reached', async (t) => {
  const text = `import { setTimeout as pause } from 'node:timers/promises'
import 'node:perf_hooks'
pause(1)
const now = Date.now
new Date()
new Date(5).toISOString()
performance.now()
const wait = setImmediate
socket.setTimeout(5)
`
  t.same(
    check({ 'src/dns/a.ts': text })
      .filter((found) => found.includes('time comes from'))
      .map((found) => found.replace(/; .*/, '')),
    [
      'src/dns/a.ts:1: uses setTimeout',
      'src/dns/a.ts:4: uses the time',
      'src/dns/a.ts:5: uses the time',
      'src/dns/a.ts:7: uses performance',
      'src/dns/a.ts:8: uses setImmediate',
      'src/dns/a.ts:1: uses import node:timers/promises',
      'src/dns/a.ts:2: uses import node:perf_hooks',
    ],
  )
  t.same(
    check({ 'src/values/clock.ts': '/** The clock. */\nvoid Date.now\n' }).filter((found) =>
      found.includes('time comes'),
    ),
    [],
  )
})

t.test('an exported declaration of any kind needs a doc comment, once over its overloads', async (t) => {
  const text = `
export function plain(): void {}
export const one = 1, two = 2
export class Box {}
export interface Shape { side: number }
export type Side = number
function local(): void {}
export { local as renamed }
/** Documented on its first overload. */
export function over(a: string): void
export function over(a: number): void
export function over(): void {}
function hidden(): void {}
hidden()
// a plain comment is none
export default 5
`
  t.same(
    check({ 'src/config/a.ts': text }).map((v) => v.replace(/.*exported (\w+) .*/, '$1')),
    ['plain', 'one', 'two', 'Box', 'Shape', 'Side', 'local', 'default'],
  )
})

t.test('one comment may stand over a run of constants without a gap, and over nothing else', async (t) => {
  const text = `
/** Bits. */
export const one = 1
export const two = 2

export const three = 3
/** A type. */
export type Side = number
export const four = 4
`
  t.same(check({ 'src/config/a.ts': text }), [
    'src/config/a.ts:6: exported three has no doc comment',
    'src/config/a.ts:9: exported four has no doc comment',
  ])
})

t.test('a name that says nothing is refused, for a file and for a folder', async (t) => {
  const tree = {
    'src/config/utils.ts': '',
    'src/dns/helpers/a.ts': '',
    'src/cli/serverImpl.ts': '',
    'src/cli/implicit.ts': '',
  }
  t.same(check(tree), [
    'src/config/utils.ts:1: utils names nothing of the field',
    'src/dns/helpers/a.ts:1: helpers names nothing of the field',
    'src/cli/serverImpl.ts:1: serverImpl names nothing of the field',
  ])
})

t.test('a callback of a socket, timer, watcher or thread is guarded, and no promise is left alone', async (t) => {
  const text = `
socket.on('data', () => {})
socket.on('data', handlers.guard('DNS connection data', () => {}))
setTimeout(() => {}, 5)
clock.after(5, then)
this.#defer(step)
watch(path, { persistent: false }, seen)
socket.connect(53, host, () => {})
socket.connect(53, host)
const woken = handlers.guard('end of a wait', () => {})
clock.after(5, woken)
await once(server, 'close')
void work()
void socket.destroy()
work().catch(() => {})
await work().catch(() => {})
`
  t.same(
    check({ 'src/dns/a.ts': text })
      .filter((found) => found.includes(': what '))
      .map((line) => line.replace(/:(\d+): what (\w+) .*/, ' $1 $2')),
    ['on 2', 'setTimeout 4', 'after 5', 'defer 6', 'watch 7', 'connect 8', 'void 13', 'catch 15'].map((each) => {
      const [name, line] = each.split(' ')
      return `src/dns/a.ts ${line} ${name}`
    }),
  )
})

t.test('every file lies in a stage', async (t) => {
  t.same(check({ 'src/main.ts': '', 'src/extra/a.ts': '' }), [
    'src/main.ts:1: lies in no stage',
    'src/extra/a.ts:1: lies in no stage',
  ])
})

const zeros = (count: number): string => '  0\n'.repeat(count)

t.test('a function has at most 60 lines and a file at most 400', async (t) => {
  const tree = {
    'src/config/a.ts': `const most = () => {\n${zeros(58)}}\nclass A {\n  method() {\n${zeros(59)}  }\n}\nvoid [most, A]\n`,
    'src/config/b.ts': '\n'.repeat(400),
    'src/config/c.ts': '\n'.repeat(401),
  }
  t.same(check(tree), [
    'src/config/a.ts:62: method has 61 lines; a function has at most 60',
    'src/config/c.ts: has 401 lines; a file has at most 400',
  ])
})

t.test('functions over 40 lines are listed, largest first', async (t) => {
  const functions = [39, 38, 40].map((count, index) => `function f${index}() {\n${zeros(count)}}\nf${index}()\n`)
  t.same(largest(factsOf({ 'src/config/a.ts': functions.join('') })), [
    '42 lines: src/config/a.ts:84 f2',
    '41 lines: src/config/a.ts:1 f0',
  ])
})

t.test('a file of a stage’s own folder and a room import in no circle either', async (t) => {
  const tree = {
    'src/dns/names.ts': "import './wire/a.ts'\n",
    'src/dns/wire/a.ts': '',
    'src/dns/wire/b.ts': "import '../names.ts'\n",
  }
  t.same(check(tree), ['src/dns/names.ts -> src/dns/wire -> src/dns/names.ts: a circle'])
  t.same(check({ ...tree, 'src/dns/wire/b.ts': '' }), [])
})

t.test('rooms of one stage import in no circle, though their files do not', async (t) => {
  const tree = {
    'src/dns/wire/a.ts': "import './b.ts'\nimport '../answer/c.ts'\n",
    'src/dns/wire/b.ts': '',
    'src/dns/answer/c.ts': '',
    'src/dns/answer/d.ts': "import '../wire/b.ts'\n",
    'src/dns/server.ts': "import './answer/d.ts'\nimport './wire/a.ts'\n",
  }
  t.same(check(tree), ['src/dns/wire -> src/dns/answer -> src/dns/wire: a circle'])
  const { 'src/dns/answer/d.ts': _, 'src/dns/server.ts': __, ...oneWay } = tree
  t.same(check(oneWay), [])
})

t.test('a tool imports src and other tools, and no package; its exports have doc comments', async (t) => {
  const tree = {
    'tools/a.ts': "import 'node:fs'\nimport '../src/config/text/lexer.ts'\nimport './b.ts'\n",
    'tools/b.ts': "import 'dns2'\nimport '../test/config/reading.ts'\nexport const b = 1\n",
  }
  t.same(toolViolations(factsOf(tree)), [
    'tools/b.ts:3: exported b has no doc comment',
    'tools/b.ts:1: imports dns2, which is neither of src nor of tools nor of its own folder',
    'tools/b.ts:2: imports ../test/config/reading.ts, which is neither of src nor of tools nor of its own folder',
  ])
  const others = {
    'packaging/a.ts': "import './b.ts'\nimport '../tools/b.ts'\nimport '../bench/b.ts'\n",
    'packaging/b.ts': '',
  }
  t.same(toolViolations(factsOf(others)), [
    'packaging/a.ts:3: imports ../bench/b.ts, which is neither of src nor of tools nor of its own folder',
  ])
})

t.test('a folder holds at most sixteen files of code, unless it is on a list', async (t) => {
  const folder = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${name}/${index}${index % 2 === 0 ? '.ts' : '.c'}`)
  const paths = [...folder('src/dns', 16), 'src/dns/README.md', ...folder('src/dns/wire', 17), ...folder('src/nss', 20)]
  t.same(fullFolders(paths, { 'src/nss': 'a reason' }), [
    'src/dns/wire: holds 17 files of code; a folder has at most 16',
  ])
  t.same(fullFolders(folder('src/dns', 16), { 'src/dns': 'a reason' }), [
    'src/dns: is no large folder (any more); take it off the list',
  ])
})
