import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { fileMark, pathSteps } from '../../../src/daemon/sources/path-chain.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kickback-chain-')))
t.teardown(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'real'))
writeFileSync(join(folder, 'real', 'file'), 'x')
symlinkSync('real', join(folder, 'link'))
symlinkSync(join(folder, 'real'), join(folder, 'absolute'))
symlinkSync('../link/./file', join(folder, 'real', 'back'))
symlinkSync('loop', join(folder, 'loop'))

/** The steps below the folder, as paths in it. */
const below = (path: string): string[] =>
  pathSteps(join(folder, path))
    .map(({ directory, name }) => join(directory, name))
    .filter((step) => step.startsWith(`${folder}/`))
    .map((step) => step.slice(folder.length + 1))

t.test('the steps to a file go through every symlink on the way', async (t) => {
  t.same(below('real/file'), ['real', 'real/file'])
  t.same(below('link/file'), ['link', 'real', 'real/file'])
  t.same(below('link/back'), ['link', 'real', 'real/back', 'link', 'real', 'real/file'])
  t.same(below('absolute/file'), ['absolute', 'real', 'real/file'], 'an absolute one leads back to the root')
  t.same(below('real/absent/deep'), ['real', 'real/absent', 'real/absent/deep'])
  t.equal(pathSteps(join(folder, 'real'))[0]?.directory, '/', 'they start at the root')
})

t.test('a symlink to itself ends', async (t) => {
  t.ok(below('loop').length <= 41)
})

t.test('the mark of a file differs when the file does', async (t) => {
  const before = fileMark(join(folder, 'real', 'file'))
  t.equal(fileMark(join(folder, 'link', 'file')), before)
  writeFileSync(join(folder, 'real', 'file'), 'xy')
  t.not(fileMark(join(folder, 'real', 'file')), before)
  t.equal(fileMark(join(folder, 'absent')), 'absent')
})
