import { spawnSync } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root, runIn, serve } from '../end-to-end/served.ts'
import { ROOT } from '../nss/programs.ts'
import { made, noWayToMake, VERSION } from './made.ts'

const skip = noWayToMake('image')

t.test('the bundle has all packages in itself, and the licence of each', { skip: noWayToMake('bundle') }, async (t) => {
  const folder = join(made('bundle'), 'bundle')
  const files = readdirSync(join(folder, 'kickback'))
  for (const entry of ['main.js', 'front.js', 'build-worker.js', 'explain-worker.js'])
    t.ok(files.includes(entry), entry)
  for (const file of files) {
    const text = readFileSync(join(folder, 'kickback', file), 'utf8')
    const wanted = [...text.matchAll(/^import .*?from "([^"]+)"|^import "([^"]+)"|import\("([^"]+)"\)/gm)]
    const outside = wanted
      .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
      .filter((name) => !/^(node:|\.\/|\w+$)/.test(name))
    t.strictSame(outside, [], `${file} imports no package`)
  }
  const licences = readFileSync(join(folder, 'licences.txt'), 'utf8')
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  for (const [name, version] of Object.entries(dependencies)) t.match(licences, `${name} ${version}\n`)
})

/** What a file of the bundle loads before it does anything, itself included, and the modules of Node that these load. */
function loaded(folder: string, ...files: readonly string[]): { files: Set<string>; node: Set<string> } {
  const all = { files: new Set(files), node: new Set<string>() }
  for (const file of all.files) {
    const text = readFileSync(join(folder, file), 'utf8')
    for (const [, kind, name = ''] of text.matchAll(/^(?:import|export)\b[^;"]*?"(\.\/|node:)([^"]+)";/gm)) {
      if (kind === './') all.files.add(name)
      else all.node.add(name)
    }
  }
  return all
}

t.test(
  'a question loads no server, no reader of the configuration and no authority, and nothing that Node takes long to load',
  { skip: noWayToMake('bundle') },
  async (t) => {
    const folder = join(made('bundle'), 'bundle/kickback')
    /** The sources and packages of what a command loads, and Node's modules. */
    const sources = (command: string): { node: Set<string>; names: (string | undefined)[] } => {
      const chunks = readdirSync(folder).filter((file) => file.startsWith(`${command}-`) && file.endsWith('.js'))
      const { files, node } = loaded(folder, 'commands.js', ...chunks)
      const text = [...files].map((file) => readFileSync(join(folder, file), 'utf8')).join('')
      return { node, names: [...text.matchAll(/^\s*\/\/ (dist|node_modules)\/(.*)$/gm)].map((match) => match[2]) }
    }
    const { node } = sources('none')
    for (const name of ['http', 'tls', 'net', 'crypto', 'zlib']) t.notOk(node.has(name), `--help: ${name}`)
    const heavy = ['config/parser.js', 'kickback/service/server.js', 'kickback/node/follower.js', 'daemon/index.js']
    for (const command of ['query', 'status']) {
      const { names, node } = sources(command)
      for (const name of ['http', 'https', 'http2', 'zlib', 'worker_threads'])
        t.notOk(node.has(name), `${command}: ${name}`)
      for (const name of heavy) t.notOk(names.includes(name), `${command}: ${name}`)
      for (const name of names) t.notMatch(name, /^(@peculiar|prom-client|dns2)\//, `${command}: ${name}`)
    }
    const server = sources('master')
    for (const name of heavy.slice(0, 2)) t.ok(server.names.includes(name), `a master: ${name}`)
    const early = sources('serve')
    for (const name of heavy) t.notOk(early.names.includes(name), `serve before DNS is started: ${name}`)
    for (const command of ['serve', 'proxy'])
      t.notOk(sources(command).node.has('http'), `${command} loads HTTP without Node's client for the web`)
  },
)

t.test(
  'the program of a package says its version, and runs from any folder by each of its names',
  { skip },
  async (t) => {
    const image = join(made('image'), 'image')
    const run = (path: string, ...args: string[]) => runIn('/', { PATH: '/usr/bin:/bin' }, join(image, path), args)
    t.equal(run('usr/bin/kickback', '--version').stdout.trim(), VERSION)
    t.match(run('usr/sbin/kickbackdaemon', '--help').stdout, /serve/)
    t.match(run('usr/sbin/kickbackproxy', '--help').stdout, /proxy/)
    for (const name of ['bpstat', 'beostatus']) t.match(run(`usr/bin/${name}`, '--help').stdout, /kickback nodes/)
    const checked = run('usr/bin/kickback', 'check', join(root, 'examples/config'))
    t.same([checked.code, checked.stdout], [0, ''], checked.stderr)
  },
)

t.test(
  'a master of the bundle serves, builds on its thread, and has DNS as a process of its own',
  { skip },
  async (t) => {
    const program = join(made('image'), 'image/usr/bin/kickback')
    const served = await serve(t, { program, args: ['--log-level', 'debug'] })
    const ask = (...words: string[]): string => served.run(program, 'query', ...words).stdout
    t.equal(ask('hosts', 'n15'), '10.20.30.115    n15\n')
    const { stdout } = served.run('dig', '@127.0.0.1', '-p', String(served.dnsPort), '+short', 'n15.cluster.internal')
    t.equal(stdout.trim() || 'no dig', spawnSync('dig', ['-v']).error ? 'no dig' : '10.20.30.115')
    appendFileSync(join(served.dir, 'examples/passwd'), 'newcomer:x:1999:1000::/:/bin/sh\n')
    const reloaded = served.run(program, 'reload', '--run-dir', served.runDir)
    t.equal(reloaded.code, 0, reloaded.stderr)
    t.match(ask('passwd', 'newcomer'), /^newcomer:x?\*?:1999:/)
    t.notMatch(served.log(), /free memory is kept|the build thread/, 'the allocator and the thread were found')
  },
)
