import { execFileSync } from 'node:child_process'
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { builtModule, noCompiler, ROOT } from './programs.ts'

t.test(
  'an installed module is replaced by rename, so that processes that have it mapped keep it',
  { skip: noCompiler },
  async (t) => {
    const dir = folder(t)
    const module = readFileSync(builtModule())
    const install = (): string => {
      execFileSync('make', ['-s', '-C', join(ROOT, 'src/nss'), 'install', `DESTDIR=${dir}`, 'LIBDIR=/lib'])
      return join(dir, 'lib/libnss_kickback.so.2')
    }
    const old = openSync(install(), 'r')
    t.teardown(() => closeSync(old))
    const path = install()
    t.not(statSync(path).ino, fstatSync(old).ino, 'another file')
    t.equal(fstatSync(old).nlink, 0, 'the old one has no name left')
    t.ok(readFileSync(old).equals(module), 'and is whole')
    t.ok(readFileSync(path).equals(module), 'so is the new one')
    t.equal(statSync(path).mode & 0o777, 0o644)
    t.strictSame(readdirSync(join(dir, 'lib')), ['libnss_kickback.so.2'], 'nothing else is left')
  },
)

t.test('without LIBDIR the module goes where the C library is', { skip: noCompiler }, async (t) => {
  const dir = folder(t)
  execFileSync('make', ['-s', '-C', join(ROOT, 'src/nss'), 'install', `DESTDIR=${dir}`])
  const path = execFileSync('find', [dir, '-type', 'f'], { encoding: 'utf8' }).trim()
  const place = path.slice(dir.length).replace('libnss_kickback.so.2', '')
  t.ok(
    readdirSync(place).some((name) => /^libc(-2.*)?\.so/.test(name)),
    place,
  )
})
