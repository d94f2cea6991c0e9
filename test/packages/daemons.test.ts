// The programs of the daemons as files of their own: V8 takes the code that was compiled when they were built, they run without it, and run late what they may not need.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { builtMain } from '../built.ts'
import { Scratch } from '../cli/scratch.ts'

const folder = dirname(builtMain())
const TELL = join(import.meta.dirname, 'tell-compiled.cjs')

/** Each program: the file that is started, the options that V8 has when a daemon loads it, and words with which it ends at once. */
const PROGRAMS = {
  serve: { file: 'main.js', options: [], words: ['serve', '--settings', '/dev/null', '--run-dir', '/dev/null'] },
  front: { file: 'front.js', options: [], words: ['info', 'plain'] },
  'build-worker': { file: 'build-worker.js', options: ['--no-memory-reducer'], words: [] },
} as const

/** How a program ends with these options of Node, and what it tells of the code. */
function outcome(name: keyof typeof PROGRAMS, from: string, ...more: readonly string[]) {
  const { file, options, words } = PROGRAMS[name]
  const all = [...options, ...more, '--require', TELL, join(from, file), ...words]
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    encoding: 'utf8',
    env: {},
    stdio: ['ignore', 'pipe', 'pipe', 'ignore'],
  })
  return { told: stdout, end: { status, stderr: stderr.replaceAll(from, '') } }
}

/** The same folder without compiled code, as another Node sees it. Below the checkout it finds the package. */
function withoutCode(t: { teardown(end: () => void): void }): string {
  const copy = mkdtempSync(join(folder, '../../uncompiled-'))
  t.teardown(() => rmSync(copy, { recursive: true, force: true }))
  cpSync(folder, copy, { recursive: true, filter: (path) => !/\.cjs\.v/.test(path) })
  return copy
}

for (const name of ['serve', 'front', 'build-worker'] as const)
  t.test(`${name} takes the code that was compiled, and without it does the same and says nothing of it`, async (t) => {
    const { told, end } = outcome(name, folder)
    t.equal(told, JSON.stringify([[name, true]]))
    const others = {
      'another Node': outcome(name, withoutCode(t)),
      'other options': outcome(name, folder, '--no-opt'),
    }
    for (const [title, other] of Object.entries(others)) {
      t.equal(other.told, JSON.stringify([[name, false]]), title)
      t.same(other.end, end, title)
    }
  })

t.test('a master that runs, and the thread that builds for it, take their code', async (t) => {
  const scratch = new Scratch(t)
  // A short configuration is built without a thread.
  scratch.append('config', '# A comment.\n'.repeat(50_000))
  const master = scratch.start(['serve', ...scratch.flags], { NODE_OPTIONS: `--require=${JSON.stringify(TELL)}` })
  await master.logged('ready')
  const { stdout } = await master.end()
  for (const name of ['serve', 'build-worker']) t.match(stdout, JSON.stringify([[name, true]]))
})

/** A part of a program that runs when it is imported or required first, and its name there. */
const LATE = /^var ((?:init|require)_\w+) = __(?:esm|commonJS)\(\{\n\s+"([^"]+)"\([^)]*\) \{\n([\s\S]*?)^\}\);$/gm

/** The sources and packages that a program has, and those of them that run before it does anything, or when these modules are imported. */
function sourcesOf(
  name: keyof typeof PROGRAMS,
  ...imported: readonly string[]
): { all: readonly string[]; first: readonly string[] } {
  const file = readdirSync(folder).find((file) => file.startsWith(`${name}-`) && file.endsWith('.cjs')) ?? ''
  const text = readFileSync(join(folder, file), 'utf8').replaceAll(/Promise\.resolve\(\)\.then\(.*$/gm, '')
  const late = new Map(
    [...text.matchAll(LATE)].map(([, name = '', path = '', body = '']) => [name, { path, body }] as const),
  )
  const used = (body: string) => [...body.matchAll(/\b((?:init|require)_\w+)\(\)/g)].map((match) => match[1] ?? '')
  const begun = [...late].flatMap(([name, { path }]) => (imported.includes(path) ? [name] : []))
  const run = new Set([...begun, ...used(text.replaceAll(LATE, ''))])
  for (const name of run) for (const next of used(late.get(name)?.body ?? '')) run.add(next)
  const waiting = new Set([...late].flatMap(([name, { path }]) => (run.has(name) ? [] : [path])))
  const all = [...text.matchAll(/^\s*\/\/ ((?:dist|node_modules)\/.*)$/gm)].map((match) => match[1] ?? '')
  return { all, first: all.filter((path) => !waiting.has(path)) }
}

const HEAVY = ['config/parser.js', 'kickback/service/server.js', 'kickback/node/follower.js', 'daemon/index.js']

t.test('the process of DNS runs no server of HTTP, no reader of the configuration and no authority', async (t) => {
  const { all, first } = sourcesOf('front')
  t.ok(first.includes('dist/dns/server.js'), 'its server')
  for (const name of HEAVY) t.notOk(first.includes(`dist/${name}`), name)
  t.same(
    first.filter((path) =>
      /^node_modules\/(@peculiar|prom-client)\/|^dist\/cli\/(settings|synopsis\.js|argv)/.test(path),
    ),
    [],
  )
  const http = 'dist/daemon/processes/http-daemon.js'
  t.same([all.includes(http), first.includes(http)], [true, false], 'control: it has HTTP, for when it is that')
})

t.test('a master runs nothing heavy before it has started DNS', async (t) => {
  const { all, first } = sourcesOf('serve', 'dist/cli/commands/serve.js')
  t.ok(first.includes('dist/daemon/start-master.js'), 'what starts DNS')
  for (const name of HEAVY) t.notOk(first.includes(`dist/${name}`), name)
  for (const name of HEAVY.slice(0, 2)) t.ok(all.includes(`dist/${name}`), `control: ${name}`)
})
