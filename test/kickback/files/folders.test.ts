import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { free, markEmptied } from '../../../src/kickback/files/emptying.ts'
import {
  filesIn,
  type OpenFile,
  prepareAdmin,
  prepareFolder,
  readSnapshot,
} from '../../../src/kickback/files/folders.ts'
import { replaceFile } from '../../../src/kickback/files/replacement.ts'
import { folder } from '../../folder.ts'
import { publicSnapshot } from '../cluster.ts'

const UID = process.getuid?.() ?? 0
const ONCE = { mode: 0o644, group: undefined, stateFlags: 0, pid: process.pid }
const modeOf = (path: string): number => statSync(path).mode & 0o7777

/** Opens a file, and has it superseded and emptied between that and the first read. */
const overtaken =
  (times: number, path: string): OpenFile =>
  async (at, flags) => {
    const file = await open(at, flags)
    if (times-- <= 0) return file
    const { old } = await replaceFile(path, publicSnapshot(1000 - times, 5000).bytes, ONCE)
    if (old === undefined) throw new Error('no old file')
    await markEmptied(old)
    await free(old)
    return file
  }

t.test('a file that is emptied while it is opened is left for the one that took its name', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  await replaceFile(path, publicSnapshot(1, 5000).bytes, ONCE)
  t.equal((await readSnapshot(path, overtaken(2, path))).snapshot?.generation, 1000)
  t.match(await readSnapshot(path, overtaken(99, path)), { reason: /is damaged/ }, 'but not without end')
})

t.test('a damaged, cut, foreign or odd file is no last good snapshot, and the reason says why', async (t) => {
  const at = folder(t)
  const path = join(at, 'snapshot.1')
  const reason = async (): Promise<string | undefined> => {
    const found = await readSnapshot(path)
    t.equal(found.snapshot, undefined)
    return found.snapshot === undefined ? found.reason : 'good'
  }
  t.equal(await reason(), undefined, 'no file is no damage')
  const bytes = Buffer.from(publicSnapshot(1).bytes)
  writeFileSync(path, bytes.subarray(0, bytes.length - 1))
  t.match(await reason(), /snapshot.1 is damaged/)
  bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1
  writeFileSync(path, bytes)
  t.match(await reason(), /its digest is wrong/)
  writeFileSync(path, 'short')
  t.match(await reason(), /is damaged/)
  writeFileSync(path, '')
  t.match(await reason(), /is damaged/)
  const fifo = join(at, 'fifo')
  spawnSync('mkfifo', [fifo])
  t.match(await readSnapshot(fifo), { reason: /not a regular file/ })
  t.match(await readSnapshot(at), { reason: /can't be read/ })
})

t.test('the folders are made, the private one closed to others', async (t) => {
  const at = join(folder(t), 'deep', 'run')
  const old = process.umask(0o077)
  const files = await prepareFolder(at, { uid: UID })
  process.umask(old)
  t.equal(statSync(at).mode & 0o777, 0o755)
  t.equal(statSync(files.private).mode & 0o777, 0o700)
})

t.test("a folder that others may write to, or that is somebody else's, is refused", async (t) => {
  const at = folder(t)
  chmodSync(at, 0o777)
  await t.rejects(prepareFolder(at, { uid: UID }), { name: 'FolderError', message: /0777/ })
  chmodSync(at, 0o755)
  mkdirSync(filesIn(at).private)
  chmodSync(filesIn(at).private, 0o770)
  await t.rejects(prepareFolder(at, { uid: UID }), { name: 'FolderError', message: /private/ })
  chmodSync(filesIn(at).private, 0o755)
  t.ok(await prepareFolder(at, { uid: UID }), 'once it is closed to others')
  if (UID === 0) chownSync(filesIn(at).private, 12_345, 0)
  const [owner, uid] = UID === 0 ? [12_345, 0] : [UID, UID + 1]
  await t.rejects(prepareFolder(at, { uid }), { name: 'FolderError', message: new RegExp(`belongs to uid ${owner}`) })
})

t.test('a symbolic link, or a file, in the place of a folder is refused', async (t) => {
  const at = folder(t)
  mkdirSync(join(at, 'real'))
  symlinkSync(join(at, 'real'), join(at, 'link'))
  writeFileSync(join(at, 'file'), '')
  for (const name of ['link', 'file']) {
    await t.rejects(prepareFolder(join(at, name), { uid: UID }), { name: 'FolderError' }, name)
  }
})

t.test('a folder that the system refuses to make is an error at once, under a parent that exists too', async (t) => {
  await t.rejects(prepareFolder('/proc/kickback', { uid: UID }), {
    name: 'FolderError',
    message: /no such file or directory/,
  })
})

t.test("root's folder is for root alone, also where it was open before", async (t) => {
  const files = filesIn(folder(t))
  mkdirSync(files.admin)
  chmodSync(files.admin, 0o755)
  await prepareAdmin(files, UID)
  t.equal(modeOf(files.admin), 0o700)
  chmodSync(files.admin, 0o720)
  await t.rejects(prepareAdmin(files, UID), { name: 'FolderError', message: /0720/ })
})

t.test('the private folder is for its group to look into, and for nobody else', { skip: UID !== 0 }, async (t) => {
  const at = folder(t)
  const { private: inside } = await prepareFolder(at, { uid: 0, privateGroup: 4242 })
  t.same([modeOf(inside), statSync(inside).gid], [0o750, 4242])
  await prepareFolder(at, { uid: 0 })
  t.equal(modeOf(inside), 0o700, 'a later daemon has no such group')
})
