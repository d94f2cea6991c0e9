import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folder } from '../folder.ts'
import { confinedWords } from './confined.ts'
import { type Outcome, root, runIn } from './served.ts'

const coreutils = '/usr/bin:/bin'

/** A program that calls itself Node of some version, and otherwise says how it was called. */
function fakeNode(path: string, version: string): void {
  writeFileSync(
    path,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else shift; echo "${version}:" "$@"; fi\n`,
  )
  chmodSync(path, 0o755)
}

/** A built tree of its own with the shim in it, and a folder for the PATH. */
function tree(t: Test): { home: string; path: string; run: (command: string, ...args: string[]) => Outcome } {
  const dir = folder(t)
  const [home, path] = [join(dir, 'node_modules/kickback'), join(dir, 'path')]
  for (const folder of [join(home, 'bin'), join(home, 'dist/cli'), path]) mkdirSync(folder, { recursive: true })
  cpSync(join(root, 'bin/kickback'), join(home, 'bin/kickback'))
  writeFileSync(join(home, 'dist/cli/main.js'), '')
  return { home, path, run: (command, ...args) => runIn('/', { PATH: `${path}:${coreutils}` }, command, args) }
}

t.test('the pinned Node comes before the one on the PATH, in a checkout and beside a package', async (t) => {
  const { home, path, run } = tree(t)
  fakeNode(join(path, 'node'), 'v99.0.0')
  t.equal(run(join(home, 'bin/kickback'), 'x').stdout, 'v99.0.0: x\n')
  mkdirSync(join(home, '../node/bin'), { recursive: true })
  fakeNode(join(home, '../node/bin/node'), 'v24.1.0')
  t.equal(run(join(home, 'bin/kickback'), 'x').stdout, 'v24.1.0: x\n')
  mkdirSync(join(home, 'node_modules/node/bin'), { recursive: true })
  fakeNode(join(home, 'node_modules/node/bin/node'), 'v25.0.0')
  t.equal(run(join(home, 'bin/kickback'), 'x').stdout, 'v25.0.0: x\n')
})

t.test('Node 22.18 will do, 22.17 and 20 are refused by name', async (t) => {
  const { home, path, run } = tree(t)
  fakeNode(join(path, 'node'), 'v22.18.0')
  t.equal(run(join(home, 'bin/kickback'), 'x').stdout, 'v22.18.0: x\n')
  for (const version of ['v22.17.9', 'v20.20.2', 'v4.99.0', 'nonsense']) {
    fakeNode(join(path, 'node'), version)
    const { code, stdout, stderr } = run(join(home, 'bin/kickback'))
    t.same([code, stdout], [1, ''])
    t.equal(
      stderr,
      `kickback: needs Node 22.18 or later; found: ${version} (${join(path, 'node')}). ` +
        'Install one, or put it beside the package: npm install [--global] node@24\n',
    )
  }
})

t.test('a checkout whose node_modules is gone says what to run, whatever Node is on the PATH', async (t) => {
  const { home, path, run } = tree(t)
  fakeNode(join(path, 'node'), 'v24.1.0')
  writeFileSync(join(home, 'package-lock.json'), '{}')
  const { code, stderr } = run(join(home, 'bin/kickback'), 'x')
  t.same([code, stderr], [1, `kickback: not built: run 'npm run setup' in ${home}\n`])
})

t.test('links to it work from anywhere, relative ones too, and the name of a daemon is its command', async (t) => {
  const { home, path, run } = tree(t)
  fakeNode(join(path, 'node'), 'v24.1.0')
  symlinkSync('node_modules/kickback/bin/kickback', join(home, '../../first'))
  symlinkSync('../first', join(path, 'kickbackdaemon'))
  symlinkSync(join(home, 'bin/kickback'), join(path, 'kickbackproxy'))
  t.equal(run('kickbackdaemon', '--a', 'b c').stdout, 'v24.1.0: serve --a b c\n')
  t.match(run('kickbackproxy').stdout, /^v24\.1\.0: .* proxy\n$/)
})

t.test('V8 of a proxy works on one thread, and that of every other command as ever', async (t) => {
  const { home, path, run } = tree(t)
  writeFileSync(join(path, 'node'), '#!/bin/sh\nif [ "$1" = --version ]; then echo v24.1.0; else echo "$@"; fi\n')
  chmodSync(join(path, 'node'), 0o755)
  const main = join(home, 'dist/cli/main.js')
  symlinkSync(join(home, 'bin/kickback'), join(path, 'kickbackproxy'))
  t.equal(run('kickbackproxy', '--a', 'b c').stdout, `--single-threaded ${main} proxy --a b c\n`)
  t.equal(run(join(home, 'bin/kickback'), 'proxy').stdout, `--single-threaded ${main} proxy\n`)
  for (const command of ['serve', 'query', 'dns']) {
    t.equal(run(join(home, 'bin/kickback'), command, 'proxy').stdout, `${main} ${command} proxy\n`)
  }
})

t.test('a tree that is not built says what to run', async (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'bin'))
  cpSync(join(root, 'bin/kickback'), join(dir, 'bin/kickback'))
  const { code, stderr } = runIn('/', { PATH: coreutils }, join(dir, 'bin/kickback'), [])
  t.equal(code, 1)
  t.equal(stderr, `kickback: not built: run 'npm run setup' in ${dir}\n`)
})

t.test('all threads share two arenas of the allocator, unless the environment says otherwise', async (t) => {
  const { home, path, run } = tree(t)
  const node = join(path, 'node')
  writeFileSync(node, '#!/bin/sh\nif [ "$1" = --version ]; then echo v24.1.0; else echo "$MALLOC_ARENA_MAX"; fi\n')
  chmodSync(node, 0o755)
  t.equal(run(join(home, 'bin/kickback'), 'x').stdout, '2\n')
  const own = runIn('/', { PATH: `${path}:${coreutils}`, MALLOC_ARENA_MAX: '7' }, join(home, 'bin/kickback'), ['x'])
  t.equal(own.stdout, '7\n')
})

/** What the kernel shows of SELinux, in files without a line end, and whether Node may compile there. */
const MAY_COMPILE: readonly (readonly [title: string, files: Readonly<Record<string, string>>, may: boolean])[] = [
  ['no SELinux', {}, true],
  ['it does not enforce', { enforce: '0' }, true],
  ['Debian forbids it', { enforce: '1', allow_execmem: '0 0' }, false],
  ['Debian allows it', { enforce: '1', allow_execmem: '1 1' }, true],
  ['Fedora forbids it', { enforce: '1', deny_execmem: '1 1' }, false],
  ['Fedora allows it', { enforce: '1', deny_execmem: '0 0' }, true],
  ['it allows it after the next load of its booleans', { enforce: '1', allow_execmem: '0 1' }, false],
  ['nobody knows', { enforce: '1' }, false],
]

for (const [title, files, may] of MAY_COMPILE) {
  t.test(`SELinux, ${title}: Node runs ${may ? 'with' : 'without'} its compiler`, async (t) => {
    const { home, path, run } = tree(t)
    const [shim, selinux] = [join(home, 'bin/kickback'), join(path, 'selinux')]
    mkdirSync(join(selinux, 'booleans'), { recursive: true })
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(selinux, name === 'enforce' ? name : `booleans/${name}`), text)
    writeFileSync(shim, readFileSync(shim, 'utf8').replaceAll('/sys/fs/selinux', selinux))
    const node = join(path, 'node')
    writeFileSync(node, '#!/bin/sh\nif [ "$1" = --version ]; then echo v24.1.0; else echo "$@"; fi\n')
    chmodSync(node, 0o755)
    const { stdout, stderr } = run(shim, 'x')
    t.same([stdout, stderr], [`${may ? '' : '--jitless '}${join(home, 'dist/cli/main.js')} x\n`, ''])
  })
}

t.test(
  'where SELinux has nothing against it the kernel is asked: what a launcher has said by it goes to Node',
  async (t) => {
    const { home, path, run } = tree(t)
    const shim = join(home, 'bin/kickback')
    const node = join(path, 'node')
    writeFileSync(node, '#!/bin/sh\nif [ "$1" = --version ]; then echo v24.1.0; else echo "$@"; fi\n')
    chmodSync(node, 0o755)
    mkdirSync(join(home, 'build'))
    cpSync(join(root, 'build/launcher'), join(home, 'build/launcher'))
    const [main, [command = '', ...confined]] = [join(home, 'dist/cli/main.js'), confinedWords()]
    const words = [...confined, shim, 'x']
    t.equal(runIn('/', { PATH: `${path}:${coreutils}` }, command, words).stdout, `--jitless ${main} x\n`)
    t.equal(run(shim, 'x').stdout, `${main} x\n`)
    // One that was built for another kind of machine.
    writeFileSync(join(home, 'build/launcher'), 'no program')
    t.same(run(shim, 'x'), { code: 0, stdout: `${main} x\n`, stderr: '' })
  },
)
