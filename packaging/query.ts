/**
 * The program of `kickback query`, which scripts call often, as one file that starts quickly. A folder gets query.cjs, which is started; the
 * program itself; and its code as V8 has compiled it for this Node. A Node that is another one, or has other options, does without that.
 */
import { spawnSync } from 'node:child_process'
import { builtinModules } from 'node:module'
import { join, resolve } from 'node:path'
import type { Plugin } from 'esbuild'
import { bundleProgram, type Source, writeLoader } from './program.ts'

const SOURCE: Source = {
  text: `import { run as query } from './commands/query.js'
import { runProgram } from './program.js'
export const run = () => runProgram({ query: async () => ({ run: query }) })`,
  folder: join(import.meta.dirname, '../dist/cli'),
}
/** Arguments with which all of the program is loaded, and nothing is found: there is no such folder. */
const NOWHERE = ['query', 'hosts', 'n1', '--settings', '/dev/null', '--run-dir', '/dev/null']

/** The exit code of a query that nobody answers. */
const NO_SERVICE = 4
/** Runs it with the words behind the folder that it is in. */
const KEEP = `const { load, loaded } = require(process.argv[1] + '/query.cjs')
process.on('exit', () => loaded.get('query').keep(process.argv[1]))
load('query').run()`
/** How long it may take on a busy machine, in milliseconds. */
const LONGEST = 120_000

/**
 * Makes the modules of Node load when something of them is used first: the packages import many that a query does not use, and TLS alone takes as long as all else.
 * The getters have the names that a module has in this Node.
 */
const BUILTINS: Plugin = {
  name: 'builtins-when-used',
  setup({ onResolve, onLoad }) {
    const bare = (name: string): string => name.replace(/^node:/, '')
    const filter = new RegExp(`^(node:)?(${builtinModules.map(bare).join('|')})$`)
    onResolve({ filter }, ({ path }) => ({ path: bare(path), namespace: 'builtin' }))
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const load = `process.getBuiltinModule('node:${path}')`
      const exported = process.getBuiltinModule(`node:${path}`) as object
      // A module that is itself a function, as that of events is, is extended and called.
      if (typeof exported === 'function') return { contents: `module.exports = ${load}`, loader: 'js' }
      const names = Object.keys(exported).filter((name) => /^[\w$]+$/.test(name))
      const getters = names.map((name) => `get ${name}() { return loaded().${name} }`).join(', ')
      const contents = `let kept; const loaded = () => (kept ??= ${load})\nmodule.exports = { ${getters} }`
      return { contents, loader: 'js' }
    })
  },
}

/** Makes the files of it in a folder, which is there. */
export async function bundleQuery(folder: string): Promise<void> {
  const file = await bundleProgram(folder, 'query', SOURCE, {
    // A checkout and a package of npm have Node of the user.
    target: 'node22',
    minifyWhitespace: true,
    plugins: [BUILTINS],
  })
  writeLoader(
    join(folder, 'query.cjs'),
    { query: file },
    "\nif (require.main === module) void exports.load('query').run()\n",
  )
  // It runs in a process of its own, as it will be started; what is compiled by then is what is kept.
  const { status, stderr } = spawnSync(process.execPath, ['-e', KEEP, resolve(folder), ...NOWHERE], {
    encoding: 'utf8',
    env: {},
    timeout: LONGEST,
  })
  if (status !== NO_SERVICE) throw new Error(`the program of kickback query does not run: ${stderr}`)
}
