/**
 * The programs of the daemons as files that start quickly: `kickback serve`, the process that answers DNS and HTTP, and the thread that builds. A folder gets each
 * as one file, its code as V8 has compiled it for this Node, and the files that are started. A Node that is another one, or has other options, does without that code.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { DirectImports } from '../tools/direct-imports.ts'
import { bundleProgram, type Source, writeLoader } from './program.ts'

const root = join(import.meta.dirname, '..')

/** The program of a file that is started by itself, as a function: what awaits at the top of a module has no place in such a file. */
function started(path: string): Source {
  const file = join(root, path)
  const text = new DirectImports().rewritten(file, readFileSync(file, 'utf8'))
  const imports: readonly string[] = text.match(/^import [^;]*;(?: import [^;]*;)*$/gm) ?? []
  const rest = imports.reduce((left, one) => left.replace(one, ''), text)
  return { text: `${imports.join('\n')}\nexport async function run() {\n${rest}\n}\n`, folder: dirname(file) }
}

/** The program of `kickback serve`, without the other commands. */
const SERVE: Source = {
  text: `import { runProgram } from './program.js'
export const run = () => runProgram({ serve: () => import('./commands/serve.js') })\n`,
  folder: join(root, 'dist/cli'),
}

/** The programs by the names of their files. */
const PROGRAMS: Readonly<Record<string, () => Source>> = {
  serve: () => SERVE,
  front: () => started('dist/cli/front/front.js'),
  'build-worker': () => started('dist/daemon/candidate/build-worker.js'),
}

const REQUIRE = "import { createRequire } from 'node:module'\n"
const LOAD = "createRequire(import.meta.url)('./loader.cjs').load"

/** The files that Node starts. */
const STARTED: Readonly<Record<string, string>> = {
  'main.js': `${REQUIRE}if (process.argv[2] === 'serve') await ${LOAD}('serve').run()\nelse await import('./commands.js')\n`,
  'front.js': `${REQUIRE}await ${LOAD}('front').run()\n`,
  'build-worker.js': `${REQUIRE}await ${LOAD}('build-worker').run()\n`,
}

/** Makes the programs of the daemons in a folder, which is there and has main.js of all commands as commands.js. */
export async function bundleDaemons(folder: string): Promise<void> {
  const names = Object.entries(PROGRAMS)
  const files = names.map(async ([name, source]) => [name, await bundleProgram(folder, name, source())])
  writeLoader(join(folder, 'loader.cjs'), Object.fromEntries(await Promise.all(files)))
  for (const [name, text] of Object.entries(STARTED)) writeFileSync(join(folder, name), text)
  await keepCode(folder, names.length)
}

/** How often the masters are started until all of their programs had time to write their code: one that takes long to end is killed. */
const ATTEMPTS = 3
/** What makes a configuration so long that it is built on a thread: a short one is built by the master itself. */
const LONG = '# A comment.\n'.repeat(50_000)

/** Runs masters, and puts the code that their programs have compiled by their ends beside them. */
async function keepCode(folder: string, count: number): Promise<void> {
  const site = mkdtempSync(join(tmpdir(), 'kickback-'))
  const kept = new Set<string>()
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++)
      for (const more of ['', LONG]) {
        const code = join(site, 'code')
        for (const name of ['code', 'run', 'state']) rmSync(join(site, name), { recursive: true, force: true })
        await runMaster(resolve(folder), site, more)
        for (const name of readdirSync(code).filter((name) => !kept.has(name))) {
          writeFileSync(join(folder, name), readFileSync(join(code, name)))
          kept.add(name)
        }
        if (kept.size === count) return
      }
    throw new Error('the programs of the daemons did not end in time to keep their code')
  } finally {
    rmSync(site, { recursive: true, force: true })
  }
}

const INPUTS = ['config', 'passwd', 'group', 'shadow', 'networks'] as const

/**
 * Runs a master of the examples, with more configuration, until its DNS has answered; its programs write their code into the folder `code` of the site.
 * Throws Error where it does not run.
 */
async function runMaster(programs: string, site: string, more: string): Promise<void> {
  const code = join(site, 'code')
  mkdirSync(code)
  for (const name of INPUTS) copyFileSync(join(root, 'examples', name), join(site, name))
  appendFileSync(join(site, 'config'), more)
  writeFileSync(join(site, 'login.defs'), 'UID_MIN 1000\nGID_MIN 1000\n')
  const keep = join(site, 'code-keeper.cjs')
  copyFileSync(join(import.meta.dirname, 'code-keeper.cjs'), keep)
  const words = [
    ...['serve', '--settings', '/dev/null', '--login-defs', join(site, 'login.defs')],
    ...INPUTS.flatMap((name) => [`--${name}`, join(site, name)]),
    ...['--run-dir', join(site, 'run'), '--state-dir', join(site, 'state')],
    // Nobody else writes code where root builds: the process for DNS is the same user.
    ...['--listen', '127.0.0.1:0', '--dns', '127.0.0.1:0', '--dns-processes', '1', '--dns-user', 'root'],
  ]
  const env = {
    PATH: process.env.PATH,
    NODE_OPTIONS: `--require=${JSON.stringify(keep)}`,
    KEPT_CODE: code,
    KEPT_PROGRAMS: programs,
  }
  const child = spawn(process.execPath, [join(programs, 'main.js'), ...words], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await askedOnce(child)
}

/** How long a master may take to start on a busy machine, and to end, in milliseconds. */
const LONGEST = 120_000

/** Asks its DNS when it is ready, then ends it. */
async function askedOnce(child: ChildProcessByStdio<null, null, Readable>): Promise<void> {
  const closed = once(child, 'close', { signal: AbortSignal.timeout(LONGEST) })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  try {
    const place = (): string | undefined =>
      />ready /.test(said) ? /answering DNS place=(\S+)/.exec(said)?.[1] : undefined
    while (child.exitCode === null && child.signalCode === null && place() === undefined)
      await Promise.race([setTimeout(20), closed])
    const resolver = new Resolver()
    resolver.setServers([place() ?? ''])
    await resolver.resolve4('n15.cluster.internal')
    child.kill('SIGTERM')
    await closed
  } catch (error) {
    throw new Error(`the program of the daemons does not run: ${said}`, { cause: error })
  } finally {
    child.kill('SIGKILL')
  }
}
