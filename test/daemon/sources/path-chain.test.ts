import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileMark, pathSteps } from '../../../src/daemon/sources/path-chain.ts'
import { folder } from '../../folder.ts'

const dir = realpathSync(folder(t))
mkdirSync(join(dir, 'real'))
writeFileSync(join(dir, 'real', 'file'), 'x')
symlinkSync('real', join(dir, 'link'))
symlinkSync(join(dir, 'real'), join(dir, 'absolute'))
symlinkSync('../link/./file', join(dir, 'real', 'back'))
symlinkSync('loop', join(dir, 'loop'))

/** The steps below the folder, as paths in it. */
const below = (path: string): string[] =>
  pathSteps(join(dir, path))
    .map(({ directory, name }) => join(directory, name))
    .filter((step) => step.startsWith(`${dir}/`))
    .map((step) => step.slice(dir.length + 1))

t.test('the steps to a file go through every symlink on the way', async (t) => {
  t.same(below('real/file'), ['real', 'real/file'])
  t.same(below('link/file'), ['link', 'real', 'real/file'])
  t.same(below('link/back'), ['link', 'real', 'real/back', 'link', 'real', 'real/file'])
  t.same(below('absolute/file'), ['absolute', 'real', 'real/file'], 'an absolute one leads back to the root')
  t.same(below('real/absent/deep'), ['real', 'real/absent', 'real/absent/deep'])
  t.equal(pathSteps(join(dir, 'real'))[0]?.directory, '/', 'they start at the root')
})

t.test('a symlink to itself ends', async (t) => {
  t.ok(below('loop').length <= 41)
})

t.test('the mark of a file differs when the file does', async (t) => {
  const before = fileMark(join(dir, 'real', 'file'))
  t.equal(fileMark(join(dir, 'link', 'file')), before)
  writeFileSync(join(dir, 'real', 'file'), 'xy')
  t.not(fileMark(join(dir, 'real', 'file')), before)
  t.equal(fileMark(join(dir, 'absent')), 'absent')
})
