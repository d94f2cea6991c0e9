import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeFolder, syncFolder, syncFolderSync } from '../../../src/values/files/folder.ts'
import { folder } from '../../folder.ts'

const modeOf = (path: string): number => statSync(path).mode & 0o7777

t.test('only a folder that is made gets a mode; one that was there keeps its own', async (t) => {
  const at = folder(t)
  mkdirSync(join(at, 'there'))
  chmodSync(join(at, 'there'), 0o711)
  makeFolder(join(at, 'there'), 0o755)
  t.equal(modeOf(join(at, 'there')), 0o711)
  makeFolder(join(at, 'new', 'below'), 0o700)
  t.same([modeOf(join(at, 'new')), modeOf(join(at, 'new', 'below'))], [0o755, 0o700], 'those above it are open')
})

t.test('a folder that the system refuses to make is an error at once, under a parent that exists too', async (t) => {
  t.throws(() => makeFolder('/proc/kickback/below', 0o755), { code: 'ENOENT' })
})

t.test('a folder that is not there cannot be put on disk; a file system that does not do it need not', async (t) => {
  for (const sync of [syncFolder, async (path: string) => syncFolderSync(path)]) {
    await t.resolves(sync(folder(t)))
    await t.resolves(sync('/proc'))
    await t.rejects(sync(join(folder(t), 'none')), { code: 'ENOENT' })
  }
})
