import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readPipe, readSource } from '../../../src/daemon/sources/source-file.ts'
import { folder } from '../../folder.ts'

/** What the message promises. */
const SOURCE_MAX = 64 * 2 ** 20

t.test('a file is read whole, whatever its size, and the file of a kernel that tells none', async (t) => {
  const path = join(folder(t), 'passwd')
  for (const size of [0, 1, 4095, 2 ** 20, 3 * 2 ** 20 + 17]) {
    const content = Buffer.alloc(size, 'abc\n')
    writeFileSync(path, content)
    const { state, bytes } = await readSource(path)
    t.ok(state === 'read' && content.equals(bytes), `${size} bytes`)
  }
  const { state, bytes } = await readSource('/proc/self/limits')
  t.ok(state === 'read' && bytes.length > 100)
})

t.test('what was read is in memory that threads share: a build is handed it without a copy', async (t) => {
  const path = join(folder(t), 'passwd')
  writeFileSync(path, 'u:x:1:1::/:/bin/sh\n')
  const { bytes } = await readSource(path)
  t.ok(bytes.buffer instanceof SharedArrayBuffer)
  t.equal(bytes.buffer.byteLength, bytes.length + 1, 'it was read into its place')
  const odd = await readSource('/proc/self/limits')
  t.equal(odd.bytes.buffer.byteLength, odd.bytes.length, 'what tells no size keeps no more memory than it has bytes')
})

t.test('a file is read in small pieces: no copy of the system takes long', async (t) => {
  const path = join(folder(t), 'passwd')
  writeFileSync(path, Buffer.alloc(3 * 2 ** 20 + 17, 'abc\n'))
  const { prototype } = (await fileHandle()).constructor as { prototype: FileHandle }
  const reads = t.capture(prototype, 'read', prototype.read)
  const { bytes } = await readSource(path)
  t.equal(bytes.length, 3 * 2 ** 20 + 17)
  const lengths = reads().map(({ args }) => Number(args.at(2)))
  t.ok(lengths.length > 6 && lengths.every((length) => length <= 512 * 1024), lengths.join(' '))
})

/** Any open file: its class is nowhere else. */
async function fileHandle(): Promise<FileHandle> {
  const file = await open('/dev/null')
  await file.close()
  return file
}

t.test('what has more than a source may have is not read: a huge file, and a device without end', async (t) => {
  const path = join(folder(t), 'config')
  writeFileSync(path, '')
  truncateSync(path, 2 ** 30)
  const tooLarge = { state: 'unreadable', reason: 'it is larger than 64 MiB', bytes: { length: 0 } }
  const before = process.memoryUsage().rss
  t.match(await readSource(path), tooLarge)
  t.ok(process.memoryUsage().rss - before < SOURCE_MAX, 'no byte of it was taken')
  t.match(await readSource('/dev/zero'), tooLarge)
  truncateSync(path, SOURCE_MAX)
  t.match(await readSource(path), { state: 'read' })
})

t.test('no folder, FIFO, socket or missing file keeps us, nor throws', async (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'a folder'))
  execFileSync('mkfifo', [join(dir, 'fifo')])
  symlinkSync('loop', join(dir, 'loop'))
  const reasons = { 'a folder': 'it is a directory', fifo: 'it is a FIFO', loop: /symbolic links/ }
  for (const [name, reason] of Object.entries(reasons))
    t.match(await readSource(join(dir, name)), { state: 'unreadable', reason }, name)
  t.match(await readSource(join(dir, 'none')), { state: 'absent' })
})

t.test('a pipe of the shell is read to its end where somebody asks for it', async (t) => {
  const path = join(folder(t), 'fifo')
  execFileSync('mkfifo', [path])
  const reading = readPipe(path)
  writeFileSync(path, 'nodes 4\n')
  t.match(await reading, { state: 'read', bytes: Buffer.from('nodes 4\n') })
})
