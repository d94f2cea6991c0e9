import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

/** The files of this checkout that git knows. */
function trackedFiles(): string[] {
  try {
    const paths = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
    return paths.filter((path) => existsSync(join(root, path)))
  } catch {
    return []
  }
}

t.test('no file names the folder that this checkout happens to lie in', async (t) => {
  const here = root + sep
  const files = trackedFiles()
  if (files.length === 0) return t.comment('not a git checkout')
  if (here.split(sep).length < 4) return t.comment(`${root} is too short a name to look for`)
  const naming = files.filter((path) => readFileSync(join(root, path)).includes(here))
  return t.same(naming, [])
})

/** What profilers, editors and programs that end badly leave beside sources. */
const LEFT_BEHIND = /\.(?:log|prof|cpuprofile|heapsnapshot|orig|rej|swp)$|(?:^|\/)(?:core|vgcore)\.\d+$/

t.test('no file of the repository is one that a program left behind', async (t) => {
  t.same(
    trackedFiles().filter((path) => LEFT_BEHIND.test(path)),
    [],
  )
  for (const path of ['isolate-0x1000-1-v8.log', 'src/a.ts.orig', 'core.77'])
    t.ok(LEFT_BEHIND.test(path), `control: ${path}`)
})

/** Mentions of what a reader of the repository cannot look up, in pieces so that this file has none. */
const ELSEWHERE = new RegExp(
  ['design[.]md', 'pitfall ?[0-9]', '(?:issue|ticket) ?#?[0-9]', 'pull request ?#?[0-9]'].join('|'),
  'i',
)

t.test('no file refers to a document or an issue that is not in the repository', async (t) => {
  const files = trackedFiles().filter((path) => /\.(?:ts|c|h|md|json|toml|service|sh)$|^[^.]+$/.test(path))
  const referring = files.filter((path) => ELSEWHERE.test(readFileSync(join(root, path), 'utf8')))
  t.same(referring, [])
  for (const words of [
    ['see design.', 'md'],
    ['Pitfall', ' 28'],
    ['issue', ' #7'],
  ]) {
    t.ok(ELSEWHERE.test(words.join('')), `control: ${words.join('')}`)
  }
})

t.test('no title of a test begins with a number of a list', async (t) => {
  const numbered = /\.test\(\s*['"`](?:\d+[.):] |\(?[a-z]\) )/
  const tests = trackedFiles().filter((path) => path.endsWith('.test.ts'))
  const violating = tests.filter((path) => numbered.test(readFileSync(join(root, path), 'utf8')))
  t.same(violating, [])
  for (const number of ['1.', 'b)', '(c)', '12:'])
    t.ok(numbered.test(`t.test('${number} it holds'`), `control: ${number}`)
})

/** The programs without which a test is skipped, as far as they stand where that is asked. */
function programsOfTests(text: string): string[] {
  return [...text.matchAll(/\b(?:lacking|missing)\(('[^)]*)\)/g)].flatMap(([, words = '']) =>
    [...words.matchAll(/'([^']+)'/g)].map(([, name = '']) => name),
  )
}

t.test('each program without which a test is skipped comes with a package that CI installs', async (t) => {
  const tests = trackedFiles().filter((path) => path.startsWith('test/') && path.endsWith('.ts'))
  if (tests.length === 0) return t.comment('not a git checkout')
  const wanted = new Set(tests.flatMap((path) => programsOfTests(readFileSync(join(root, path), 'utf8'))))
  t.ok(
    ['dig', 'unbound', 'flock'].every((name) => wanted.has(name)),
    'control: they are found',
  )
  // In the packages of gcc, unshare and readelf, and dpkg, which installs all of them.
  const others = ['cc', 'flock', 'setpriv', 'nm', 'dpkg']
  const list = readFileSync(join(root, '.ci/run'), 'utf8')
  const installed = [...list.matchAll(/\b([\w.-]+):[\w.-]+/g)].map(([, command = '']) => command)
  const known = new Set([...installed, ...others])
  return t.same(
    [...wanted].filter((name) => !known.has(name)),
    [],
  )
})

t.test('each file of tests that does more in the long run is part of it', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const run: string[] = scripts['test:long'].split(' ').filter((word: string) => word.endsWith('.ts'))
  t.same(
    run.filter((path) => !existsSync(join(root, path))),
    [],
    'the run has no other files than there are',
  )
  // In pieces, so that this file is none of them. The second is what a module tells those that import it.
  const asking = new RegExp(['KICKBACK', '_LONG|\\bis', 'Long\\b'].join(''))
  const tests = trackedFiles().filter((path) => path.endsWith('.test.ts'))
  const long = tests.filter((path) => asking.test(readFileSync(join(root, path), 'utf8')))
  if (tests.length > 0) t.ok(long.includes('test/fetch/killed.test.ts'), 'control: they are found')
  t.same(
    long.filter((path) => !run.includes(path)),
    [],
  )
})
