import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { holePuncher } from '../../../src/daemon/memory/holes.ts'
import { free, type Punch } from '../../../src/kickback/index.ts'
import { folder, type Tap } from '../../folder.ts'

const SIZE = 1 << 20
/** Where the hole begins. */
const KEPT = 4096

function file(t: Tap): string {
  const path = join(folder(t), 'file')
  writeFileSync(path, Buffer.alloc(SIZE, 'content'))
  return path
}

function puncher(): Punch {
  const punch = holePuncher()
  if (punch === undefined) throw new Error('the module is missing')
  return punch
}

t.test('a hole frees what was there: the length stays, zeros are read, and what is before it stays', async (t) => {
  const path = file(t)
  const fd = openSync(path, 'r+')
  const before = fstatSync(fd).blocks
  await puncher()(fd, KEPT, 2 * SIZE)
  const { blocks, size } = fstatSync(fd)
  t.ok(blocks * 512 <= 2 * KEPT && blocks < before, `${blocks} blocks of ${before}`)
  t.equal(size, SIZE)
  const content = readFileSync(path)
  t.ok(content.subarray(0, KEPT).equals(Buffer.alloc(KEPT, 'content')))
  t.ok(content.subarray(KEPT).every((byte) => byte === 0))
  closeSync(fd)
})

t.test('a superseded file is freed by it without a program, and is closed', async (t) => {
  const { PATH } = process.env
  t.teardown(() => Object.assign(process.env, { PATH }))
  process.env.PATH = '/nowhere'
  const path = file(t)
  const old = await open(path, 'r+')
  await free({ file: old, size: SIZE, inode: 0 }, puncher())
  t.equal(old.fd, -1)
  t.ok(
    readFileSync(path)
      .subarray(KEPT)
      .every((byte) => byte === 0),
  )
  const other = await open(path, 'r+')
  await t.rejects(free({ file: other, size: SIZE, inode: 0 }), { code: 'ENOENT' }, 'else a program is needed')
  t.equal(other.fd, -1)
})

t.test('what the system says against it is told, and what is no part of a file is refused', async (t) => {
  const punch = puncher()
  await t.rejects(punch(1_000_000, 0, 1), { message: 'Bad file descriptor' })
  const fd = openSync('/dev/null', 'r+')
  await t.rejects(punch(fd, 0, 1), /not|invalid|device/i)
  closeSync(fd)
  const message = 'punch takes a descriptor, a place and a length'
  for (const words of [[], [1], [1, 0], [1, -1, 1], [1, 0, 0], [1, 0, Number.NaN], ['1', 0, 1]])
    t.throws(() => (punch as unknown as (...words: unknown[]) => void)(...words), { message })
})

t.test('where the module is missing or of an earlier release, there is none', async (t) => {
  const load = (): never => {
    throw new Error('no such file')
  }
  t.equal(holePuncher(load), undefined)
  t.equal(
    holePuncher(() => ({})),
    undefined,
  )
})
