import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Machine } from '../../../src/setup/machine.ts'
import { editFile, FileEditError } from '../../../src/values/files/edited-file.ts'
import { folder } from '../../folder.ts'

const EDITOR = fileURLToPath(new URL('editor.ts', import.meta.url))

const isRoot = process.geteuid?.() === 0
/** A list for a user more (acl(5)), as the kernel keeps it: the owner, user 1234, the group, the mask, others. */
const ACL = [
  [1, 6, -1],
  [2, 4, 1234],
  [4, 4, -1],
  [16, 4, -1],
  [32, 0, -1],
]
  .map(([tag = 0, rights = 0, id = 0]) => {
    const entry = Buffer.alloc(8)
    entry.writeUInt16LE(tag)
    entry.writeUInt16LE(rights, 2)
    entry.writeInt32LE(id, 4)
    return entry.toString('latin1')
  })
  .reduce((text, entry) => text + entry, '\x02\0\0\0')
/** Labels that only root may set. */
const LABELS_OF_ROOT = [
  ['security.selinux', 'system_u:object_r:etc_t:s0\0'],
  ['trusted.kept', 'yes'],
]

/** Edits a file of a folder by this change of its text; with what was said of waiting. */
async function edit(path: string, change: (before: string) => string | Promise<string>, patience?: number) {
  const waits: string[] = []
  const isChanged = await editFile({
    path,
    waiting: (sentence) => waits.push(sentence),
    change: async (before) => {
      const text = await change(before.toString())
      return text === before.toString() ? before : Buffer.from(text)
    },
    ...(patience !== undefined && { patience }),
  })
  return { isChanged, waits }
}

t.test('a file is replaced with its mode, its extended attributes and what links to it', async (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'real'))
  const [path, link] = [join(dir, 'real/config'), join(dir, 'link')]
  writeFileSync(path, 'a\n')
  chmodSync(path, 0o640)
  symlinkSync('real/config', link)
  const attribute = (...words: string[]) => spawnSync('python3', ['-c', ...words], { encoding: 'utf8' })
  const labels = [['user.kept', 'yes'], ['system.posix_acl_access', ACL], ...(isRoot ? LABELS_OF_ROOT : [])]
  const setting =
    'import os,sys\nfor i in range(2, len(sys.argv), 2): os.setxattr(sys.argv[1], sys.argv[i], bytes.fromhex(sys.argv[i + 1]))'
  const hexed = labels.flatMap(([name = '', value = '']) => [name, Buffer.from(value, 'latin1').toString('hex')])
  const set = attribute(setting, path, ...hexed)
  t.equal(set.status, 0, set.stderr)
  if (isRoot) chownSync(path, 1234, 2345)
  const all = 'import os,sys; p=sys.argv[1]; print({n: os.getxattr(p, n) for n in sorted(os.listxattr(p))})'
  const before = attribute(all, path).stdout
  t.match(before, /posix_acl_access.*user\.kept/)
  const owner = [statSync(path).uid, statSync(path).gid]
  const { ino } = statSync(path)
  t.match(await edit(link, (text) => `${text}b\n`), { isChanged: true, waits: [] })
  t.equal(readFileSync(path, 'utf8'), 'a\nb\n')
  t.not(statSync(path).ino, ino, 'it is another file')
  t.equal(statSync(path).mode & 0o7777, 0o640)
  t.equal(attribute(all, path).stdout, before, 'all labels are kept')
  t.same([statSync(path).uid, statSync(path).gid], owner)
  t.same(readdirSync(dir).sort(), ['link', 'real'])
  t.same(readdirSync(join(dir, 'real')).sort(), ['.config.lock', 'config'])
  t.equal(statSync(join(dir, 'real/.config.lock')).mode & 0o777, 0o600)
})

t.test('a file that needs no change is left alone', async (t) => {
  const path = join(folder(t), 'config')
  writeFileSync(path, 'a\n')
  const { ino } = statSync(path)
  t.match(await edit(path, (text) => text), { isChanged: false })
  t.equal(statSync(path).ino, ino)
})

t.test('what another program writes meanwhile is read again, whichever way it writes', async (t) => {
  const writes: readonly ((path: string) => void)[] = [
    (path) => writeFileSync(path, 'theirs\n'),
    (path) => {
      writeFileSync(`${path}.their`, 'theirs\n')
      renameSync(`${path}.their`, path)
    },
  ]
  for (const write of writes) {
    const path = join(folder(t), 'config')
    writeFileSync(path, 'a\n')
    const seen: string[] = []
    await edit(path, (text) => {
      if (seen.push(text) === 1) write(path)
      return `${text}ours\n`
    })
    t.same(seen, ['a\n', 'theirs\n'])
    t.equal(readFileSync(path, 'utf8'), 'theirs\nours\n')
  }
})

t.test('a file that another program changes each time stays as that has it', async (t) => {
  const dir = folder(t)
  const path = join(dir, 'config')
  writeFileSync(path, '0\n')
  let count = 0
  const edited = edit(path, (text) => {
    writeFileSync(path, `${++count}\n`)
    return `${text}ours\n`
  })
  await t.rejects(edited, { name: 'FileEditError', message: /was changed by another program each time/ })
  t.equal(readFileSync(path, 'utf8'), `${count}\n`)
  t.same(readdirSync(dir).sort(), ['.config.lock', 'config'], 'no draft is left')
})

t.test('a change that throws leaves the file as it was', async (t) => {
  const path = join(folder(t), 'config')
  writeFileSync(path, 'a\n')
  await t.rejects(
    edit(path, () => Promise.reject(new Error('no'))),
    { message: 'no' },
  )
  t.equal(readFileSync(path, 'utf8'), 'a\n')
  t.match(await edit(path, (text) => `${text}b\n`), { isChanged: true }, 'and gives the lock back')
})

t.test('what is no regular file, or is not there, is not edited', async (t) => {
  const dir = folder(t)
  const add = (text: string) => `${text}x`
  await t.rejects(edit(join(dir, 'none'), add), { message: /can't read .*none: no such file/ })
  await t.rejects(edit(join(dir, 'none/config'), add), FileEditError)
  await t.rejects(edit(dir, add), { message: /is not a regular file/ })
  spawnSync('mkfifo', [join(dir, 'fifo')])
  await t.rejects(edit(join(dir, 'fifo'), add), { message: /is not a regular file/ })
  symlinkSync('loop', join(dir, 'loop'))
  await t.rejects(edit(join(dir, 'loop'), add), FileEditError)
})

t.test('a draft that a killed program left is in nobody’s way, and is not written to', async (t) => {
  const dir = folder(t)
  const [path, other] = [join(dir, 'config'), join(dir, 'other')]
  writeFileSync(path, 'a\n')
  writeFileSync(other, 'theirs\n')
  symlinkSync(other, `${path}.kickback-new`)
  await edit(path, (text) => `${text}b\n`)
  t.equal(readFileSync(path, 'utf8'), 'a\nb\n')
  t.equal(readFileSync(other, 'utf8'), 'theirs\n')
  t.notOk(existsSync(`${path}.kickback-new`))
})

t.test('the program that copies the file has the lock too: it may outlive who started it', async (t) => {
  const path = join(folder(t), 'config')
  writeFileSync(path, 'a\n')
  const real = new Machine('')
  const seen: string[] = []
  const machine = new Machine('', (program, words, given) => {
    seen.push(program, real.run('readlink', ['/proc/self/fd/3'], given).stdout.trim())
    return real.run(program, words, given)
  })
  await editFile({ machine, path, waiting: () => {}, change: async (before) => Buffer.concat([before, before]) })
  t.same(seen, ['cp', join(realpathSync(dirname(path)), '.config.lock')])
})

t.test('two programs that edit at once lose nothing, nor does one that takes the lock', async (t) => {
  const dir = folder(t)
  const path = join(dir, 'config')
  writeFileSync(path, 'node 0\n')
  const rewrite = 'for i in $(seq 20); do flock "$1/.config.lock" sed -i "\\$a node $i" "$1/config"; done'
  const programs = [
    ...['one', 'two'].map((name) => spawn(process.execPath, [EDITOR, path, name, '20'], { stdio: 'inherit' })),
    spawn('sh', ['-ec', rewrite, 'sh', dir], { stdio: 'inherit' }),
  ]
  const codes = await Promise.all(programs.map(async (program) => (await once(program, 'close'))[0]))
  t.same(codes, [0, 0, 0])
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const numbers = Array.from({ length: 20 }, (_, i) => i)
  const meant = ['node 0', ...numbers.flatMap((i) => [`one ${i}`, `two ${i}`, `node ${i + 1}`])]
  t.same(lines.sort(), meant.sort())
})

t.test('who waits for the lock is told so, and gives up with a word of what to do', async (t) => {
  const dir = folder(t)
  const path = join(dir, 'config')
  writeFileSync(path, 'a\n')
  const holder = spawn('flock', [join(dir, '.config.lock'), 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  await t.rejects(
    edit(path, (text) => `${text}b\n`, 50),
    {
      name: 'FileEditError',
      message: /another program has .*\.config\.lock locked for more than 0 seconds: see what it waits for/,
    },
  )
  holder.stdin.end()
  await once(holder, 'close')
  t.equal(readFileSync(path, 'utf8'), 'a\n')
})
