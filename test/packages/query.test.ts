// The program of `kickback query` by itself: what it loads, and that it says and does what the whole program does.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { builtMain } from '../built.ts'

const main = builtMain()
const quick = join(main, '../query.cjs')
/** Words that need no service. */
const USAGES = [
  ['query', '--help'],
  ['query'],
  ['query', 'hosts', '--listen', '127.0.0.1:1'],
  ['query', 'nonsense', 'n1'],
  ['query', 'hosts', 'n1', '--run-dir', '/dev/null'],
  ['query', 'hosts', 'n1', '--server', '300.0.0.1:1'],
  ['query', 'shadow', 'ann', '--settings', '/dev/null/none'],
]

const outcome = (program: string, words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', env: {} })
  return { status, stdout, stderr }
}

t.test('it says what the whole program says, and exits as that does', async (t) => {
  const codes = new Set<number | null>()
  for (const words of USAGES) {
    const expected = outcome(main, words)
    codes.add(expected.status)
    t.same(outcome(quick, words), expected, words.join(' '))
  }
  t.ok(codes.size > 3, 'control: these are different cases')
})

/** What a process has loaded that ran this script, with `query.cjs` as its first argument. */
function loaded(script: string): { isCompiled: boolean; builtins: string[]; files: string[] } {
  const tell = `process.on('exit', () => console.log(JSON.stringify({
    isCompiled: globalThis.loader?.loaded.get('query')?.isCompiled, files: Object.keys(require.cache), builtins: process.moduleLoadList })))`
  const words = ['query', 'hosts', 'n1', '--settings', '/dev/null', '--run-dir', '/dev/null']
  const { stdout } = spawnSync(process.execPath, ['-e', `${tell}; ${script}`, quick, ...words], {
    encoding: 'utf8',
    env: {},
  })
  return JSON.parse(stdout)
}

t.test(
  'a query loads one file, whose code is compiled, and of Node no TLS and nothing else that it does not use',
  async (t) => {
    const { isCompiled, builtins, files } = loaded(
      "globalThis.loader = require(process.argv[1]); loader.load('query').run()",
    )
    t.same(files, [quick])
    t.equal(isCompiled, true)
    const unused = ['tls', 'crypto', 'child_process', 'dgram', 'http', 'fs/promises', 'worker_threads', 'module', 'tty']
    const before = loaded('').builtins
    const added = builtins.filter((name) => !before.includes(name)).map((name) => name.replace(/^NativeModule /, ''))
    t.same(
      added.filter((name) => unused.includes(name) || name.startsWith('internal/crypto/')),
      [],
    )
    t.ok(added.includes('net'), 'control: those that it uses are seen')
  },
)

t.test('control: the whole program loads what a query does not need', async (t) => {
  const { builtins } = loaded(`import(${JSON.stringify(main)})`)
  t.ok(builtins.includes('NativeModule tls'))
})
