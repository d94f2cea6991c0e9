import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  createWhole,
  removeWhole,
  removeWholeSync,
  replaceWhole,
  type WholeFileOptions,
  writeWhole,
  writeWholeSync,
} from '../../../src/values/files/whole-file.ts'
import { folder } from '../../folder.ts'
import { systemCalls } from '../../system-calls.ts'

type Options = Omit<WholeFileOptions, 'time'>

/** Both ways to write a file whole: in turns with other work, and at once. */
const WAYS: Readonly<Record<string, (path: string, text: string, options?: Options) => Promise<void>>> = {
  writeWhole: (path, text, options) => writeWhole(path, [Buffer.from(text)], options),
  writeWholeSync: async (path, text, options) => writeWholeSync(path, Buffer.from(text), options),
}

for (const [name, write] of Object.entries(WAYS)) {
  t.test(`${name}: a file has all of its content, a mode whatever the umask, and nothing beside it`, async (t) => {
    const dir = folder(t)
    const path = join(dir, 'file')
    await write(path, 'one')
    t.equal(statSync(path).mode & 0o7777, 0o600)
    const umask = process.umask(0o077)
    await write(path, 'two, longer', { mode: 0o644 })
    process.umask(umask)
    t.equal(readFileSync(path, 'utf8'), 'two, longer')
    t.equal(statSync(path).mode & 0o7777, 0o644)
    await write(path, '', { mode: 0o640, owner: [-1, process.getgid?.() ?? -1] })
    t.equal(readFileSync(path, 'utf8'), '')
    t.equal(statSync(path).mode & 0o7777, 0o640)
    t.same(readdirSync(dir), ['file'])
  })

  t.test(`${name}: no symbolic link is followed, neither at its name nor at the draft's`, async (t) => {
    const dir = folder(t)
    const path = join(dir, 'file')
    const other = join(dir, 'other')
    writeFileSync(other, 'of somebody else')
    for (const draft of [`${path}.new`, join(dir, 'draft')]) {
      symlinkSync(other, draft)
      await write(path, 'ours', { draft })
    }
    symlinkSync(other, join(dir, 'link'))
    await write(join(dir, 'link'), 'ours')
    t.equal(readFileSync(other, 'utf8'), 'of somebody else')
    t.same(
      readdirSync(dir).map((name) => [name, statSync(join(dir, name)).isFile()]),
      ['file', 'link', 'other'].map((name) => [name, true]),
    )
    t.equal(readFileSync(join(dir, 'link'), 'utf8'), 'ours')
  })

  t.test(`${name}: what a process left behind that was killed in the middle has no say in the next file`, async (t) => {
    const path = join(folder(t), 'file')
    writeFileSync(`${path}.new`, 'half of one', { mode: 0o666 })
    chmodSync(`${path}.new`, 0o666)
    await write(path, 'whole')
    t.equal(readFileSync(path, 'utf8'), 'whole')
    t.equal(statSync(path).mode & 0o7777, 0o600)
  })

  t.test(`${name}: a failure leaves the file of before and nothing else, and its error has a path`, async (t) => {
    const dir = folder(t)
    mkdirSync(join(dir, 'file/inside'), { recursive: true })
    await t.rejects(write(join(dir, 'file'), 'x'), { code: /EISDIR|ENOTEMPTY|EEXIST/, message: `${dir}/file` })
    t.same(readdirSync(dir), ['file'])
    await t.rejects(write(join(dir, 'none/file'), 'x'), { code: 'ENOENT', message: `${dir}/none/file` })
  })

  t.test(`${name}: its content is on disk before it has its name, and then the name`, async (t) => {
    const dir = join(folder(t), 'in')
    mkdirSync(dir)
    const bytes = name === 'writeWhole' ? "[Buffer.from('text')]" : "Buffer.from('text')"
    const script = `import { ${name} } from './src/values/files/whole-file.ts'\nawait ${name}('${dir}/file', ${bytes})`
    const calls = systemCalls(script, dir.slice(0, -'/in'.length))
    t.same(
      calls.map((call) => call.replace(/^(?:p?write(?:64)?) /, 'write ').replace(/^rename\w* /, 'rename ')),
      ['write /in/file.new', 'fsync /in/file.new', 'rename /in/file.new /in/file', 'fsync /in'],
    )
  })

  t.test(
    `${name}: a disk that fails at the last moment leaves the file of before, and says which file it was`,
    async (t) => {
      const dir = join(folder(t), 'in')
      mkdirSync(dir)
      writeFileSync(join(dir, 'file'), 'before')
      const bytes = name === 'writeWhole' ? "[Buffer.from('text')]" : "Buffer.from('text')"
      const script = `
      import { writeFileSync } from 'node:fs'
      import { ${name} } from './src/values/files/whole-file.ts'
      let said = ''
      try { await ${name}('${dir}/file', ${bytes}) } catch (error) { said = error.code + ' ' + error.message }
      writeFileSync('${dir}/said', said)`
      systemCalls(script, dir.slice(0, -'/in'.length), 'fsync:error=ENOSPC:when=1')
      t.same(readdirSync(dir).sort(), ['file', 'said'])
      t.equal(readFileSync(join(dir, 'file'), 'utf8'), 'before')
      t.match(readFileSync(join(dir, 'said'), 'utf8'), new RegExp(`^ENOSPC .*'${dir}/file.new'$`))
    },
  )
}

t.test('a file may be made of several parts, or by hand, and of the time that is given', async (t) => {
  const path = join(folder(t), 'file')
  await writeWhole(path, [Buffer.from('one '), Buffer.from('two')], { time: 1_000_000_000 })
  t.equal(readFileSync(path, 'utf8'), 'one two')
  t.equal(statSync(path).mtimeMs, 1_000_000_000_000)
  await replaceWhole(path, async (draft) => void (await draft.write(Buffer.from('by hand'), 0, 7, 3)))
  t.equal(readFileSync(path, 'latin1'), '\0\0\0by hand')
})

t.test('a draft may begin as a copy with all that a file has; where it could not, it begins anew', async (t) => {
  const path = join(folder(t), 'file')
  const begin = (isCopied: boolean) => (draft: string) => {
    writeFileSync(draft, 'what is copied is longer', { mode: 0o666 })
    return isCopied
  }
  for (const isCopied of [true, false]) {
    writeWholeSync(path, Buffer.from('new'), { begin: begin(isCopied), mode: 0o604 })
    t.equal(readFileSync(path, 'utf8'), 'new')
    t.equal(statSync(path).mode & 0o7777, 0o604)
  }
})

t.test('a file is created once: who comes later, or at the same time, changes nothing', async (t) => {
  const dir = folder(t)
  const path = join(dir, 'file')
  const made: string[] = []
  const create = (text: string): Promise<boolean> => {
    const content = () => {
      made.push(text)
      return [Buffer.from(text)]
    }
    return createWhole(path, content, { draft: `${path}.${text}` })
  }
  const outcomes = await Promise.all(['one', 'two', 'three'].map(create))
  t.same(outcomes.filter(Boolean), [true], 'one of them made it')
  const first = readFileSync(path, 'utf8')
  t.ok(['one', 'two', 'three'].includes(first))
  made.length = 0
  t.equal(await create('four'), false)
  t.same(made, [], 'nothing is even made')
  t.equal(readFileSync(path, 'utf8'), first)
  t.same(readdirSync(dir), ['file'])
})

t.test('a name that leads nowhere is there: nothing is created at the end of the link', async (t) => {
  const dir = folder(t)
  symlinkSync(join(dir, 'nowhere'), join(dir, 'file'))
  await createWhole(join(dir, 'file'), () => [Buffer.from('x')])
  t.same(readdirSync(dir), ['file'])
})

t.test('a file is removed for good, and one that is not there is removed already', async (t) => {
  const dir = folder(t)
  for (const remove of [removeWhole, async (path: string) => removeWholeSync(path)]) {
    writeFileSync(join(dir, 'file'), '')
    await remove(join(dir, 'file'))
    await remove(join(dir, 'file'))
    t.same(readdirSync(dir), [])
    await t.rejects(remove(join(dir, 'none/file')), { code: 'ENOENT' })
  }
})
