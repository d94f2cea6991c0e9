// A file of the program that is started later: whether it is still the one of the start.
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ProgramFile } from '../../../src/values/index.ts'
import { folder } from '../../folder.ts'

const REPLACED = /worker\.js was replaced after this daemon started, by an upgrade or a build: restart the daemon/

t.test('a file that nobody touched is started, and one that was replaced or written is not', async (t) => {
  const path = join(folder(t), 'worker.js')
  writeFileSync(path, '1\n')
  const file = new ProgramFile(path)
  t.equal(file.toStart(), path)
  readFileSync(path)
  t.equal(file.toStart(), path, 'it was only read')

  copyFileSync(path, `${path}.new`)
  utimesSync(`${path}.new`, 1, 1)
  utimesSync(path, 1, 1)
  const dated = new ProgramFile(path)
  renameSync(`${path}.new`, path)
  t.throws(() => dated.toStart(), REPLACED, 'packages of one commit give all files one time')
  rmSync(path)
  t.throws(() => file.toStart(), REPLACED)
  const none = new ProgramFile(path)
  t.equal(none.toStart(), path, 'where there was none, starting it tells so')
  writeFileSync(path, '2\n')
  t.throws(() => none.toStart(), REPLACED)
  const written = new ProgramFile(path)
  writeFileSync(path, '22\n')
  t.throws(() => written.toStart(), REPLACED)
})

t.test('every thread is started by such a file', async (t) => {
  const src = join(import.meta.dirname, '../../../src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const starts = files.flatMap((name) => readFileSync(join(src, name), 'utf8').match(/new Worker\([^,)]*/g) ?? [])
  t.ok(starts.length >= 3)
  t.same(new Set(starts), new Set(['new Worker(WORKER.toStart(']))
})
