import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { builtModule, missing, noCompiler, noNarrow, ROOT } from './programs.ts'

/** The newest C library whose symbols the module may want: that of RHEL 7. */
const GLIBC = [2, 17]
/** The most bytes of stack that a function of the module may take. */
const STACK = 2048

const skip = noCompiler || missing('readelf', 'nm')
const output = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8' })

t.test('the module exports _nss_kickback_ names alone', { skip }, async (t) => {
  const lines = output('nm', '-D', '--defined-only', builtModule()).trim().split('\n')
  const names = lines.map((line) => line.split(' ').at(-1) ?? '')
  t.ok(names.length > 30, `${names.length} names`)
  t.strictSame(
    names.filter((name) => !name.startsWith('_nss_kickback_')),
    [],
  )
  const declared = readFileSync(join(ROOT, 'src/nss/module.h'), 'utf8').matchAll(/ (_nss_kickback_\w+)\(/g)
  t.strictSame(names.sort(), [...declared].map((match) => match[1]).sort(), 'module.h documents each of them')
})

t.test('the module links to the C library alone, and wants nothing newer than glibc 2.17', { skip }, async (t) => {
  const dynamic = output('readelf', '-d', builtModule())
  t.strictSame(
    [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1]),
    ['libc.so.6'],
  )
  t.match(dynamic, /SONAME.*\[libnss_kickback\.so\.2\]/)
  const versions = [...output('nm', '-D', builtModule()).matchAll(/@GLIBC_(\d+)\.(\d+)/g)]
  t.ok(versions.length > 0)
  for (const [version, major, minor] of versions) {
    const isOld = Number(major) < (GLIBC[0] ?? 0) || (Number(major) === GLIBC[0] && Number(minor) <= (GLIBC[1] ?? 0))
    t.ok(isOld, version)
  }
})

t.test('relro, now, no executable stack, position-independent, no text relocations', { skip }, async (t) => {
  const [headers, dynamic] = [output('readelf', '-lW', builtModule()), output('readelf', '-dW', builtModule())]
  t.match(headers, /GNU_RELRO/)
  t.match(headers, /GNU_STACK\s+\S+\s+\S+\s+\S+\s+\S+\s+\S+\s+RW\s/)
  t.match(output('readelf', '-hW', builtModule()), /Type:\s+DYN/)
  t.match(dynamic, /BIND_NOW|\(FLAGS_1\).*NOW/)
  t.notMatch(dynamic, /TEXTREL/)
  t.notMatch(headers, /\sTLS\s/, 'no thread-local storage, which dlopen may fail to give')
  t.match(dynamic, /INIT_ARRAYSZ\)\s+8 /, "no constructor but the compiler's own")
})

t.test('the module can neither print, exit, catch signals, take locks, nor ask for a locale', { skip }, async (t) => {
  const wanted = output('nm', '-D', '--undefined-only', builtModule())
  const names = [...wanted.matchAll(/ [Uw] (\w+)/g)].map((match) => match[1] ?? '')
  const forbidden =
    /printf|^f?puts|^perror|^exit$|^_exit$|^abort$|assert|signal|sigaction|locale|pthread_(?!setcancelstate)|atfork|^cxa|select$|syslog|^getenv$|^get(pw|gr|host|addr)/
  t.strictSame(
    names.filter((name) => forbidden.test(name)),
    [],
  )
})

t.test('no function takes a large frame of stack', { skip: noCompiler }, async (t) => {
  const dir = folder(t)
  execFileSync('make', ['-s', '-C', join(ROOT, 'src/nss'), `OUT=${dir}`, 'CFLAGS=-fstack-usage'])
  const usage = readdirSync(join(dir, 'nss')).filter((name) => name.endsWith('.su'))
  const frames = usage.flatMap((name) =>
    readFileSync(join(dir, 'nss', name), 'utf8')
      .trim()
      .split('\n'),
  )
  t.ok(frames.length > 50)
  t.strictSame(
    frames.filter((line) => Number(line.split('\t')[1]) > STACK || !/static|bounded/.test(line)),
    [],
  )
})

for (const [compiler, bits] of ['gcc', 'clang'].flatMap((name) => [[name, '-m64'] as const, [name, '-m32'] as const])) {
  const skip = noCompiler || missing(compiler) || (bits === '-m32' && noNarrow())
  t.test(`${compiler} ${bits} has nothing to warn of`, { skip }, async (t) => {
    const dir = folder(t)
    const args = [
      '-s',
      '-j2',
      '-C',
      join(ROOT, 'src/nss'),
      `OUT=${dir}`,
      `CC=${compiler}`,
      `CFLAGS=${bits} -Werror -Wconversion`,
    ]
    const run = spawnSync('make', args, { encoding: 'utf8' })
    t.equal(run.status, 0, run.stderr)
    t.equal(run.stderr, '')
  })
}
