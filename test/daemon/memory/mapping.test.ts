import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type FileMapper, fileMapper } from '../../../src/daemon/memory/mapping.ts'
import { folder, type Tap } from '../../folder.ts'
import { missing, ROOT } from '../../nss/programs.ts'

/** Larger than the largest page, and no multiple of one. */
const SIZE = 300_001

/** A file in a folder of its own, open. */
function opened(t: Tap): { readonly path: string; readonly fd: number; readonly content: Buffer } {
  const path = join(folder(t), 'file')
  const content = Buffer.alloc(SIZE, 'content')
  writeFileSync(path, content)
  const fd = openSync(path, 'r+')
  t.teardown(() => closeSync(fd))
  return { path, fd, content }
}

function mapper(): FileMapper {
  const made = fileMapper({ debug: (fields, message) => t.fail(`${message} ${JSON.stringify(fields)}`) })
  if (made === undefined) throw new Error('the module is missing')
  return made
}

/** How much of the maps of a file counts for this process, in kB (proc_pid_smaps(5)). */
function resident(path: string): number {
  const maps = readFileSync('/proc/self/smaps', 'latin1').split(/^(?=[\da-f]+-[\da-f]+ )/m)
  return maps
    .filter((map) => map.split('\n')[0]?.endsWith(` ${path}`))
    .reduce((sum, map) => sum + Number(/^Rss:\s+(\d+)/m.exec(map)?.[1] ?? 0), 0)
}

t.test('a map has what the file has, also once the file is closed', async (t) => {
  const { path, content } = opened(t)
  const fd = openSync(path, 'r')
  const map = mapper().map(fd, SIZE)
  closeSync(fd)
  t.equal(Buffer.compare(Buffer.from(map), content), 0)
  t.equal(map.byteLength, SIZE)
})

t.test(
  'what is written to the first page stays here, and what comes into the file there is not seen then',
  async (t) => {
    const { fd } = opened(t)
    const made = mapper()
    const map = made.map.bind(made)
    const rest = made.rest.bind(made)
    const bytes = Buffer.from(map(fd, SIZE))
    bytes[7] = 1
    writeSync(fd, Buffer.from([9, 9]), 0, 2, 7)
    rest(bytes.buffer as ArrayBuffer)
    t.equal(bytes[7], 1)
    t.equal(bytes[8], 'content'.charCodeAt(1))
    const own = Buffer.alloc(1)
    readSync(fd, own, 0, 1, 7)
    t.equal(own[0], 9)
  },
)

t.test('pages that rest do not count for this process, and are read again', async (t) => {
  const { path, fd, content } = opened(t)
  const made = mapper()
  const bytes = made.map(fd, SIZE)
  t.equal(Buffer.compare(Buffer.from(bytes), content), 0)
  t.ok(resident(path) > 200, `${resident(path)} kB while it is read`)
  made.restAll()
  t.ok(resident(path) <= 64, `${resident(path)} kB at rest`)
  t.equal(Buffer.compare(Buffer.from(bytes), content), 0)
})

t.test('room is zeros that can be written, and no map', async (t) => {
  const made = mapper()
  const bytes = new Uint8Array(made.room(SIZE))
  t.equal(bytes.length, SIZE)
  t.ok(bytes.every((byte) => byte === 0))
  bytes.fill(7)
  t.throws(() => made.rest(bytes.buffer as ArrayBuffer), { message: 'rest takes what map gave' })
  t.equal(bytes[SIZE - 1], 7)
  for (const size of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 33])
    t.throws(() => made.room(size), { message: 'the size is none that can be had' })
  t.throws(() => made.room('a' as unknown as number), { message: 'room takes a size' })
})

t.test('what can be no map is refused', async (t) => {
  const { fd } = opened(t)
  const made = mapper()
  const map = made.map.bind(made)
  const rest = made.rest.bind(made)
  t.throws(
    () => map(fd, SIZE + 1),
    { message: 'Invalid argument' },
    'more than there is would end the process by SIGBUS',
  )
  for (const size of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 33])
    t.throws(() => map(fd, size), { message: 'the size is none that can be mapped' })
  t.throws(() => map(1_000_000, 1), { message: 'Bad file descriptor' })
  const folderFd = openSync('/', 'r')
  t.throws(() => map(folderFd, 1), { message: 'Invalid argument' })
  closeSync(folderFd)
  const map_ = map as unknown as (...words: unknown[]) => ArrayBuffer
  t.throws(() => map_('a', 'b'), { message: 'map takes a descriptor and a size' })
  t.throws(() => map_(), { message: 'map takes a descriptor and a size' })
  const rest_ = rest as unknown as (...words: unknown[]) => void
  for (const other of [new ArrayBuffer(SIZE), Buffer.alloc(SIZE).buffer, undefined, 3, {}])
    t.throws(() => rest_(other), { message: 'rest takes what map gave' }, 'other memory would lose what it holds')
})

t.test('where the module is missing or of an earlier release, there is none and the log says so', async (t) => {
  const said: string[] = []
  const log = { debug: (fields: object, message: string) => said.push(`${message} ${JSON.stringify(fields)}`) }
  const load = (): never => {
    throw new Error('no such file')
  }
  t.equal(fileMapper(log, load), undefined)
  t.same(said, ['copies of files are kept in memory: the module that maps files is missing {"reason":"no such file"}'])
})

/** Maps and lets go, as a process that is watched; with the module that its first word names. */
const EXERCISE = `
  const { map, room, rest, giveBack, punch, answerFirst } = require(process.argv[1])
  const fs = require('node:fs')
  const path = process.argv[2]
  const content = fs.readFileSync(path)
  const fd = fs.openSync(path)
  for (let i = 0; i < 60; i++) {
    const size = i % 3 === 0 ? content.length : 1 + (i * 4999) % content.length
    const bytes = map(fd, size)
    new Uint8Array(bytes)[0] = i
    if (i % 2 === 0) rest(bytes)
    if (Buffer.compare(Buffer.from(bytes).subarray(1), content.subarray(1, size)) !== 0) throw new Error('it is another')
    if (i % 5 === 0) rest(bytes)
    if (i % 7 === 0) bytes.transfer(0)
    for (const wrong of [[], [fd], [fd, content.length + 1], [-1, 1], ['', {}]]) try { map(...wrong); throw 1 } catch (error) { if (error === 1) throw new Error('taken') }
    new Uint8Array(room(size)).fill(i)
    for (const wrong of [[], [0], [-1], ['']]) try { room(...wrong); throw 1 } catch (error) { if (error === 1) throw new Error('taken') }
    if (i % 10 === 0) gc()
  }
  for (const wrong of [[], [''], [{}]]) try { answerFirst(...wrong); throw 1 } catch (error) { if (error === 1) throw new Error('taken') }
  if (answerFirst(19) !== 0) throw new Error('a lower priority is not allowed')
  giveBack()
  gc()
  const own = fs.openSync(path, 'r+')
  const made = Array.from({ length: 50 }, (_, i) => punch(i % 5 === 0 ? 1000000 : own, i * 4096, 1 + i * 5000).then(() => 1, () => 0))
  for (const wrong of [[], [own], [own, 0], [own, 0, 0], [own, -1, 1], [own, 0, 1e300], ['', {}, []]]) try { punch(...wrong); throw 1 } catch (error) { if (error === 1) throw new Error('taken') }
  Promise.all(made).then((all) => {
    gc()
    console.log(all.reduce((sum, one) => sum + one, 0) === 40 ? 'done' : 'not all were made')
  })`

const noSanitizer =
  missing('gcc') ||
  (spawnSync('gcc', ['-fsanitize=address,undefined', '-shared', '-fPIC', '-x', 'c', '-o', '/dev/null', '-'], {
    input: 'int x;',
  }).status === 0
    ? false
    : 'needs Debian package gcc')
t.test('the module touches no memory but its own (ASan, UBSan)', { skip: noSanitizer }, async (t) => {
  const { path } = opened(t)
  const native = folder(t)
  const module = join(native, 'allocator.node')
  const flags = '-O1 -fsanitize=address,undefined -fno-sanitize-recover=all'
  execFileSync('make', ['-s', `NATIVE=${native}`, `CFLAGS=${flags}`, module], { cwd: ROOT })
  const asan = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
  const ran = spawnSync(process.execPath, ['--expose-gc', '--eval', EXERCISE, module, path], {
    encoding: 'utf8',
    // Node itself ends with memory that it has not given back.
    env: { ...process.env, LD_PRELOAD: asan, ASAN_OPTIONS: 'detect_leaks=0' },
  })
  t.match(ran, { stderr: '', stdout: 'done\n', status: 0 })
})
