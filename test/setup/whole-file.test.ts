import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Machine } from '../../src/setup/machine.ts'
import { removeFile, replaceFile } from '../../src/setup/whole-file.ts'
import { image } from './image.ts'

t.test('mode, owner and extended attributes are those of the old file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kickback-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'file')
  writeFileSync(path, 'old, and longer than the new one\n')
  chmodSync(path, 0o604)
  const python = (line: string): string => execFileSync('python3', ['-c', `import os; ${line}`], { encoding: 'utf8' })
  let hasAttributes = true
  try {
    python(`os.setxattr('${path}', 'user.kickback', b'kept')`)
  } catch {
    hasAttributes = false
  }
  replaceFile(new Machine(''), path, Buffer.from('new\n'))
  t.equal(readFileSync(path, 'utf8'), 'new\n')
  t.equal(statSync(path).mode & 0o777, 0o604)
  if (hasAttributes) t.equal(python(`print(os.getxattr('${path}', 'user.kickback'))`), "b'kept'\n")
  else t.comment('no Python here, or no attributes in this file system')
  t.same(readdirSync(folder), ['file'], 'nothing is left beside it')
})

t.test('a copy that failed half-way, as on a full disk, has no say in the mode', async (t) => {
  let draft = ''
  const machine = image(t, { '/etc/file': 'old' }, (line) => {
    if (!line.startsWith('cp ')) return undefined
    draft = line.split(' ').at(-1) ?? ''
    writeFileSync(draft, 'o', { mode: 0o600 })
    return { code: 1, stderr: 'No space left on device' }
  })
  chmodSync(machine.at('/etc/file'), 0o644)
  replaceFile(machine, '/etc/file', Buffer.from('new'))
  t.not(draft, '')
  t.equal(machine.text('/etc/file'), 'new')
  t.equal(statSync(machine.at('/etc/file')).mode & 0o777, 0o644)
})

t.test('what a writer left that was killed goes with the next one', async (t) => {
  const machine = image(t, { '/etc/file': 'old' })
  replaceFile(machine, '/etc/file', Buffer.from('a'))
  const before = readdirSync(machine.at('/etc'))
  machine.write('/etc/file.kickback-new', 'half')
  machine.link('/elsewhere.kickback-new', '/etc/file')
  replaceFile(machine, '/etc/file', Buffer.from('b'))
  replaceFile(machine, '/elsewhere', Buffer.from('c'))
  t.same(readdirSync(machine.at('/etc')), before)
  t.same([machine.text('/etc/file'), machine.text('/elsewhere')], ['b', 'c'], 'a link is not followed')
})

t.test('a new file and its folders are made for all to read', async (t) => {
  const machine = image(t, {})
  replaceFile(machine, '/etc/kickback/kickback.toml', Buffer.from('x'))
  t.equal(machine.text('/etc/kickback/kickback.toml'), 'x')
  t.equal(statSync(machine.at('/etc/kickback/kickback.toml')).mode & 0o777, 0o644)
})

t.test('a failure names the file, and leaves nothing behind', async (t) => {
  const machine = image(t, { '/etc/file/inner': '' })
  t.throws(() => replaceFile(machine, '/etc/file', Buffer.from('x')), /^can't write \/etc\/file: /)
  t.same(readdirSync(machine.at('/etc')), ['file'])
})

t.test('a file that is not there is removed already', async (t) => {
  const machine = image(t, { '/etc/file': '' })
  removeFile(machine, '/etc/file')
  removeFile(machine, '/etc/file')
  removeFile(machine, '/nowhere/file')
  t.notOk(machine.has('/etc/file'))
})
